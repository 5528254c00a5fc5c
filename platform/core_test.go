package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// What all dialects share is tested by dialecttest, through each of them. Here is what no dialect shows.

// world is a platform whose caller is the core itself.
func world(t *testing.T, cfg enos.Config) *dialecttest.World {
	return dialecttest.NewWorld(t, dialecttest.Harness{
		Dialect: func() platform.Dialect { return enos.New(cfg) },
		Codec:   enos.Codec{},
		Caller: func(w *dialecttest.World) dialecttest.Caller {
			return enos.DirectCaller{Service: w.Platform.Service, Config: enos.DefaultConfig}
		},
	})
}

func TestARefusedCommandDoesNotMakeRoomInTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.Config{Cached: 2})
		accepted := 0
		for range 10 {
			if _, err := w.Platform.Submit(w.Cached(0, time.Hour)); err == nil {
				accepted++
			} else if !errors.Is(err, platform.ErrCacheFull) {
				t.Fatal(err)
			}
		}
		if accepted != 2 {
			t.Errorf("%d commands were accepted, the limit is 2", accepted)
		}
	})
}

// Found by the sweep: one of the two came first by chance.
func TestACommandThatIsCancelledInTheInstantInWhichItsLifetimeEndsHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		time.Sleep(time.Second) // both clocks have the same instant, whichever was set first
		begin := time.Now()
		var ids []platform.ID
		for i := range 3 {
			for range 10 {
				rec, err := w.Platform.Submit(w.Cached(i, time.Minute))
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, rec.ID)
			}
		}
		time.Sleep(time.Until(begin.Add(time.Minute)))
		for i := range 3 {
			if taken := w.Platform.Cancel(dialecttest.Address(i), 0); len(taken) > 0 {
				t.Errorf("%d commands of device %d were taken back, and their lifetime was over", len(taken), i)
			}
		}
		for _, id := range ids {
			if rec, _ := w.Platform.Lookup(id); rec.State != platform.Expired {
				t.Errorf("a command ended as %v, want %v", rec.State, platform.Expired)
			}
		}
	})
}

func TestASerializedDeviceGetsItsInstantCommandsOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.Config{Serialize: "all"})
		d := w.Connect(0)
		first, second := w.Go(w.Command(0)), w.Go(w.Command(0))
		if n := d.Waiting(); n != 1 {
			t.Fatalf("%d commands came at once, want 1", n)
		}
		d.Answer(d.Next())
		<-first
		d.Answer(d.Next())
		if e := <-second; e.Kind != platform.OK {
			t.Errorf("the second ended as %v", e)
		}
	})
}

// Found while looking at what a replay did otherwise: both saw that nothing was in their way, and the second caller waited as
// long as its command did.
func TestOfTwoCachedCommandsAtOnceOnlyTheFirstWaitsForItsEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		d := w.Connect(0)
		for range 200 {
			told := make(chan platform.Record, 2)
			for range 2 {
				go func() {
					r, _ := w.Platform.SubmitOrInvoke(context.Background(), w.Cached(0, time.Hour))
					told <- r
				}()
			}
			synctest.Wait()
			if len(told) != 1 {
				t.Fatalf("%d callers have heard of their commands, want the second", len(told))
			}
			if r := <-told; r.State != platform.Waiting {
				t.Errorf("it is told that its command is %v", r.State)
			}
			d.Answer(d.Next())
			d.Answer(d.Next())
			if r := <-told; r.State != platform.Succeeded {
				t.Errorf("the first ended as %v", r.State)
			}
		}
	})
}

func TestCancellingWhatIsFirstLetsTheNextGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		blocker, _ := w.Platform.Submit(w.Cached(0, time.Hour))
		next, _ := w.Platform.Submit(w.Cached(0, time.Hour))
		taken := w.Platform.Cancel(dialecttest.Address(0), blocker.ID)
		if len(taken) != 1 || taken[0].ID != blocker.ID || taken[0].State != platform.Canceled {
			t.Fatalf("cancelled %+v, want command %d", taken, blocker.ID)
		}
		d := w.Connect(0)
		d.Answer(d.Next())
		if r, _ := w.Platform.Lookup(next.ID); r.State != platform.Succeeded {
			t.Errorf("the next is %s, want succeeded", r.State)
		}
		if again := w.Platform.Cancel(dialecttest.Address(0), blocker.ID); len(again) != 0 {
			t.Errorf("it could be cancelled twice: %+v", again)
		}
	})
}

func TestClosingEndsWhatWaitsAndWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		w.Connect(0)
		open := w.Go(w.Command(0))
		resting, _ := w.Platform.Submit(w.Cached(1, time.Hour))
		if err := w.Platform.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		<-open
		r, _ := w.Platform.Lookup(resting.ID)
		if !errors.Is(r.Err, platform.ErrClosed) || r.State != platform.Canceled || w.Platform.Pending() != 0 {
			t.Errorf("the cached one is %s (%v), %d are pending", r.State, r.Err, w.Platform.Pending())
		}
		if _, err := w.Platform.Submit(w.Cached(1, time.Hour)); !errors.Is(err, platform.ErrClosed) {
			t.Errorf("a closed platform takes a command: %v", err)
		}
	})
}

func TestACommandLivesOnWithoutItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		d := w.Connect(0)
		ctx, hangUp := context.WithCancel(context.Background())
		go func() { time.Sleep(time.Second); hangUp() }()
		rec, err := w.Platform.Invoke(ctx, w.Command(0))
		if !errors.Is(err, platform.ErrCallerGone) {
			t.Fatalf("ended with %v", err)
		}
		d.Answer(d.Next())
		if r, _ := w.Platform.Lookup(rec.ID); r.State != platform.Succeeded {
			t.Errorf("the command is %s, want succeeded", r.State)
		}
		w.Expect(1, platform.CallerGone)
	})
}

func TestFactsTellWhenACommandHadItsTurnAndWhenItWasWritten(t *testing.T) {
	for qos := range 2 {
		synctest.Test(t, func(t *testing.T) {
			w := world(t, enos.DefaultConfig)
			begin := time.Now()
			resting, instant := w.Cached(0, time.Hour), w.Command(0)
			resting.QoS, instant.QoS = byte(qos), byte(qos)
			w.Platform.Submit(resting)
			time.Sleep(time.Minute)
			d := w.Connect(0)
			d.Answer(d.Next())
			w.Platform.Submit(instant)
			d.Answer(d.Next())
			got := map[platform.FactKind][]platform.Fact{}
			for _, f := range w.Facts() {
				got[f.Kind] = append(got[f.Kind], f)
			}
			turn, out, written := got[platform.Dequeued], got[platform.Published], got[platform.Written]
			if len(turn) != 1 || turn[0].At.Sub(begin) != time.Minute || turn[0].ID != out[0].ID {
				t.Errorf("QoS %d: dequeued %+v, want the cached command after a minute", qos, turn)
			}
			if len(written) != 2 || written[0].Wire != out[0].Wire || written[1].Wire != out[1].Wire ||
				!written[0].At.Equal(out[0].At) || written[0].Device != out[0].Device || int(out[0].QoS) != qos {
				t.Errorf("QoS %d: written %+v, want what was published: %+v", qos, written, out)
			}
		})
	}
}

func TestEveryCommandHasOneEndingAndItsFactsTellIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		d := w.Connect(0)
		call := w.Go(w.Command(0))
		m := d.Next()
		d.Answer(m)
		d.Answer(m)
		<-call
		w.Expect(1, platform.Accepted)
		w.Expect(1, platform.Published)
		w.Expect(1, platform.Matched)
		w.Expect(1, platform.Ended)
		w.Expect(1, platform.Duplicate)
		for _, f := range w.Facts() {
			if f.Answered != (f.Kind == platform.Ended) {
				t.Errorf("%s: answered %t", f.Kind, f.Answered)
			}
		}
	})
}

func TestTheThingModelSaysWhatACommandTakes(t *testing.T) {
	p := &platform.Product{Services: map[string]platform.Model{"set": {Input: map[string]platform.Param{"level": {Kind: platform.KindNumber}, "name": {Kind: platform.KindString}}}}}
	for _, c := range []struct {
		service, input string
		ok             bool
	}{
		{"set", `{"level":1.5}`, true},
		{"set", `{"level":1,"name":"a"}`, true},
		{"set", `{}`, true},
		{"set", `{"level":"1"}`, false},
		{"set", `{"levels":1}`, false},
		{"set", `[1]`, false},
		{"get", `{}`, false},
	} {
		if err := p.Takes(c.service, json.RawMessage(c.input)); (err == nil) != c.ok {
			t.Errorf("%s %s: %v, want ok %v", c.service, c.input, err, c.ok)
		}
	}
	if err := new(platform.Product).Takes("anything", nil); err != nil {
		t.Errorf("a product without a thing model refuses: %v", err)
	}
}

func TestRegistrationRefusesWhatWouldBeAmbiguous(t *testing.T) {
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.DefaultConfig)}})
	if err != nil {
		t.Fatal(err)
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	refused := func(err error) {
		t.Helper()
		if err == nil {
			t.Error("not refused")
		}
	}
	ok(p.AddProduct(platform.Product{Key: "p", Dialect: "enos"}))
	refused(p.AddProduct(platform.Product{Key: "p", Dialect: "enos"}))
	refused(p.AddProduct(platform.Product{Key: "q", Dialect: "nobody's"}))
	add := func(product, device, alias string) error {
		_, err := p.AddDevice(platform.Registration{Address: platform.Address{Product: product, Device: device}, Alias: alias})
		return err
	}
	ok(add("p", "d", "a"))
	refused(add("p", "d", "b"))
	refused(add("p", "e", "a"))
	refused(add("nothing", "d", ""))
	_, err = platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.DefaultConfig), enos.New(enos.DefaultConfig)}})
	refused(err)
}

func TestADeviceThatHasUsedAllItsNumbersUsesThoseAgainThatAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world(t, enos.DefaultConfig)
		d := w.Connect(0)
		open := w.Go(w.Command(0))
		first := d.Next()
		last := uint64(platform.WireStride) - 1
		w.Platform.Device(dialecttest.Address(0)).Published(last - 1)
		for _, want := range []platform.Wire{platform.Wire(last), 2, 3} { // 1 is open
			call := w.Go(w.Command(0))
			m := d.Next()
			if got := m.Wire - platform.Wire(m.Wire.Owner())*platform.WireStride; got != want || m.Wire.Owner() != first.Wire.Owner() {
				t.Errorf("number %d of device %d, want %d of %d", got, m.Wire.Owner(), want, first.Wire.Owner())
			}
			d.Answer(m)
			d.Answer(m)
			if got := <-call; got.Kind != platform.OK {
				t.Errorf("ended as %+v", got)
			}
		}
		d.Answer(first)
		if got := <-open; got.Kind != platform.OK {
			t.Errorf("the oldest ended as %+v", got)
		}
		w.Expect(4, platform.Matched)
		w.Expect(3, platform.Duplicate)
	})
}
