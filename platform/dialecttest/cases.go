package dialecttest

import (
	"fmt"
	"strings"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
)

// overshoot is how long after a limit its timer fires: what comes at the limit is in time.
const overshoot = time.Nanosecond

var cases = []testCase{
	{"the caller gets what the device answered", nil, nil, answered},
	{"a device's own error reaches the caller", []error{platform.ErrDevice}, nil, deviceError},
	{"an instant command to an absent device fails at once", []error{platform.ErrOffline}, nil, offline},
	{"a device that was never there is not activated", []error{platform.ErrInactive}, nil, inactive},
	{"an unanswered command ends at its timeout", []error{platform.ErrUnanswered}, nil, unanswered},
	{"an answer exactly at the deadline wins", nil, nil, atDeadline},
	{"an answer one nanosecond after the deadline is late", []error{platform.ErrUnanswered}, nil, afterDeadline},
	{"a device that drops while its answer is awaited leaves the caller to the timeout", []error{platform.ErrUnanswered}, nil, dropped},
	{"a late answer changes nothing", []error{platform.ErrUnanswered}, nil, late},
	{"a duplicate answer changes nothing", nil, nil, duplicate},
	{"the cache takes its limit and not one more", []error{platform.ErrCacheFull}, refusing, cacheLimit},
	{"the cache takes its limit and then drops the oldest", nil, replacing, cacheOverflow},
	{"a cached command whose lifetime passed is never delivered", nil, mortal, lifetime},
	{"a lifetime that ends when the device connects is over", nil, mortal, lifetimeAtConnect},
	{"cached commands are delivered in order, one after another where the vendor has it so", nil, keeps, order},
	{"an instant command waits behind cached ones, at most its timeout", []error{platform.ErrNotSent}, shared, behind},
	{"a command cannot be encoded for a format of the product's own", []error{platform.ErrEncoding}, custom, encoding},
	{"bad credentials are refused", nil, nil, badCredentials},
	{"a call that proves nothing is refused and counted", nil, proven, deniedCall},
	{"a disabled device is refused", nil, nil, disabled},
	{"a device cannot write to another's topic", []error{platform.ErrUnanswered}, nil, foreignTopic},
	{"a device cannot listen to another's topics", nil, nil, foreignFilter},
	{"a device cannot answer another's command", nil, nil, foreignReply},
	{"a reply that cannot be read is counted and changes nothing", nil, garbage, garbled},
	{"a malformed body is refused", nil, raw, malformed},
	{"an over-long body is refused", nil, raw, tooLong},
	{"an unknown device is refused", []error{platform.ErrUnknownDevice}, nil, unknownDevice},
	{"concurrent calls to one device get each its own answer", nil, nil, concurrent},
	{"a second connection of a device replaces the first", nil, nil, replaced},
	{"devices of two products with one name do not replace each other", nil, nil, namesakes},
}

func answered(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	if string(m.Input) != `{"delay":5}` || m.Service != "reboot" {
		w.T.Errorf("device got %s %s, want reboot {\"delay\":5}", m.Service, m.Input)
	}
	d.Answer(m)
	got := <-call
	w.Want(got, nil)
	w.WantTook(got, 0)
	if string(got.Data) != string(OutputFor(m)) {
		w.T.Errorf("caller got %s, want %s", got.Data, OutputFor(m))
	}
	w.Expect(1, platform.Matched)
}

func deviceError(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	r := platform.ReplyTo(m.Command)
	r.Code, r.Message = 2001, "motor stuck"
	d.Reply(r)
	got := <-call
	w.Want(got, platform.ErrDevice)
	if got.Kind != platform.DeviceError || got.Message != "motor stuck" && !w.Harness.Mute {
		w.T.Errorf("outcome is %v %q, want %v \"motor stuck\"", got.Kind, got.Message, platform.DeviceError)
	}
}

func offline(w *World) {
	got := w.Call(w.Command(0))
	w.Want(got, platform.ErrOffline)
	w.WantTook(got, 0)
	d := w.Connect(0)
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("%d commands are delivered to the device that came back, want none", n)
	}
}

func inactive(w *World) {
	w.Want(w.Call(w.Command(Fresh)), platform.ErrInactive)
	w.Connect(Fresh).Drop()
	w.Want(w.Call(w.Command(Fresh)), platform.ErrOffline) // the first connection has activated it
}

func unanswered(w *World) {
	d := w.Connect(0)
	got := w.Call(w.Command(0))
	w.Want(got, platform.ErrUnanswered)
	w.WantTook(got, w.Timeout()+overshoot)
	if d.Waiting() != 1 {
		w.T.Errorf("%d commands were delivered, want 1", d.Waiting())
	}
}

func atDeadline(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	time.Sleep(w.Timeout())
	d.Answer(m)
	w.Want(<-call, nil)
	w.Expect(0, platform.Late)
}

func afterDeadline(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	time.Sleep(w.Timeout() + overshoot)
	d.Answer(m)
	w.Want(<-call, platform.ErrUnanswered)
	w.Expect(1, platform.Late)
	w.Expect(0, platform.Matched)
}

func dropped(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	d.Next()
	d.Drop()
	d = w.Connect(0)
	got := <-call
	w.Want(got, platform.ErrUnanswered)
	w.WantTook(got, w.Timeout()+overshoot)
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("the command was sent again to the device that came back")
	}
}

func late(w *World) {
	d := w.Connect(0)
	first := w.Go(w.Command(0))
	old := d.Next()
	w.Want(<-first, platform.ErrUnanswered)
	second := w.Go(w.Command(0))
	m := d.Next()
	d.Answer(old)
	d.Answer(m)
	if got := <-second; string(got.Data) != string(OutputFor(m)) {
		w.T.Errorf("second caller got %s, want %s", got.Data, OutputFor(m))
	}
	w.Expect(1, platform.Late)
	w.Expect(2, platform.Ended)
}

func duplicate(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	d.Answer(m)
	d.Answer(m)
	w.Want(<-call, nil)
	w.Expect(1, platform.Matched)
	w.Expect(1, platform.Duplicate)
	w.Expect(1, platform.Ended)
}

func concurrent(w *World) {
	const calls = 64
	d := w.Connect(0)
	var done [calls]<-chan Ended
	for i := range done {
		c := w.Command(0)
		c.Input = fmt.Appendf(nil, `{"n":%d}`, i)
		done[i] = w.Go(c)
	}
	var got [calls]Message
	for i := range got {
		got[i] = d.Next()
	}
	for i := range got { // in reverse
		d.Answer(got[calls-1-i])
	}
	for i := range done {
		e := <-done[i]
		if want := fmt.Sprintf(`"input":{"n":%d}}`, i); !strings.HasSuffix(string(e.Data), want) {
			w.T.Errorf("call %d got %s, want …%s", i, e.Data, want)
		}
	}
	w.Expect(calls, platform.Matched)
}

func replaced(w *World) {
	first := w.Connect(0)
	second := w.Connect(0)
	synctest.Wait()
	if !first.Lost() {
		w.T.Error("the first connection lives on")
	}
	call := w.Go(w.Command(0))
	second.Answer(second.Next())
	w.Want(<-call, nil)
}

func namesakes(w *World) {
	twin := platform.Product{Key: "pk2", Secret: "ps-test", Org: "o2", Dialect: w.Harness.Dialect().Name()}
	if w.Harness.Product != nil {
		w.Harness.Product(&twin)
	}
	r := platform.Registration{Address: platform.Address{Product: twin.Key, Device: Address(0).Device}, Secret: "ds-test"}
	if err := w.Platform.AddProduct(twin); err != nil {
		w.T.Fatal(err)
	}
	if _, err := w.Platform.AddDevice(r); err != nil {
		w.T.Fatal(err)
	}
	first := w.Connect(0)
	second, code := w.TryConnect(r.Address, r.Secret)
	if code != 0 || first.Lost() || second.Lost() {
		w.T.Fatalf("CONNACK %d; the first has lost its connection: %v", code, first.Lost())
	}
	call := w.Go(w.Command(0))
	first.Answer(first.Next())
	w.Want(<-call, nil)
}
