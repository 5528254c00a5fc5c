package huawei_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
)

// inSecureWorld has an application at https://example.com/push, whose certificate is trusted or not. After hang the next connection to it
// says nothing. It returns what was logged.
func inSecureWorld(t *testing.T, trusted bool, run func(w *dialecttest.World, d *huawei.Dialect, a *app, hang func())) (log string) {
	t.Helper()
	var said bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		a, l := &app{}, pipe.Listen("app")
		server := httptest.NewUnstartedServer(a)
		server.Listener.Close()
		server.Listener = l
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
		server.StartTLS()
		t.Cleanup(server.Close)
		cfg := testConfig()
		var hangs atomic.Bool // the next connection does
		cfg.PushDial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			if hangs.Swap(false) {
				silent, _ := net.Pipe()
				return silent, nil
			}
			return l.Dial(ctx)
		}
		if trusted {
			cfg.PushTLS = server.Client().Transport.(*http.Transport).TLSClientConfig
		}
		h, d := harnessOf(cfg, ""), huawei.New(cfg)
		h.Dialect = func() platform.Dialect { return d }
		h.Logger = slog.New(slog.NewTextHandler(&said, nil))
		w := dialecttest.NewWorld(t, h)
		subscribe(w, "device.command.status", "https://example.com/push")
		run(w, d, a, func() { hangs.Store(true) })
	})
	return said.String()
}

func TestAPushGoesToASecureURLWhoseCertificateIsTrusted(t *testing.T) {
	log := inSecureWorld(t, true, func(w *dialecttest.World, d *huawei.Dialect, a *app, _ func()) {
		failing(w, 2)
		if got := a.pushes(); len(got) != 2 || got[0].path != "/push" || d.Pushes().Acked != 2 {
			t.Errorf("got %+v, counted %+v, want 2", got, d.Pushes())
		}
	})
	if log != "" {
		t.Errorf("logged %s", log)
	}
}

func TestAPushIsLostOnAURLWhoseCertificateIsNotTrusted(t *testing.T) {
	log := inSecureWorld(t, false, func(w *dialecttest.World, d *huawei.Dialect, a *app, _ func()) {
		failing(w, 2)
		if got := a.pushes(); len(got) != 0 || d.Pushes().Lost != 2 {
			t.Errorf("got %+v, counted %+v, want 2 lost", got, d.Pushes())
		}
	})
	if !strings.Contains(log, "certificate signed by unknown authority") {
		t.Errorf("the log lacks why: %s", log)
	}
}

func TestAReceiverThatHangsWithinTheHandshakeCostsOnePush(t *testing.T) {
	inSecureWorld(t, true, func(w *dialecttest.World, d *huawei.Dialect, a *app, hang func()) {
		hang()
		failing(w, 3)
		time.Sleep(time.Minute)
		if got := a.pushes(); len(got) != 2 || d.Pushes().Lost != 1 {
			t.Errorf("got %+v, counted %+v, want 1 lost", got, d.Pushes())
		}
	})
}
