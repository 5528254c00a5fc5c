package huawei_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/pipe"
)

func TestTheLogTellsOfLostPushesAndBlockedHostsAndNoURL(t *testing.T) {
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		cfg, l := testConfig(), pipe.Listen("app")
		cfg.PushDial = func(ctx context.Context, _, _ string) (net.Conn, error) { return l.Dial(ctx) }
		var fixed atomic.Bool
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if !fixed.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})}
		go server.Serve(l)
		defer server.Close()
		h := harnessOf(cfg, "")
		h.Logger = slog.New(slog.NewTextHandler(&log, nil))
		w := dialecttest.NewWorld(t, h)
		subscribe(w, "device.command.status", "http://user:secret@app/push?key=secret")
		failing(w, 12)
		synctest.Wait()
		fixed.Store(true)
		time.Sleep(time.Hour)
		l.Close()
		failing(w, 2)
		synctest.Wait()
	})
	for _, want := range []string{
		`level=WARN msg="a push is lost" host=app error="the answer has status 500, only 200 acknowledges" lost_so_far=1`,
		`level=WARN msg="pushes pile up: too many in a row were not acknowledged" host=app failures=10 try_every=3m0s`,
		`level=INFO msg="pushes are acknowledged again" host=app`,
		`level=WARN msg="a push is lost" host=app error="`,
	} {
		before, after, found := strings.Cut(log.String(), want)
		if !found || strings.Contains(before, "secret") {
			t.Errorf("the log lacks %s, or tells a secret:\n%s%s", want, before, after)
		}
		log.Reset()
		log.WriteString(after)
	}
	if strings.Contains(log.String(), "push is lost") {
		t.Errorf("more than a line a minute: %s", &log)
	}
}
