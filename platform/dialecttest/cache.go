package dialecttest

import (
	"fmt"
	"time"

	"fleetdrill/platform"
)

// kept is a command that waits for device i.
func (w *World) kept(i int) platform.Command {
	ttl := w.Harness.Cache.Lifetime
	if ttl == 0 {
		ttl = time.Hour
	}
	return w.Cached(i, ttl)
}

func (w *World) fill(i int) {
	w.T.Helper()
	for n := range w.Harness.Cache.Limit {
		c := w.kept(i)
		c.Input = fmt.Appendf(nil, `{"n":%d}`, n)
		got := w.Call(c)
		w.Want(got, nil)
		w.WantTook(got, 0)
	}
}

func cacheLimit(w *World) {
	w.fill(0)
	w.Want(w.Call(w.kept(0)), platform.ErrCacheFull)
	w.Want(w.Call(w.kept(1)), nil) // each device has its own
	d := w.Connect(0)
	d.Answer(d.Next())
	w.Want(w.Call(w.kept(0)), nil) // one is delivered: there is room for one
	w.Expect(1+w.Harness.Cache.Limit+1, platform.Queued)
}

func cacheOverflow(w *World) {
	w.fill(0)
	w.Want(w.Call(w.kept(1)), nil) // each device has its own
	last := w.kept(0)
	last.Input = []byte(`{"n":"last"}`)
	w.Want(w.Call(last), nil)
	w.Expect(1, platform.Ended)
	d := w.Connect(0)
	for n := 1; n <= w.Harness.Cache.Limit; n++ {
		want := fmt.Sprintf(`{"n":%d}`, n)
		if n == w.Harness.Cache.Limit {
			want = string(last.Input)
		}
		m := d.Next()
		if string(m.Input) != want {
			w.T.Fatalf("delivered as number %d: %s, want %s", n, m.Input, want)
		}
		d.Answer(m)
	}
}

func lifetime(w *World) {
	life := w.Harness.Cache.Lifetime
	w.Want(w.Call(w.kept(0)), nil)
	time.Sleep(life / 2)
	w.Want(w.Call(w.kept(0)), nil)
	time.Sleep(life/2 + time.Second)
	w.Expect(1, platform.Ended)
	d := w.Connect(0)
	d.Answer(d.Next())
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("%d more commands were delivered, want the one that lives alone", n)
	}
	w.Expect(1, platform.Published)
}

func lifetimeAtConnect(w *World) {
	w.Want(w.Call(w.kept(0)), nil)
	w.Want(w.Call(w.kept(1)), nil)
	time.Sleep(w.Harness.Cache.Lifetime - time.Nanosecond)
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
		c := w.kept(0)
		c.Input = fmt.Appendf(nil, `{"n":%d}`, i)
		w.Want(w.Call(c), nil)
	}
	d := w.Connect(0)
	for i := range 5 {
		m := d.Next()
		if want := fmt.Sprintf(`{"n":%d}`, i); string(m.Input) != want {
			w.T.Errorf("command %d has input %s, want %s", i, m.Input, want)
		}
		if n := d.Waiting(); w.Harness.Cache.Serial && n != 0 {
			w.T.Fatalf("%d commands came before the one in flight had its ending", n)
		}
		if i%2 == 0 { // an answer or the timeout, both let the next one go
			d.Answer(m)
		}
	}
}

func behind(w *World) {
	w.Want(w.Call(w.kept(0)), nil)
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
	if w.Harness.Cache != nil {
		c = w.kept(0)
		c.Device = OddDevice
		w.Want(w.Call(c), platform.ErrEncoding)
	}
}
