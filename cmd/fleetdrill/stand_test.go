package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"fleetdrill/platform"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/front"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
	"fleetdrill/scenarios"
	"fleetdrill/sim/mqtt"
)

const strictFile = `
accounts: [{key: app, secret: account-secret, orgs: [o1]}]
products:
- key: pk
  org: o1
  services: [{name: open, input: [{name: pin, type: text}]}]
  devices: [{name: gate, secret: device-secret}]
- {key: ali, dialect: alibaba, org: o1, services: [{name: open, input: [{name: pin, type: text}]}], devices: [{name: gate, secret: device-secret, activated: true}]}
- {key: hua, dialect: huawei, org: o1, devices: [{name: gate, secret: device-secret, activated: true}]}
`

var gate = platform.Address{Product: "pk", Device: "gate"}

func serviceOf(t testing.TB, text string) *scenarios.Service {
	t.Helper()
	cfg, err := scenarios.ParseService("x.yaml", []byte(text))
	must(t, err)
	return cfg
}

// certificateFiles are a certificate for 127.0.0.1 and its key.
func certificateFiles(t *testing.T) (files scenarios.TLS, pool *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	dir := t.TempDir()
	files = scenarios.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(files.Cert, certPEM, 0o600))
	must(t, os.WriteFile(files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return files, pool
}

// webSocket is a client's end as a stream that may be written to by several.
type webSocket struct {
	*websocket.Conn
	message io.Reader
	writing sync.Mutex
}

func (w *webSocket) Read(p []byte) (n int, err error) {
	for n == 0 && err == nil {
		if w.message == nil {
			if _, w.message, err = w.NextReader(); err != nil {
				return 0, err
			}
		}
		if n, err = w.message.Read(p); err == io.EOF {
			w.message, err = nil, nil
		}
	}
	return n, err
}

func (w *webSocket) Write(p []byte) (int, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	return len(p), w.WriteMessage(websocket.BinaryMessage, p)
}

func (w *webSocket) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}

// connect is a device that answers everything with its transport's name.
func connect(dial func(context.Context) (net.Conn, error), secret, name string) (c *mqtt.Client, err error) {
	var codec enos.Codec
	id, user, password := codec.Login(gate, secret, time.Now())
	ready := make(chan struct{})
	c, err = mqtt.Connect(context.Background(), mqtt.Config{Dial: dial, ClientID: id, Username: user, Password: password,
		Receive: func(m mqtt.Message) {
			<-ready
			cmd, err := codec.Decode(m.Topic, m.Payload)
			if err != nil || name == "" {
				return
			}
			topic, payload, _ := codec.Encode(gate, platform.Reply{Wire: cmd.Wire, Service: cmd.Service, OK: true, Data: []byte(`{"by":"` + name + `"}`)})
			c.Publish(topic, payload, 0)
		}})
	close(ready)
	return c, err
}

func open(t *testing.T, cfg *scenarios.Service, log io.Writer) *stand {
	s, err := openStand(cfg, newLog(log, cfg.Log))
	must(t, err)
	s.start()
	return s
}

// await returns when the gate counts as online, or no more: a moment after its CONNACK, or after it has gone.
func await(s *stand, online bool) {
	for s.platform.Device(gate).Status().Online != online {
		time.Sleep(time.Millisecond)
	}
}

func TestEverybodyIsReachedPlainAndOverTLS(t *testing.T) {
	cfg := serviceOf(t, strictFile)
	files, pool := certificateFiles(t)
	const any = "127.0.0.1:0"
	cfg.Listen, cfg.TLS = scenarios.Listen{HTTP: any, HTTPS: any, MQTT: any, TLS: any, WS: any, WSS: any}, files
	trusting := &tls.Config{RootCAs: pool}
	s := open(t, cfg, io.Discard)
	defer func() { must(t, s.close()) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting}}
	defer client.CloseIdleConnections()
	for name, dial := range map[string]func(context.Context) (net.Conn, error){
		"mqtt": func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.address("mqtt"))
		},
		"tls": func(ctx context.Context) (net.Conn, error) {
			d := tls.Dialer{Config: trusting}
			return d.DialContext(ctx, "tcp", s.address("tls"))
		},
		"ws": func(ctx context.Context) (net.Conn, error) {
			d := websocket.Dialer{Subprotocols: []string{"mqtt"}}
			ws, _, err := d.DialContext(ctx, "ws://"+s.address("ws")+front.Path, nil)
			return &webSocket{Conn: ws}, err
		},
		"wss": func(ctx context.Context) (net.Conn, error) {
			d := websocket.Dialer{Subprotocols: []string{"mqtt"}, TLSClientConfig: trusting}
			ws, _, err := d.DialContext(ctx, "wss://"+s.address("wss")+front.Path, nil)
			return &webSocket{Conn: ws}, err
		},
	} {
		device, err := connect(dial, "device-secret", name)
		must(t, err)
		await(s, true)
		for _, scheme := range []string{"http", "https"} {
			caller := enos.NewHTTPCaller(scheme+"://"+s.address(scheme), client, "o1", platform.Account{Key: "app", Secret: "account-secret"}, enos.AuthStrict)
			out, err := caller.Call(t.Context(), platform.Command{Device: gate, Service: "open", Timeout: 10 * time.Second})
			if want := `{"by":"` + name + `"}`; err != nil || string(out.Data) != want {
				t.Errorf("%s, %s: %+v, %v, want %s", name, scheme, out, err, want)
			}
		}
		device.Close()
		await(s, false)
	}
}

// inMemory runs f in a bubble with a stand whose doors are in memory, and gives what it logged.
func inMemoryStand(t *testing.T, text string, f func(t *testing.T, s *stand, api, mqtt *pipe.Listener)) string {
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		cfg := serviceOf(t, text)
		cfg.Listen = scenarios.Listen{}
		s, err := openStand(cfg, newLog(&log, cfg.Log))
		must(t, err)
		api, mqtt := pipe.Listen("http"), pipe.Listen("mqtt")
		s.doors = []door{{"http", front.NewRoom(cfg.Limits.HTTP).Limit(api, patience)}, {"mqtt", mqtt}}
		s.start()
		f(t, s, api, mqtt)
		must(t, s.close())
		time.Sleep(time.Minute) // nothing comes after the end
	})
	return log.String()
}

func clientOf(api *pipe.Listener) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return api.Dial(ctx) }}}
}

func TestAnAddressIsForOneDoor(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	free := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(free)
	cfg := serviceOf(t, strictFile)
	for _, both := range [][2]string{{free, free}, {"localhost:" + port, "localhost:" + port}, {free, ":" + port}, {"0.0.0.0:" + port, free}} {
		cfg.Listen = scenarios.Listen{HTTP: both[0], MQTT: both[1]}
		want := "--mqtt: " + both[1] + " is what --http has, or listen.http in the file: name another address"
		if _, err := openStand(cfg, slog.New(slog.DiscardHandler)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", both, err, want)
		}
	}
}

func TestACallerWhoWaitsIsAnsweredWhenThePlatformStops(t *testing.T) {
	inMemoryStand(t, strictFile, func(t *testing.T, s *stand, api, listener *pipe.Listener) {
		device, err := connect(listener.Dial, "device-secret", "")
		must(t, err)
		defer device.Close()
		synctest.Wait() // it has its CONNACK, and is online a moment later
		client := clientOf(api)
		caller := enos.NewHTTPCaller("http://platform", client, "o1", platform.Account{Key: "app", Secret: "account-secret"}, enos.AuthStrict)
		answered := make(chan platform.Outcome, 1)
		go func() {
			out, _ := caller.Call(context.Background(), platform.Command{Device: gate, Service: "open", Timeout: time.Minute})
			answered <- out
		}()
		synctest.Wait()
		began := time.Now()
		must(t, s.close())
		if out := <-answered; out.Code != "99500" || time.Since(began) > time.Second {
			t.Errorf("after %s: %+v, want the code of a platform that is closing", time.Since(began), out)
		}
	})
}

func TestAStopDoesNotWaitLongForASlowClientAndIsACleanOneAllTheSame(t *testing.T) {
	log := inMemoryStand(t, strictFile, func(t *testing.T, s *stand, api, _ *pipe.Listener) {
		slow, err := api.Dial(t.Context())
		must(t, err)
		defer slow.Close()
		io.WriteString(slow, "POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
		synctest.Wait()
		began := time.Now()
		must(t, s.close())
		if took := time.Since(began); took != farewell {
			t.Errorf("closed after %s, want %s", took, farewell)
		}
		if _, err := io.Copy(io.Discard, slow); err != nil {
			t.Errorf("the client reads %v, want the end", err)
		}
	})
	if !strings.Contains(log, `level=WARN msg="who had not let go in time was cut" time=10s`) {
		t.Errorf("logged: %s", log)
	}
}

func TestAStopSaysWhatIsLostByIt(t *testing.T) {
	log := inMemoryStand(t, strictFile, func(t *testing.T, s *stand, _, _ *pipe.Listener) {
		for range 3 {
			c := platform.Command{Device: platform.Address{Product: "hua", Device: "gate"}, Lane: huawei.LaneDelay, Mode: platform.Cached, TTL: time.Hour}
			_, err := s.platform.Submit(c)
			must(t, err)
		}
	})
	if !strings.Contains(log, `level=WARN msg="what waits is lost: nothing is kept for the next start" commands=3 pushes=0`) {
		t.Errorf("logged: %s", log)
	}
}

func TestAThingModelOfTheFileIsWhatCallsAreCheckedAgainst(t *testing.T) {
	inMemoryStand(t, strictFile, func(t *testing.T, s *stand, api, _ *pipe.Listener) {
		p := s.platform.Product("pk")
		if err := p.Takes("open", []byte(`{"pin":"1"}`)); err != nil {
			t.Error(err)
		}
		for service, input := range map[string]string{"open": `{"pin":1}`, "shut": `{}`} {
			if p.Takes(service, []byte(input)) == nil {
				t.Errorf("%s takes %s", service, input)
			}
		}
	})
}
