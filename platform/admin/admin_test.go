package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
)

// quiet is a dialect without a wire: every device is away.
type quiet struct{ platform.Dialect }

func (quiet) Name() string                             { return "quiet" }
func (quiet) Lanes() []platform.Lane                   { return []platform.Lane{{Limit: 50}} }
func (quiet) Routes(*http.ServeMux, *platform.Service) {}
func (quiet) Admit(*platform.Service, broker.Login) (*platform.Device, broker.Grant, error) {
	return nil, broker.Grant{}, platform.ErrNotMine
}

func (quiet) Pushes() platform.Pushes {
	return platform.Pushes{Told: 9, Acked: 4, Lost: 3, Waiting: 2, Attempts: 7, Blocked: 1}
}

// watched runs f in a bubble with a platform of two devices and a watch, and returns what was logged.
func watched(t *testing.T, level slog.Level, f func(t *testing.T, w *Watch, p *platform.Platform)) string {
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		w := New(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level})))
		p, err := platform.New(platform.Config{Dialects: []platform.Dialect{quiet{}}, Observe: w.Observe})
		must(t, err)
		must(t, p.AddProduct(platform.Product{Key: "pk", Dialect: "quiet"}))
		for _, name := range []string{"d1", "d2"} {
			_, err := p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk", Device: name}, Secret: "topsecret", Activated: true})
			must(t, err)
		}
		w.Start(p)
		f(t, w, p)
		must(t, p.Close(t.Context()))
		w.Close()
	})
	return log.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func command(mode platform.Mode) platform.Command {
	return platform.Command{Device: platform.Address{Product: "pk", Device: "d1"}, Service: "reboot", Mode: mode,
		Input: json.RawMessage(`{"pin":"4711-in"}`), Timeout: time.Second, TTL: 90 * time.Second}
}

func TestAtDebugLevelEachEndingIsALineThatTellsNothingOfWhatWasInTheCommand(t *testing.T) {
	log := watched(t, slog.LevelDebug, func(t *testing.T, w *Watch, p *platform.Platform) {
		if _, err := p.Submit(command(platform.Instant)); !errors.Is(err, platform.ErrOffline) {
			t.Fatal(err)
		}
		_, err := p.Submit(command(platform.Cached))
		must(t, err)
		time.Sleep(time.Hour)
	})
	for _, want := range []string{
		`msg="command ended" id=2078724684846989313 dialect=quiet device=pk/d1 service=reboot mode=instant took=0s state=failed error="device offline"`,
		`msg="command ended" id=2078724684846989314 dialect=quiet device=pk/d1 service=reboot mode=cached took=1m30s state=expired`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{"4711", "topsecret"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %s:\n%s", secret, log)
		}
	}
}

func TestAboveDebugLevelNoEndingIsLogged(t *testing.T) {
	log := watched(t, slog.LevelInfo, func(t *testing.T, w *Watch, p *platform.Platform) { p.Submit(command(platform.Instant)) })
	if log != "" {
		t.Errorf("logged: %s", log)
	}
}

func TestALogThatIsTooSlowLosesLinesAndSaysHowMany(t *testing.T) {
	var log bytes.Buffer
	w := New(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	p, err := platform.New(platform.Config{})
	must(t, err)
	for range queued + 7 {
		w.Observe(&platform.Fact{Kind: platform.Ended, ID: 5, State: platform.Failed})
	}
	w.Start(p)
	w.Close()
	if lines := strings.Count(log.String(), "command ended\""); lines != queued || !strings.Contains(log.String(), "lines_lost=7") {
		t.Errorf("%d lines, want %d, and a note that 7 are lost", lines, queued)
	}
	w.Observe(&platform.Fact{Kind: platform.Ended}) // too late, and harmless
}

func TestTheStatusCountsDevicesCommandsAndConnections(t *testing.T) {
	watched(t, slog.LevelInfo, func(t *testing.T, w *Watch, p *platform.Platform) {
		p.Submit(command(platform.Instant))
		p.Submit(command(platform.Cached))
		time.Sleep(3 * time.Second)
		rec := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/admin/status", nil)
		r.RemoteAddr = "127.0.0.1:5"
		w.Handler(false).ServeHTTP(rec, r)
		want := `{"uptime_s":3,"devices":{"registered":2,"online":0},"commands":{"open":1,"accepted":2,"ended":{"failed":1}},"calls":{"denied":0},` +
			`"replies":{"duplicate":0,"foreign":0,"garbled":0,"late":0,"unknown":0},` +
			`"dialects":{"quiet":{"registered":2,"online":0,"open_commands":1,"cached_waiting":1}},` +
			`"broker":{"connected":0,"refused":0,"denied_publishes":0,"denied_subscribes":0,"dropped":0},` +
			`"pushes":{"told":9,"acknowledged":4,"lost":3,"waiting":2,"hosts_blocked":1}}`
		if got := strings.TrimSpace(rec.Body.String()); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestTheAdminEndpointAnswersThisMachineAloneUnlessAnyoneMayAsk(t *testing.T) {
	w := New(slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		remote, method, path string
		anyone               bool
		want                 int
	}{
		{"127.0.0.1:1", "GET", "/admin/health", false, 200},
		{"[::1]:1", "GET", "/admin/health", false, 200},
		{"10.0.0.7:1", "GET", "/admin/health", false, 403},
		{"10.0.0.7:1", "GET", "/admin/status", false, 403},
		{"pipe", "GET", "/admin/health", false, 403},
		{"10.0.0.7:1", "GET", "/admin/health", true, 200},
		{"127.0.0.1:1", "POST", "/admin/health", false, 405},
		{"127.0.0.1:1", "GET", "/admin/secrets", false, 404},
	} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(c.method, c.path, nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		w.Handler(c.anyone).ServeHTTP(rec, r)
		if rec.Code != c.want {
			t.Errorf("%s %s from %s, anyone %v: %d, want %d", c.method, c.path, c.remote, c.anyone, rec.Code, c.want)
		}
	}
}
