package platform_test

import (
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

func TestABrokerThatDiesSaysNothingAndTheCommandsLiveOn(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		open := o.submit(o.Command(0))
		m := d.Next()
		o.Platform.StopBroker(true)
		synctest.Wait()
		if !d.Lost() {
			t.Error("the device still has its connection")
		}
		o.Expect(1, platform.WentOffline)
		o.want(open, platform.Sent, nil)
		if _, err := o.Platform.Submit(o.Command(0)); err != platform.ErrOffline {
			t.Errorf("a command meanwhile: %v, want %v", err, platform.ErrOffline)
		}
		waiting := o.submit(o.Cached(0, time.Hour))
		time.Sleep(time.Second)
		o.StartBroker()
		d = o.Connect(0)
		d.Answer(m)
		o.want(open, platform.Succeeded, nil)
		d.Answer(d.Next())
		o.want(waiting, platform.Succeeded, nil)
	}, freely)
}

func TestWhatWasNotAcknowledgedIsSentAgainUnlessTheBrokerForgetsItsSessions(t *testing.T) {
	for _, sessions := range []bool{true, false} {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			c := o.Cached(0, time.Hour)
			c.QoS = 1
			id := o.submit(c)
			d.Next()
			o.Platform.StopBroker(sessions)
			o.StartBroker()
			d = o.Connect(0)
			if got, want := d.Waiting(), map[bool]int{true: 1}[sessions]; got != want {
				t.Errorf("sessions kept %t: %d messages come again, want %d", sessions, got, want)
			}
			if !sessions {
				o.want(id, platform.Sent, nil)
				time.Sleep(time.Minute)
				o.want(id, platform.TimedOut, platform.ErrUnanswered)
			}
		}, platform.Lane{Limit: 10, Resend: platform.Resend{OnReturn: true}})
	}
}

func TestACrashLosesWhatIsInMemoryAndKeepsTheCache(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		cached := o.submit(o.Cached(0, time.Hour)) // on its way: the next waits for it
		m := d.Next()
		instant := o.submit(o.Command(0)) // behind it
		waiting := o.submit(o.Cached(0, time.Hour))
		o.Platform.Crash()
		o.want(cached, platform.Failed, platform.ErrCrashed)
		o.want(instant, platform.Canceled, platform.ErrCrashed)
		o.want(waiting, platform.Waiting, nil)
		if _, err := o.Platform.Submit(o.Command(0)); err != platform.ErrCrashed {
			t.Errorf("a command meanwhile: %v, want %v", err, platform.ErrCrashed)
		}
		time.Sleep(time.Second)
		o.Revive()
		d = o.Connect(0)
		d.Answer(m)
		o.Expect(1, platform.Late)
		d.Answer(d.Next())
		o.want(waiting, platform.Succeeded, nil)
	}, platform.Lane{Limit: 10})
}

func TestALifetimeGoesOnWhileThePlatformIsDown(t *testing.T) {
	inOffice(t, func(o *office) {
		id := o.submit(o.Cached(0, 10*time.Second))
		o.Platform.Crash()
		time.Sleep(10 * time.Second)
		o.want(id, platform.Expired, platform.ErrExpired)
	}, platform.Lane{Limit: 10})
}

func TestACallThatIsOpenAtACrashGetsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dialecttest.NewWorld(t, dialecttest.Harness{
			Dialect: func() platform.Dialect { return enos.New(enos.DefaultConfig) }, Codec: enos.Codec{},
			Caller: func(w *dialecttest.World) dialecttest.Caller {
				return enos.NewHTTPCaller(dialecttest.Base, w.Client, dialecttest.Org, w.Account, "")
			}})
		w.Connect(0)
		open := w.Go(w.Command(0))
		w.Platform.Crash()
		if e := <-open; e.Err == nil || e.Took != 0 {
			t.Errorf("the open call ended with %+v after %v, want an error at once", e.Outcome, e.Took)
		}
		if e := w.Call(w.Command(0)); e.Err == nil {
			t.Errorf("a call meanwhile ended with %+v, want an error", e.Outcome)
		}
		w.Revive()
		d := w.Connect(0)
		again := w.Go(w.Command(0))
		d.Answer(d.Next())
		if e := <-again; e.Kind != platform.OK {
			t.Errorf("a call after it ended with %+v, %v", e.Outcome, e.Err)
		}
	})
}

func TestAPlatformMayCloseWhileItIsDown(t *testing.T) {
	inOffice(t, func(o *office) {
		o.Connect(0)
		o.submit(o.Cached(1, time.Hour))
		o.Platform.Crash()
	}, platform.Lane{Limit: 10})
	inOffice(t, func(o *office) { o.Platform.StopBroker(false) })
}
