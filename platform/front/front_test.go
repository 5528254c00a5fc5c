package front

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// knock dials as soon as somebody accepts, and hangs up when the test is over.
func knock(t testing.TB, l *pipe.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		if c, err := l.Dial(ctx); err == nil {
			<-ctx.Done()
			c.Close()
		}
	}()
}

func TestARoomThatIsFullLetsTheNextOneInWhenOneLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := NewRoom(2)
		a, b := pipe.Listen("a"), pipe.Listen("b")
		la, lb := room.Limit(a, 0), room.Limit(b, 0)
		knock(t, a)
		knock(t, b)
		first, err := la.Accept()
		must(t, err)
		_, err = lb.Accept()
		must(t, err)
		third := make(chan net.Conn, 1)
		go func() {
			c, _ := la.Accept()
			third <- c
		}()
		knock(t, a)
		synctest.Wait()
		if len(third) != 0 || room.Open() != 2 {
			t.Fatalf("a third connection was accepted into a room for 2; open %d", room.Open())
		}
		first.Close()
		first.Close() // leaves once
		synctest.Wait()
		if len(third) != 1 || room.Open() != 2 {
			t.Errorf("nobody took the free place; open %d", room.Open())
		}
	})
}

func TestAListenerThatNobodyDialsTakesNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := NewRoom(1)
		quiet, busy := room.Limit(pipe.Listen("a"), 0), pipe.Listen("b")
		ended := make(chan error, 1)
		go func() {
			_, err := quiet.Accept()
			ended <- err
		}()
		synctest.Wait()
		knock(t, busy)
		_, err := room.Limit(busy, 0).Accept()
		must(t, err)
		quiet.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) || room.Open() != 1 {
			t.Errorf("Accept: %v, open %d, want net.ErrClosed and 1", err, room.Open())
		}
	})
}

func TestAListenerThatIsClosedStopsWaitingForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("a")
		l := NewRoom(1).Limit(inner, 0)
		knock(t, inner)
		_, err := l.Accept()
		must(t, err)
		knock(t, inner)
		ended := make(chan error, 1)
		go func() {
			_, err := l.Accept()
			ended <- err
		}()
		synctest.Wait()
		l.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v, want net.ErrClosed", err)
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestAFailedAcceptTakesNoRoom(t *testing.T) {
	room := NewRoom(1)
	inner := pipe.Listen("a")
	inner.Close()
	if _, err := room.Limit(inner, 0).Accept(); err == nil || room.Open() != 0 {
		t.Errorf("error %v, open %d, want an error and 0", err, room.Open())
	}
}

func TestACallerWhoDoesNotReadHisAnswerIsCutWhenPatienceIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("a")
		l := NewRoom(1).Limit(inner, 30*time.Second)
		knock(t, inner)
		c, err := l.Accept()
		must(t, err)
		began := time.Now()
		for err == nil {
			_, err = c.Write(make([]byte, 64<<10))
		}
		if took := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || took != 30*time.Second {
			t.Errorf("the write ended with %v after %s, want a missed deadline after 30s", err, took)
		}
	})
}

func TestAConnectionThatTricklesIsCut(t *testing.T) {
	for _, atOnce := range []string{
		"GET /mqtt HTTP/1.1\r\nHost: ",
		"POST /mqtt HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n",
		"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			inner := pipe.Listen("ws")
			l := WebSocket(NewRoom(1).Limit(inner, 0), nil)
			defer l.Close()
			c, err := inner.Dial(t.Context())
			must(t, err)
			defer c.Close()
			began := time.Now()
			go func() {
				for io.WriteString(c, atOnce); time.Since(began) < 2*headerTime; time.Sleep(time.Second) {
					c.Write([]byte("x"))
				}
			}()
			io.Copy(io.Discard, c)
			if took := time.Since(began); took != headerTime {
				t.Errorf("%.12s…: cut after %s, want %s", atOnce, took, headerTime)
			}
			time.Sleep(2 * headerTime) // for the writer
		})
	}
}

func TestHeadersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("ws")
		l := WebSocket(inner, nil)
		defer l.Close()
		c, err := inner.Dial(t.Context())
		must(t, err)
		defer c.Close()
		go io.WriteString(c, "GET /mqtt HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 64<<10))
		answer := make([]byte, 64)
		n, err := c.Read(answer)
		if want := http.StatusRequestHeaderFieldsTooLarge; err != nil || !strings.Contains(string(answer[:n]), " 431 ") {
			t.Errorf("%d expected, got %q, %v", want, answer[:n], err)
		}
		time.Sleep(time.Second) // net/http lingers for the client to read its answer
	})
}
