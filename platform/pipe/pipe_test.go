package pipe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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

func TestBytesArriveInOrderAndTheEndAfterThem(t *testing.T) {
	near, far := pair(t)
	want := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{}).Read(want)
	go func() {
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(200_000))
			near.Write(rest[:n])
			rest = rest[n:]
		}
		near.Close()
	}()
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v; want the %d written", len(got), err, len(want))
	}
}

func TestBothDirectionsAreIndependent(t *testing.T) {
	near, far := pair(t)
	for i := range 1000 {
		fmt.Fprintf(near, "%4d", i)
		fmt.Fprintf(far, "%4d", -i)
	}
	var a, b [4]byte
	for i := range 1000 {
		io.ReadFull(far, a[:])
		io.ReadFull(near, b[:])
		if x, y := fmt.Sprintf("%4d", i), fmt.Sprintf("%4d", -i); string(a[:]) != x || string(b[:]) != y {
			t.Fatalf("got %q and %q, want %q and %q", a, b, x, y)
		}
	}
}

func TestPingPong(t *testing.T) {
	near, far := pair(t)
	go func() {
		buf := make([]byte, 8)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			far.Write(buf[:n])
		}
	}()
	buf := make([]byte, 8)
	for i := range byte(100) {
		near.Write([]byte{i})
		if n, err := near.Read(buf); n != 1 || err != nil || buf[0] != i {
			t.Fatalf("round %d: %d bytes, %v, %d", i, n, err, buf[0])
		}
	}
	near.Close()
}

func TestReadersAndWritersMayBeMany(t *testing.T) {
	near, far := pair(t)
	var writers, readers sync.WaitGroup
	for range 10 {
		writers.Go(func() {
			for range 1000 {
				near.Write([]byte("0123456789"))
			}
		})
	}
	var mu sync.Mutex
	total := 0
	for range 10 {
		readers.Go(func() {
			buf := make([]byte, 777)
			for {
				n, err := far.Read(buf)
				mu.Lock()
				total += n
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	writers.Wait()
	near.Close()
	readers.Wait()
	if total != 100_000 {
		t.Errorf("read %d bytes, want 100000", total)
	}
}

func TestAWriterWaitsWhileAMebibyteIsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		done := make(chan bool)
		go func() {
			near.Write(make([]byte, 1<<20+1))
			close(done)
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("it did not wait")
		default:
		}
		far.Read(make([]byte, 1))
		<-done
	})
}

func TestAfterCloseEachEndGetsItsOwnError(t *testing.T) {
	near, far := pair(t)
	far.Write([]byte("unread"))
	near.Close()
	near.Close()
	buf := make([]byte, 8)
	_, err := near.Read(buf)
	expect(t, "own read", err, net.ErrClosed)
	_, err = near.Write(buf)
	expect(t, "own write", err, net.ErrClosed)
	expect(t, "own deadline", near.SetDeadline(time.Now()), net.ErrClosed)
	_, err = far.Read(buf)
	expect(t, "other read", err, io.EOF)
	_, err = far.Write(buf)
	expect(t, "other write", err, syscall.EPIPE)
}

func TestResetLosesWhatIsOnItsWay(t *testing.T) {
	near, far := pair(t)
	near.Write([]byte("lost"))
	near.Reset()
	buf := make([]byte, 8)
	_, err := far.Read(buf)
	expect(t, "other read", err, syscall.ECONNRESET)
	_, err = far.Write(buf)
	expect(t, "other write", err, syscall.ECONNRESET)
	_, err = near.Read(buf)
	expect(t, "own read", err, net.ErrClosed)
	_, err = near.Write(buf)
	expect(t, "own write", err, net.ErrClosed)
}

func TestCloseAndResetWakeWhoWaits(t *testing.T) {
	for _, end := range []func(near, far *pipe.Conn){
		func(near, _ *pipe.Conn) { near.Close() }, func(_, far *pipe.Conn) { far.Close() },
		func(near, _ *pipe.Conn) { near.Reset() }, func(_, far *pipe.Conn) { far.Reset() },
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := pair(t)
			var all sync.WaitGroup
			all.Go(func() { near.Read(make([]byte, 1)) })
			all.Go(func() { near.Write(make([]byte, 2<<20)) })
			synctest.Wait()
			end(near, far)
			all.Wait()
		})
	}
}

func expect(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAnotherEndLeftAloneNeverWaitsForAccept(t *testing.T) {
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

func TestALockedPacketArrivesWholeAndWakesItsReaderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		got := make(chan string, 10)
		go func() {
			buf := make([]byte, 100)
			for {
				n, err := far.Read(buf)
				if err != nil {
					close(got)
					return
				}
				got <- string(buf[:n])
			}
		}()
		near.Lock()
		near.Write([]byte("one "))
		synctest.Wait()
		if len(got) > 0 {
			t.Errorf("reader got %q in the middle of a packet", <-got)
		}
		go func() {
			near.Lock()
			near.Write([]byte("another"))
			near.Unlock()
		}()
		synctest.Wait()
		near.Write([]byte("packet"))
		near.Unlock()
		synctest.Wait()
		near.Close()
		all := ""
		for part := range got {
			all += part
		}
		if all != "one packetanother" {
			t.Errorf("got %q", all)
		}
	})
}

func TestALockedPacketLargerThanTheBufferGoesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		go func() {
			near.Lock()
			near.Write(make([]byte, 3<<20))
			near.Unlock()
			near.Close()
		}()
		if n, err := io.Copy(io.Discard, far); n != 3<<20 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
	})
}

// A wait for the lock is idle time for a bubble: with a mutex this test would hang.
func TestTimeGoesOnWhileSomeoneWaitsForTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := pair(t)
		near.Lock()
		go func() {
			time.Sleep(time.Hour)
			near.Unlock()
		}()
		begin := time.Now()
		near.Lock()
		if took := time.Since(begin); took != time.Hour {
			t.Errorf("waited %v", took)
		}
	})
}
