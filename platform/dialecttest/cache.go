package dialecttest

import (
	"fmt"
	"time"

	"fleetdrill/platform"
)

func (w *World) limit() int {
	if n := w.Harness.Policy.CachedPerDevice; n != 0 {
		return n
	}
	return platform.DefaultPolicy.CachedPerDevice
}

func cacheLimit(w *World) {
	for range w.limit() {
		got := w.Call(w.Cached(0, time.Hour))
		w.Want(got, nil)
		w.WantTook(got, 0)
	}
	w.Want(w.Call(w.Cached(0, time.Hour)), platform.ErrCacheFull)
	w.Want(w.Call(w.Cached(1, time.Hour)), nil) // each device has its own
	d := w.Connect(0)
	d.Answer(d.Next())
	w.Want(w.Call(w.Cached(0, time.Hour)), nil) // one is delivered: there is room for one
	w.Expect(w.limit()+2, platform.Queued)
}

func lifetime(w *World) {
	w.Want(w.Call(w.Cached(0, time.Minute)), nil)
	w.Want(w.Call(w.Cached(0, time.Hour)), nil)
	time.Sleep(time.Minute + time.Second)
	w.Expect(1, platform.Ended)
	d := w.Connect(0)
	d.Answer(d.Next())
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("%d more commands were delivered, want the one that lives alone", n)
	}
	w.Expect(1, platform.Published)
}

func lifetimeAtConnect(w *World) {
	w.Want(w.Call(w.Cached(0, time.Minute)), nil)
	w.Want(w.Call(w.Cached(1, time.Minute)), nil)
	time.Sleep(time.Minute - time.Nanosecond)
	if n := w.Connect(1).Waiting(); n != 1 {
		w.T.Errorf("%d commands delivered one nanosecond before the end of the lifetime, want 1", n)
	}
	time.Sleep(time.Nanosecond)
	if n := w.Connect(0).Waiting(); n != 0 {
		w.T.Errorf("%d commands delivered at the end of the lifetime, want none", n)
	}
}

func order(w *World) {
	for i := range 5 {
		c := w.Cached(0, time.Hour)
		c.Input = fmt.Appendf(nil, `{"n":%d}`, i)
		w.Want(w.Call(c), nil)
	}
	d := w.Connect(0)
	for i := range 5 {
		m := d.Next()
		if want := fmt.Sprintf(`{"n":%d}`, i); string(m.Input) != want {
			w.T.Errorf("command %d has input %s, want %s", i, m.Input, want)
		}
		if n := d.Waiting(); n != 0 {
			w.T.Fatalf("%d commands came before the one in flight had its ending", n)
		}
		if i%2 == 0 { // an answer or the timeout, both let the next one go
			d.Answer(m)
		}
	}
}

func behind(w *World) {
	w.Want(w.Call(w.Cached(0, time.Hour)), nil)
	d := w.Connect(0)
	cached := d.Next()
	c := w.Command(0)
	c.Timeout = 2 * time.Second // shorter than the cached one's
	got := w.Call(c)
	w.Want(got, platform.ErrNotSent)
	w.WantTook(got, 2*time.Second+overshoot)
	second := w.Go(c)
	d.Answer(cached)
	m := d.Next()
	d.Answer(m)
	w.Want(<-second, nil)
	w.Expect(2, platform.Published)
}

func encoding(w *World) {
	if _, code := w.TryConnect(OddDevice, "ds-test"); code != 0 {
		w.T.Fatalf("the device is refused with CONNACK %d", code)
	}
	c := w.Command(0)
	c.Device = OddDevice
	w.Want(w.Call(c), platform.ErrEncoding)
	c.Mode, c.TTL = platform.Cached, time.Hour
	w.Want(w.Call(c), platform.ErrEncoding)
}
