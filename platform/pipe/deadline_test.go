package pipe_test

import (
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func timedOut(t *testing.T, what string, err error) {
	t.Helper()
	expect(t, what, err, os.ErrDeadlineExceeded)
	if e, ok := err.(net.Error); !ok || !e.Timeout() {
		t.Errorf("%s: %v is not a net.Error with Timeout", what, err)
	}
}

func TestADeadlineEndsAWaitExactlyOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := pair(t)
		begin := time.Now()
		near.SetReadDeadline(begin.Add(time.Second))
		near.SetWriteDeadline(begin.Add(2 * time.Second))
		_, err := near.Read(make([]byte, 1))
		timedOut(t, "read", err)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("read waited %v", took)
		}
		n, err := near.Write(make([]byte, 2<<20))
		timedOut(t, "write", err)
		if took := time.Since(begin); took != 2*time.Second || n != 1<<20 {
			t.Errorf("write waited %v for %d bytes", took, n)
		}
	})
}

func TestAPastDeadlineWakesWhoWaitsAndFailsWhoComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		far.Write([]byte("there is something to read"))
		near.SetReadDeadline(time.Unix(1, 0))
		_, err := near.Read(make([]byte, 1))
		timedOut(t, "read of what is there", err)
		near.SetReadDeadline(time.Time{})
		near.Read(make([]byte, 100))
		var all sync.WaitGroup
		all.Go(func() {
			_, err := near.Read(make([]byte, 1))
			timedOut(t, "waiting read", err)
		})
		all.Go(func() {
			_, err := near.Write(make([]byte, 2<<20))
			timedOut(t, "waiting write", err)
		})
		synctest.Wait()
		begin := time.Now()
		near.SetDeadline(time.Unix(1, 0))
		all.Wait()
		if took := time.Since(begin); took != 0 {
			t.Errorf("woken after %v", took)
		}
	})
}

func TestADeadlineMayMoveEitherWayWhileSomeoneWaits(t *testing.T) {
	const later, sooner, never = 10 * time.Second, time.Second, time.Duration(0)
	for _, tt := range []struct {
		first, then, want time.Duration // after half a second
	}{
		{2 * time.Second, later, later}, {2 * time.Second, sooner, sooner},
		{never, sooner, sooner}, {later, never, never}, {sooner, never, never},
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := pair(t)
			at := func(d time.Duration, begin time.Time) time.Time {
				if d == never {
					return time.Time{}
				}
				return begin.Add(d)
			}
			begin := time.Now()
			near.SetReadDeadline(at(tt.first, begin))
			go func() {
				time.Sleep(500 * time.Millisecond)
				near.SetReadDeadline(at(tt.then, begin))
				time.Sleep(time.Hour)
				far.Close()
			}()
			near.Read(make([]byte, 1))
			want := tt.want
			if want == never {
				want = time.Hour + 500*time.Millisecond
			}
			if took := time.Since(begin); took != want {
				t.Errorf("from %v to %v: waited %v, want %v", tt.first, tt.then, took, want)
			}
			far.Close()
			time.Sleep(2 * time.Hour)
		})
	}
}

func TestADeadlineMovedBeforeEachReadNeverFiresEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		go func() {
			for range 100 {
				time.Sleep(900 * time.Millisecond)
				far.Write([]byte("."))
			}
		}()
		for i := range 100 {
			near.SetDeadline(time.Now().Add(time.Second))
			if _, err := near.Read(make([]byte, 1)); err != nil {
				t.Fatalf("read %d: %v", i, err)
			}
		}
		begin := time.Now()
		near.SetDeadline(begin.Add(time.Second))
		_, err := near.Read(make([]byte, 1))
		timedOut(t, "read", err)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited %v", took)
		}
	})
}

func TestAllMethodsAtOnceDoNotRace(t *testing.T) {
	near, far := pair(t)
	var all sync.WaitGroup
	for _, c := range []net.Conn{near, far} {
		for range 20 {
			all.Go(func() { c.Read(make([]byte, 10)) })
			all.Go(func() { c.Write(make([]byte, 10)) })
			all.Go(func() { c.SetDeadline(time.Now().Add(10 * time.Millisecond)) })
			all.Go(func() { c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) })
			all.Go(func() { c.LocalAddr(); c.RemoteAddr() })
		}
	}
	all.Go(func() { near.Close() })
	all.Go(func() { far.Reset() })
	all.Wait()
}
