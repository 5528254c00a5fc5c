package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"fleetdrill/report/metrics"
	"fleetdrill/scenarios"
)

// serveFlags are the options of `fleetdrill serve`. One that is given stands before what the file says.
type serveFlags struct {
	http, https        string
	mqtt, tls, ws, wss string
	cert, key          string
	config, log        string
	demo               bool
	metrics            string // address
}

func serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the platform alone, over real sockets",
		Long: "Serve the platform alone, over real sockets, until Ctrl-C: a local stand-in for the vendors' clouds.\n\n" +
			"Who exists on it is said in a file (--config; `fleetdrill schema --serve` describes it), or is a demo (--demo)\n" +
			"with ten devices a dialect, on loopback addresses alone. The line \"ready ...\" on stdout has the addresses.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	c.Flags().StringVar(&f.http, "http", "127.0.0.1:8080", "serve the vendors' APIs here, and /admin/health and /admin/status")
	c.Flags().StringVar(&f.mqtt, "mqtt", "127.0.0.1:1883", "serve devices over TCP here")
	c.Flags().StringVar(&f.tls, "tls", "", "serve devices over TLS here; needs --cert and --key")
	c.Flags().StringVar(&f.https, "https", "", "serve what --http has over TLS here; needs --cert and --key")
	c.Flags().StringVar(&f.wss, "wss", "", "serve what --ws has over TLS here; needs --cert and --key")
	c.Flags().StringVar(&f.cert, "cert", "", "the certificate of --https, --tls and --wss, a PEM file")
	c.Flags().StringVar(&f.key, "key", "", "the private key of that certificate, a PEM file")
	c.Flags().StringVar(&f.ws, "ws", "", "serve devices over WebSocket here, at /mqtt")
	c.Flags().StringVar(&f.config, "config", "", "a service file: addresses, accounts, products, devices, limits")
	c.Flags().StringVar(&f.log, "log", "info", "debug, info, warn or error; debug has a line for each command's ending")
	c.Flags().StringVar(&f.metrics, "metrics", "", "serve Prometheus metrics at this address: 127.0.0.1:9464")
	c.Flags().BoolVar(&f.demo, "demo", false, "make ten devices a dialect and print lines that play one and call it")
	return c
}

func (f serveFlags) run(c *cobra.Command) error {
	signal.Ignore(syscall.SIGPIPE) // a reader that has seen the addresses may go away
	cfg, err := f.service(c.Flags().Changed)
	if err != nil {
		return exit{exitUsage, err}
	}
	s, err := openStand(cfg, newLog(c.ErrOrStderr(), cfg.Log))
	if err != nil {
		return exit{exitUsage, err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C is for who does not want to wait
	if len(cfg.Products) == 0 {
		s.log.Warn("no device is known here: give --config, or --demo")
	}
	s.start()
	watched, err := serveMetrics(f.metrics, metrics.Source{Platform: func() (metrics.Platform, bool) { return platformMetrics(s.watch.Status()), true }})
	if err != nil {
		return exit{exitUsage, errors.Join(err, s.close())}
	}
	defer watched.stop()
	broken := f.announce(c.OutOrStdout(), s)
	if broken == nil {
		broken = s.wait(ctx)
	}
	if err := errors.Join(broken, s.close()); err != nil {
		return exit{exitNoAnswer, err}
	}
	return nil
}

// service is what to serve: the file, the demo, or nobody, with the flags that were given on top.
func (f serveFlags) service(given func(flag string) bool) (*scenarios.Service, error) {
	cfg := scenarios.DefaultService()
	if f.demo && f.config != "" {
		return nil, errors.New("--demo has devices of its own: give it or --config")
	}
	if f.config != "" {
		var err error
		if cfg, err = scenarios.OpenService(f.config); err != nil {
			return nil, err
		}
	}
	for _, o := range []struct {
		name      string
		from, out *string
	}{
		{"http", &f.http, &cfg.Listen.HTTP}, {"mqtt", &f.mqtt, &cfg.Listen.MQTT}, {"tls", &f.tls, &cfg.Listen.TLS},
		{"ws", &f.ws, &cfg.Listen.WS}, {"https", &f.https, &cfg.Listen.HTTPS}, {"wss", &f.wss, &cfg.Listen.WSS},
		{"cert", &f.cert, &cfg.TLS.Cert}, {"key", &f.key, &cfg.TLS.Key}, {"log", &f.log, &cfg.Log},
	} {
		if given(o.name) {
			*o.out = *o.from
		}
	}
	if err := sound(cfg); err != nil {
		return nil, err
	}
	if f.demo {
		return cfg, addDemo(cfg)
	}
	return cfg, nil
}

// sound checks what flags can spoil.
func sound(cfg *scenarios.Service) error {
	switch {
	case cfg.Listen.Encrypted() && (cfg.TLS.Cert == "" || cfg.TLS.Key == ""):
		return errors.New("TLS needs a certificate and its key: give --cert and --key with --https, --tls or --wss")
	case !cfg.Listen.Encrypted() && (cfg.TLS.Cert != "" || cfg.TLS.Key != ""):
		return errors.New("a certificate alone serves nobody: give --https, --tls or --wss with --cert and --key")
	case cfg.Listen == scenarios.Listen{}:
		return errors.New("there is no address to serve: give --http and --mqtt")
	}
	if level := new(slog.Level); level.UnmarshalText([]byte(cfg.Log)) != nil {
		return fmt.Errorf("--log %s: write debug, info, warn or error", cfg.Log)
	}
	return nil
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	l.UnmarshalText([]byte(level)) // checked before
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}

// announce prints the demo's lines, and last the line that says that everything is there.
func (f serveFlags) announce(out io.Writer, s *stand) error {
	text := ""
	if f.demo {
		text = demoLines(s.address("http"), s.address("mqtt"))
	}
	text += "ready"
	for _, d := range s.doors {
		text += " " + d.name + "=" + d.Addr().String()
	}
	if _, err := io.WriteString(out, text+"\n"); err != nil {
		return fmt.Errorf("the addresses could not be shown: %w", err)
	}
	return nil
}

// isLoopback tells whether an address to listen on is this machine's alone.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
