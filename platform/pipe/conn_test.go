package pipe_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
)

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

// An HTTP client that gave a call up read the answer to its own going, sometimes.
func TestWhoHasClosedDoesNotReadWhatTheOtherEndSaysToThat(t *testing.T) {
	for range 3000 {
		near, far := pair(t)
		var all sync.WaitGroup
		all.Go(func() {
			if n, err := near.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("read %d bytes, %v; want %v", n, err, net.ErrClosed)
			}
		})
		all.Go(func() {
			far.Read(make([]byte, 1)) // the end
			far.Write([]byte("x"))
		})
		near.Close()
		all.Wait()
	}
}
