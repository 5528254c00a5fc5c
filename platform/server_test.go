package platform_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/pipe"
)

func TestACallMayTakeLongWithABodyOrWithout(t *testing.T) {
	for _, body := range []string{"", "x"} {
		synctest.Test(t, func(t *testing.T) {
			s := platform.NewServer(platform.BoundBodies(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				platform.ReadBody(w, r, 9)
				select {
				case <-r.Context().Done():
				case <-time.After(time.Hour):
					io.WriteString(w, "done")
				}
			})), slog.New(slog.DiscardHandler))
			l := pipe.Listen("http")
			go s.Serve(l)
			defer s.Close()
			c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.Dial(ctx) }}}
			defer c.CloseIdleConnections()
			for range 2 {
				resp, err := c.Post("http://x", "", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(resp.Body); string(got) != "done" {
					t.Errorf("body %q: got %q, %v", body, got, err)
				}
				resp.Body.Close()
			}
		})
	}
}
