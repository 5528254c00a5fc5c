package platform_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

// stubborn is a lane as one vendor has it for messages.
var stubborn = platform.Lane{Limit: 20, Overflow: platform.DropOldest, Serialize: platform.SerializeNone,
	Resend: platform.Resend{Every: 2 * time.Second, Times: 3, OnReturn: true, ReturnEvery: 10 * time.Second, ReturnTimes: 5}}

// arrivals are the moments, in seconds from now, at which messages come to a device within a time, which passes.
func arrivals(d *dialecttest.Device, within time.Duration) (at []int, all []dialecttest.Message) {
	start := time.Now()
	for time.Since(start) < within {
		for range d.Waiting() {
			at, all = append(at, int(time.Since(start)/time.Second)), append(all, d.Next())
		}
		time.Sleep(time.Second)
	}
	return at, all
}

func wantAt(t *testing.T, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("messages came at %v s, want %v", got, want)
	}
}

func TestWhatIsNotAcknowledgedIsSentAgainUnderItsPacketID(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.message(0, 0))
		at, all := arrivals(d, time.Minute)
		wantAt(t, at, 0, 3, 5) // 2 s and 4 s after the first, and a nanosecond: seen in the next second
		for i, m := range all {
			if m.Dup != (i > 0) || m.Packet != all[0].Packet || string(m.Payload) != string(all[0].Payload) {
				t.Errorf("number %d: dup %v, packet %d, payload %s", i, m.Dup, m.Packet, m.Payload)
			}
		}
		if r := o.want(id, platform.Sent, nil); r.Sends != 3 {
			t.Errorf("sent %d times, want 3", r.Sends)
		}
		o.Expect(2, platform.Resent)
		o.Expect(1, platform.Published)
		d.Ack(all[2])
		o.want(id, platform.Succeeded, nil)
		o.Expect(1, platform.Acked)
		if got := o.post.states(id); got != "sent succeeded" {
			t.Errorf("the watcher saw %q", got)
		}
	}, stubborn)
}

func TestAnAcknowledgementAtTheMomentOfTheResendComesFirst(t *testing.T) {
	for late, want := range map[time.Duration]int{0: 0, 1: 1} {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			o.submit(o.message(0, 0))
			m := d.Next()
			time.Sleep(2*time.Second + late)
			synctest.Wait()
			d.Ack(m)
			time.Sleep(time.Minute)
			if n := d.Waiting(); n != want {
				t.Errorf("acknowledged %v after 2 s: %d more came, want %d", late, n, want)
			}
		}, stubborn)
	}
}

func TestWhatWasNotAcknowledgedComesAgainOnReturnInRounds(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.message(0, 0))
		first := d.Next()
		d.Drop()
		o.want(id, platform.Waiting, nil)
		o.Expect(1, platform.Recalled)
		time.Sleep(time.Hour)
		o.Hold = true
		d = o.Connect(0)
		at, all := arrivals(d, 10*time.Minute)
		wantAt(t, at, 0, 3, 5, 11, 13, 15, 21, 23, 25, 31, 33, 35, 41, 43, 45)
		for i, m := range all {
			if !m.Dup || m.Wire != first.Wire {
				t.Errorf("number %d: dup %v, wire %d, first %d", i, m.Dup, m.Wire, first.Wire)
			}
		}
		if r := o.want(id, platform.Sent, nil); r.Sends != 16 {
			t.Errorf("sent %d times, want 16", r.Sends)
		}
		d.Ack(all[14])
		o.want(id, platform.Succeeded, nil)
		if got := o.post.states(id); got != "sent waiting sent succeeded" {
			t.Errorf("the watcher saw %q", got)
		}
		o.Expect(2, platform.Published)
	}, stubborn)
}

func TestWhatComesAgainComesInItsOrderAndBeforeNewerOnes(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		var ids []platform.ID
		for range 4 {
			ids = append(ids, o.submit(o.message(0, 0)))
		}
		d.Next()
		d.Ack(d.Next()) // the second is there
		d.Drop()
		newer := o.submit(o.message(0, 0))
		wantIDs(t, "on return", got(o.Connect(0)), ids[0], ids[2], ids[3], newer)
		o.want(ids[1], platform.Succeeded, nil)
		o.want(newer, platform.Succeeded, nil)
	}, stubborn)
}

func TestWhatComesAgainIsNoMoreThanTheLaneKeeps(t *testing.T) {
	lane := stubborn
	lane.Limit = 2
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		var ids []platform.ID
		for range 4 {
			ids = append(ids, o.submit(o.message(0, 0)))
		}
		d.Drop()
		o.want(ids[0], platform.Failed, platform.ErrReplaced)
		o.want(ids[1], platform.Failed, platform.ErrReplaced)
		newest := o.submit(o.message(0, 0))
		o.want(ids[2], platform.Failed, platform.ErrReplaced)
		wantIDs(t, "on return", got(o.Connect(0)), ids[3], newest)
	}, lane)
}

func TestARecalledCommandExpiresWithTheLifetimeFromItsAcceptance(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		c := o.message(0, 0)
		c.TTL = time.Minute
		id := o.submit(c)
		time.Sleep(30 * time.Second)
		d.Drop()
		time.Sleep(30*time.Second - 1)
		o.want(id, platform.Waiting, nil)
		time.Sleep(time.Nanosecond)
		r := o.want(id, platform.Expired, platform.ErrExpired)
		if took := r.Ended.Sub(r.Created); took != time.Minute {
			t.Errorf("expired after %v", took)
		}
	}, stubborn)
}

func TestOnlyCachedCommandsAtQoS1AreRecalled(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		instant := o.Command(0)
		instant.QoS = 1
		kept := o.Cached(0, time.Hour) // at QoS 0
		first, second := o.submit(instant), o.submit(kept)
		d.Drop()
		o.want(first, platform.Sent, nil)
		o.want(second, platform.Sent, nil)
		if d = o.Connect(0); d.Waiting() != 0 {
			t.Errorf("%d came again", d.Waiting())
		}
		time.Sleep(5*time.Second + 1)
		o.want(first, platform.TimedOut, platform.ErrUnanswered)
		o.Expect(0, platform.Recalled)
	}, stubborn)
}

func TestASecondConnectionGetsWhatTheFirstHasNotAcknowledged(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		id := o.submit(o.message(0, 0))
		wantIDs(t, "before", got(d), id)
		wantIDs(t, "after", got(o.Connect(0)), id)
		o.want(id, platform.Succeeded, nil)
	}, stubborn)
}

func TestACommandThatComesAgainIsAnsweredOnce(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		c := o.Cached(0, time.Hour)
		c.QoS, c.Timeout = 1, 0
		id := o.submit(c)
		first := d.Next()
		d.Drop()
		o.Hold = true
		d = o.Connect(0)
		second := d.Next()
		d.Answer(first) // it has carried out both
		d.Answer(second)
		o.want(id, platform.Succeeded, nil)
		o.Expect(1, platform.Matched)
		o.Expect(1, platform.Duplicate)
		time.Sleep(time.Minute)
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d more came after the answer", n)
		}
	}, stubborn)
}

func TestAMessageIsSentAgainAtItsOwnQoS(t *testing.T) {
	inOffice(t, func(o *office) {
		d := o.Connect(0)
		d.Hold()
		o.submit(o.message(0, 0))
		d.SubscribeAt("down/dk0/+", 0) // from now on QoS 0 is granted: what is under way stays so
		at, all := arrivals(d, time.Minute)
		wantAt(t, at, 0, 3, 5)
		if m := all[2]; m.QoS != 1 || !m.Dup {
			t.Errorf("sent again at QoS %d, dup %v", m.QoS, m.Dup)
		}
	}, stubborn)
}

func TestMessagesThatAreSentAgainAtTheSameInstantKeepTheirOrder(t *testing.T) {
	for range 20 {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			for range 8 {
				o.submit(o.message(0, 0))
			}
			var first, again []uint16
			for range 8 {
				first = append(first, d.Next().Packet)
			}
			time.Sleep(2*time.Second + 1)
			for range 8 {
				again = append(again, d.Next().Packet)
			}
			if !slices.Equal(first, again) {
				t.Errorf("packets %v were sent again as %v", first, again)
			}
		}, stubborn)
	}
}

func TestAMessageWhoseTimeIsOverAtTheMomentOfItsResendIsNotSentAgain(t *testing.T) {
	for range 20 {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			c := o.message(0, 0)
			c.AckTimeout = 4 * time.Second
			id := o.submit(c)
			at, _ := arrivals(d, time.Minute)
			wantAt(t, at, 0, 3)
			if r := o.want(id, platform.TimedOut, platform.ErrUnreceived); r.Sends != 2 {
				t.Errorf("sent %d times, want 2", r.Sends)
			}
		}, stubborn)
	}
}

// A device's two seconds begin with a sending, the platform's with the first one.
func TestWhatIsAcknowledgedTwoSecondsAfterItsSecondSendingIsNotSentAThirdTime(t *testing.T) {
	for range 100 {
		inOffice(t, func(o *office) {
			d := o.Connect(0)
			d.Hold()
			o.submit(o.message(0, 0))
			d.Next()
			m := d.Next()
			time.Sleep(2 * time.Second)
			d.Ack(m)
			time.Sleep(time.Minute)
			if n := d.Waiting(); n != 0 {
				t.Errorf("sent %d times more", n)
			}
		}, stubborn)
	}
}

// Both are due at one moment, and only one is out: the acknowledgement of its copy lets the other go in that moment.
func TestWhatARepetitionMakesRoomForIsNotRepeatedInTheSameBreath(t *testing.T) {
	for range 100 {
		inOffice(t, func(o *office) {
			o.Version, o.Receive = 5, 1
			d := o.Connect(0)
			d.Hold()
			first, second := o.submit(o.message(0, 0)), o.submit(o.message(0, 0))
			wantIDs(t, "at once", got(d), first)
			d.Ack(d.Next())
			time.Sleep(time.Second)
			wantIDs(t, "after two seconds", got(d), second)
		}, stubborn)
	}
}
