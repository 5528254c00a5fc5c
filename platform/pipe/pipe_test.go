package pipe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
)

// pair returns both ends of a connection.
func pair(t testing.TB) (near, far *pipe.Conn) {
	t.Helper()
	l := pipe.Listen("test")
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	c, err := l.Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c.(*pipe.Conn), (<-accepted).(*pipe.Conn)
}

func expect(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestADialThatIsCanceledDoesNotWaitForAccept(t *testing.T) {
	l := pipe.Listen("test")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Dial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("dial without accept: %v, want canceled", err)
	}
}

func TestCloseOfTheListenerEndsAcceptAndRefusesDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("test")
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := l.Accept()
				expect(t, "waiting accept", err, net.ErrClosed)
			})
		}
		synctest.Wait()
		l.Close()
		l.Close()
		all.Wait()
		_, err := l.Dial(t.Context())
		expect(t, "dial", err, syscall.ECONNREFUSED)
		_, err = l.Accept()
		expect(t, "accept", err, net.ErrClosed)
		if !strings.Contains(err.Error(), "test") {
			t.Errorf("error %q does not name the listener", err)
		}
	})
}

func TestADialThatWaitsIsRefusedByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("test")
		go func() {
			time.Sleep(time.Second)
			l.Close()
		}()
		_, err := l.Dial(t.Context())
		expect(t, "dial", err, syscall.ECONNREFUSED)
	})
}

func TestHTTPKeepsConnectionsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipe.Listen("http")
		dials := 0
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials++
			return l.Dial(ctx)
		}}
		s := &http.Server{ReadTimeout: time.Minute, IdleTimeout: time.Hour, Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(time.Second)
				io.Copy(w, r.Body)
			})}
		go s.Serve(l)
		client := http.Client{Transport: tr}
		for range 5 {
			r, err := client.Post("http://platform/", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			if body, _ := io.ReadAll(r.Body); string(body) != "hello" {
				t.Errorf("body %q", body)
			}
			r.Body.Close()
			time.Sleep(59 * time.Minute)
		}
		if dials != 1 {
			t.Errorf("%d connections for 5 requests", dials)
		}
		time.Sleep(2 * time.Minute) // past the server's idle timeout
		if _, err := client.Get("http://platform/"); err != nil || dials != 2 {
			t.Errorf("after the idle timeout: %v, %d dials", err, dials)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", "http://platform/", nil)
		if _, err := client.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("request with a short deadline: %v", err)
		}
		tr.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAnIdleConnectionCostsLessThanAKilobyte(t *testing.T) {
	const n = 5000
	var ends []*pipe.Conn
	l := pipe.Listen("test")
	go func() {
		for range n {
			l.Accept()
		}
	}()
	before := heap()
	for range n {
		c, _ := l.Dial(t.Context())
		c.(*pipe.Conn).Write(make([]byte, 4000)) // to the end that nobody keeps
		ends = append(ends, c.(*pipe.Conn))
	}
	for _, c := range ends {
		c.Reset()
	}
	if each := (heap() - before) / n; each > 1000 {
		t.Errorf("%d bytes a connection", each)
	} else {
		t.Logf("%d bytes a connection", each)
	}
	runtime.KeepAlive(ends)
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
