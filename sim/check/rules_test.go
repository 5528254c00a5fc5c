package check

import (
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
)

// clean is what every rule must accept, next to its edge.
var clean = map[string]func(*story){
	"answered at once": func(s *story) { s.answered(0, 0) },
	"answered exactly at the deadline": func(s *story) {
		s.sent(0, 0)
		s.match(1001*ms, 0)
		s.done(1002*ms, 0, platform.OK, "0")
	},
	"timed out at the deadline, answered late and twice": func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.done(1001*ms, 0, platform.Timeout, "11915")
		s.stray(platform.Late, 1001*ms, s.wire(0))
		s.stray(platform.Late, 1500*ms, s.wire(0))
	},
	"late, while the timer is about to fire": func(s *story) {
		s.sent(0, 0)
		s.stray(platform.Late, 1001*ms+1, s.wire(0))
		s.end(1001*ms+20, 0, platform.TimedOut, platform.ErrUnanswered, 20)
		s.done(1002*ms, 0, platform.Timeout, "11915")
	},
	"answered twice": func(s *story) {
		s.answered(0, 0)
		s.stray(platform.Duplicate, 2*ms, s.wire(0))
	},
	"away": func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.refusedAway(0, 0, platform.ErrOffline)
	},
	"going away": func(s *story) {
		s.refusedAway(0, 0, platform.ErrOffline)
		s.presence(platform.WentOffline, time.Duration(farewell))
	},
	"gone already, and the platform stood still before it saw that": func(s *story) {
		s.left(DeviceHungUp, -ms)
		s.refusedAway(0, 0, platform.ErrOffline)
		s.presence(platform.WentOffline, time.Hour)
	},
	"going, and the platform stood still before it saw that": func(s *story) {
		s.refusedAway(0, 0, platform.ErrOffline)
		s.left(DeviceLost, time.Duration(farewell))
		s.presence(platform.WentOffline, time.Hour)
	},
	"waiting when its device went away": func(s *story) {
		s.called(0, 0)
		s.presence(platform.WentOffline, 5*ms)
		s.end(5*ms, 0, platform.Failed, platform.ErrOffline, 0)
		s.done(6*ms, 0, platform.Offline, "11900")
	},
	"resting for a moment when its device, long idle, went away": func(s *story) {
		s.rest(time.Hour, 0, 2*time.Second)
		s.end(time.Hour+2*time.Second, 0, platform.Expired, platform.ErrExpired, 0)
		s.presence(platform.WentOffline, time.Hour+2*time.Second)
	},
	"resting while its device was gone, and the platform stood still before it saw that": func(s *story) {
		s.left(DeviceLost, -ms)
		s.rest(0, 0, 10*time.Second)
		s.end(10*time.Second, 0, platform.Expired, platform.ErrExpired, 0)
		s.presence(platform.WentOffline, time.Hour)
	},
	"over when it had its turn": func(s *story) { // the platform stood still, with the queue in its hands
		s.rest(0, 0, time.Hour)
		s.publish(0, 0, 4*ms)
		s.rest(0, 1, 10*ms)
		s.rest(0, 2, 10*ms)
		s.end(4*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		for i := range uint64(2) {
			s.fact(platform.Dequeued, 20*ms, 1+i, platform.Fact{})
			s.end(20*ms, 1+i, platform.Expired, platform.ErrExpired, 10*ms)
		}
	},
	"over when it had its turn because its device was there": func(s *story) {
		s.presence(platform.WentOffline, -ms)
		s.rest(0, 0, 10*ms)
		s.presence(platform.WentOnline, ms)
		s.fact(platform.Dequeued, 20*ms, 0, platform.Fact{})
		s.end(20*ms, 0, platform.Expired, platform.ErrExpired, 10*ms)
	},
	"over before it could even wait": func(s *story) { // the platform stood still
		s.called(0, 0)
		s.end(2*time.Second, 0, platform.Failed, platform.ErrNotSent, time.Second)
		s.done(2*time.Second, 0, platform.Timeout, "11915")
	},
	"seen once":                func(s *story) { s.answered(0, 0); s.seen(ms, 0) },
	"published and never seen": func(s *story) { s.answered(0, 0) },
	"cut short at its deadline": func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.Failed, platform.ErrClosed, 0)
		s.done(1001*ms+1, 0, platform.Broken, "")
	},
	"taken back at the end of its lifetime": func(s *story) {
		s.rest(0, 0, 10*ms)
		s.end(10*ms, 0, platform.Canceled, platform.ErrClosed, 0)
	},
	"cannot be encoded": func(s *story) {
		s.called(0, 0)
		s.end(0, 0, platform.Failed, platform.ErrEncoding, 0)
		s.done(0, 0, platform.Rejected, "11810")
	},
	"rejected before it was accepted": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.done(0, 0, platform.Rejected, "99400")
	},
	"not sent in time": func(s *story) {
		s.rest(0, 1, time.Hour)
		s.publish(0, 1, 2*time.Second)
		s.mode = platform.Instant
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.accept(0, 0, time.Second)
		s.end(time.Second+1, 0, platform.Failed, platform.ErrNotSent, 1)
		s.done(time.Second+1, 0, platform.Timeout, "11904")
		s.mode = platform.Cached
		s.match(2*time.Second, 1)
	},
	"taken back looks like a timeout": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.accept(0, 0, time.Second)
		s.end(ms, 0, platform.Canceled, platform.ErrCanceled, 0)
		s.done(ms, 0, platform.Timeout, "11904")
	},
	"the device failed": func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Matched, 2*ms, 0, platform.Fact{Wire: s.wire(0)})
		s.end(2*ms, 0, platform.Failed, platform.ErrDevice, 0)
		s.done(3*ms, 0, platform.DeviceError, "2001")
	},
	"dropped": func(s *story) { s.call(CallDue, 0, 0); s.call(CallDropped, 0, 0) },
	"cached, up to the limit and one refused": func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(1, 1, time.Hour)
		s.refused(2, 2)
		s.deliver(5*ms, 0)
		s.deliver(6*ms, 1)
	},
	"expired at its limit": func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.rest(0, 0, 10*ms)
		s.end(10*ms, 0, platform.Expired, platform.ErrExpired, 0)
	},
	"expired when its turn came": func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, 10*ms)
		s.publish(ms, 0, 9*ms)
		s.end(10*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.end(10*ms, 1, platform.Expired, platform.ErrExpired, 0)
	},
	"expired behind messages for which there was no room": func(s *story) {
		s.rest(0, 0, 10*ms)
		s.fact(platform.LinkDropped, 0, 0, platform.Fact{})
		s.end(10*ms, 0, platform.Expired, platform.ErrExpired, 0)
	},
	"an instant command waits for a cached one": func(s *story) {
		s.rest(0, 0, time.Hour)
		s.mode = platform.Instant
		s.call(CallDue, 0, 1)
		s.call(CallSent, 0, 1)
		s.accept(0, 1, time.Second)
		s.fact(platform.Queued, 0, 1, platform.Fact{})
		s.deliver(5*ms, 0)
		s.mode = platform.Instant
		s.publish(6*ms, 1, time.Second)
		s.match(7*ms, 1)
		s.done(8*ms, 1, platform.OK, "0")
	},
	"a message, received after it was recalled": func(s *story) { s.message(0, 0); s.recall(2*ms, 0); s.receive(5*ms, 0) },
	"a recalled message that expires": func(s *story) {
		s.message(0, 0)
		s.presence(platform.WentOffline, 2*ms)
		s.oneWay(platform.Recalled, 2*ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.endMessage(time.Hour, 0, platform.Expired, platform.ErrExpired, 0)
	},
	"two messages under way at once": func(s *story) {
		s.message(0, 0)
		s.message(0, 1)
		s.receive(5*ms, 1)
		s.receive(5*ms, 0)
	},
	"two lanes of one device": func(s *story) {
		s.rest(0, 0, time.Hour)
		s.message(ms, 1) // in another lane, and does not wait for it
		s.receive(5*ms, 1)
		s.deliver(9*ms, 0)
	},
	"the oldest makes room for the newest": func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, time.Hour)
		s.call(CallDue, 0, 2)
		s.call(CallSent, 0, 2)
		s.accept(0, 2, time.Hour)
		s.end(0, 0, platform.Failed, platform.ErrReplaced, 0)
		s.fact(platform.Queued, 0, 2, platform.Fact{})
		s.done(0, 2, platform.OK, "0")
		s.deliver(5*ms, 1)
		s.deliver(7*ms, 2)
	},
	"a receipt sets the deadline anew": func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 900*ms, 0, platform.Fact{Limit: s.zero.Add(1900 * ms)})
		s.match(1800*ms, 0)
		s.done(1800*ms, 0, platform.OK, "0")
	},
	"an answer late after its receipt": func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 900*ms, 0, platform.Fact{Limit: s.zero.Add(1900 * ms)})
		s.end(1900*ms+1, 0, platform.TimedOut, platform.ErrUnanswered, 1)
		s.stray(platform.Late, 1950*ms, s.wire(0))
		s.done(1900*ms+1, 0, platform.Timeout, "11915")
	},
	"an answer while its command waits anew": func(s *story) {
		s.message(0, 0)
		s.presence(platform.WentOffline, 2*ms)
		s.oneWay(platform.Recalled, 2*ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.stray(platform.Late, 3*ms, s.wire(0))
		s.endMessage(time.Hour, 0, platform.Expired, platform.ErrExpired, 0)
	},
	"a message that nobody received in time": func(s *story) {
		s.message(0, 0)
		s.endMessage(time.Hour+1, 0, platform.TimedOut, platform.ErrUnreceived, 1)
	},
	"a receipt that does not come": func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.TimedOut, platform.ErrUnreceived, 1)
		s.done(1001*ms+1, 0, platform.Timeout, "11915")
	},
	"an endless message whose session goes": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.oneWay(platform.Accepted, 0, 0, platform.Fact{})
		s.oneWay(platform.Published, 0, 0, platform.Fact{Wire: s.wire(0)})
		s.presence(platform.WentOffline, ms)
		s.endMessage(ms, 0, platform.Failed, platform.ErrOffline, 0)
		s.done(ms, 0, platform.Offline, "")
	},
	"an instant message that has left": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.oneWay(platform.Accepted, 0, 0, platform.Fact{})
		s.oneWay(platform.Published, 0, 0, platform.Fact{Wire: s.wire(0)})
		s.receive(ms, 0)
		s.done(ms, 0, platform.OK, "0")
	},
	"a recalled message that its device does not want any more": func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Recalled, 2*ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.endMessage(3*ms, 0, platform.Failed, platform.ErrUnsubscribed, 0)
	},
	"a recalled message that the close takes back, and not because its first deadline had passed": func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Recalled, 0, 0, platform.Fact{Limit: s.zero.Add(2 * time.Hour)})
		s.endMessage(90*time.Minute, 0, platform.Canceled, platform.ErrClosed, 0)
	},
	"a device that is removed": func(s *story) {
		s.sent(0, 0)
		s.end(2*ms, 0, platform.Failed, platform.ErrUnknownDevice, 0)
		s.done(3*ms, 0, platform.Rejected, "404")
	},
	"seen once for each time it went out": func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Resent, ms, 0, platform.Fact{Wire: s.wire(0)})
		s.recall(2*ms, 0)
		s.receive(5*ms, 0)
		for i := range 3 {
			s.seen(time.Duration(i)*ms, 0)
		}
	},
	"an instant command beside a cached one of a lane in which none waits": func(s *story) {
		s.message(0, 0)
		s.mode = platform.Instant
		s.call(CallDue, 0, 1)
		s.call(CallSent, 0, 1)
		s.oneWay(platform.Accepted, 0, 1, platform.Fact{})
		s.oneWay(platform.Published, ms, 1, platform.Fact{Wire: s.wire(1)})
		s.receive(2*ms, 1)
		s.done(2*ms, 1, platform.OK, "0")
		s.mode = platform.Cached
		s.receive(5*ms, 0)
	},
	"a call that is over at once and does not say why it failed": func(s *story) {
		s.called(0, 0)
		s.end(0, 0, platform.Failed, platform.ErrUnsubscribed, 0)
		s.Call(CallFact{Kind: CallDone, Device: s.dev, Outcome: platform.Offline, AtOnce: true})
	},
	"a call that is over when its command is accepted": func(s *story) {
		s.Call(CallFact{Kind: CallDue, Device: s.dev})
		s.Call(CallFact{Kind: CallSent, Device: s.dev})
		s.fact(platform.Accepted, 0, 0, platform.Fact{})
		s.fact(platform.Published, 0, 0, platform.Fact{Wire: s.wire(0)}) // without limit
		s.Call(CallFact{Kind: CallDone, Device: s.dev, Outcome: platform.OK, AtOnce: true})
		s.end(time.Hour, 0, platform.Failed, platform.ErrClosed, 0)
	},
	"a command that no load sent": func(s *story) {
		at := s.zero
		s.presence(platform.WentOffline, 0)
		s.Platform(&platform.Fact{Kind: platform.Accepted, At: at, Device: 1, ID: 99, Limit: at.Add(time.Second)})
		s.Platform(&platform.Fact{Kind: platform.Ended, At: at, Device: 1, ID: 99, State: platform.Failed, Err: platform.ErrOffline})
	},
}

var twoCached = Limits{CachedPerDevice: 2}

func TestCleanHistoriesRaiseNoAlarm(t *testing.T) {
	for name, tell := range clean {
		s := peopled()
		tell(s)
		for _, r := range Check(s.Finish(), twoCached) {
			if r.Breaches > 0 {
				t.Errorf("%s: %s: %v", name, r.Rule, r.Examples)
			}
		}
	}
}

func TestEveryPlantedBreachIsFoundAndExplained(t *testing.T) {
	found := map[string]int{}
	for _, p := range planted {
		s := peopled()
		s.dev = 2
		s.answered(0, 40) // an innocent bystander
		s.dev = 1
		p.tell(s)
		for _, r := range Check(s.Finish(), twoCached) {
			if r.Rule != p.rule {
				continue
			}
			found[r.Rule]++
			if all := strings.Join(r.Examples, "; "); r.Breaches == 0 || !strings.Contains(all, p.says) {
				t.Errorf("%s, %q: %d breaches: %s", p.rule, p.says, r.Breaches, all)
			}
			if r.Breaches > r.Commands {
				t.Errorf("%s, %q: %d breaches of %d commands", p.rule, p.says, r.Breaches, r.Commands)
			}
		}
	}
	for _, r := range Rules {
		if found[r.Name] < 2 {
			t.Errorf("rule %s has %d planted breaches, want at least 2", r.Name, found[r.Name])
		}
	}
}

func TestExamplesNameTheFirstThreeCommands(t *testing.T) {
	s := newStory()
	for seq := range uint64(5) {
		s.accept(0, seq, time.Second)
	}
	r := Check(s.Finish(), twoCached)[len(Rules)-1]
	want := "reboot 0: it has no ending; reboot 1: it has no ending; reboot 2: it has no ending"
	if got := strings.Join(r.Examples, "; "); r.Breaches != 5 || got != want {
		t.Errorf("%d breaches: %s; want 5: %s", r.Breaches, got, want)
	}
}

func TestABusyMachineMayCloseBeforeItsTimersFire(t *testing.T) {
	for over, breaches := range map[time.Duration]int{time.Second + 1: 0, time.Second + 2: 1} {
		s := peopled()
		s.sent(0, 0)
		s.end(1001*ms+over, 0, platform.Failed, platform.ErrClosed, 0)
		h, limits := s.Finish(), Limits{Slack: time.Second}
		if r := Check(h, limits)[len(Rules)-1]; r.Breaches != breaches {
			t.Errorf("closed %v after the limit: %d breaches, want %d", over, r.Breaches, breaches)
		}
		if st := h.Stats(limits); st.Pending != breaches || st.Cut != 1-breaches {
			t.Errorf("closed %v after the limit: %d pending and %d cut short", over, st.Pending, st.Cut)
		}
	}
}

func TestBeforeItsFirstSessionADeviceMayBeAwayOrInactive(t *testing.T) {
	for _, why := range []error{platform.ErrOffline, platform.ErrInactive} {
		s := newStory()
		s.refusedAway(0, 0, why)
		for _, r := range Check(s.Finish(), twoCached) {
			if r.Breaches > 0 {
				t.Errorf("%v: %s: %v", why, r.Rule, r.Examples)
			}
		}
	}
}

func TestWithoutThePlatformsFactsADeviceMaySeeAnything(t *testing.T) {
	s := newStory()
	s.seen(0, 17)
	s.Device(DeviceFact{Device: 1, Kind: DeviceSeen, ID: 99})
	for _, r := range Check(s.Finish(), twoCached) {
		if r.Breaches > 0 {
			t.Errorf("%s: %v", r.Rule, r.Examples)
		}
	}
}

func TestATimeoutHasAtLeastTheTimeThatItsCallerAskedFor(t *testing.T) {
	for asked, breaches := range map[time.Duration]int{0: 0, time.Second: 0, time.Second + 1: 1} {
		s := peopled()
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.TimedOut, platform.ErrUnanswered, 1)
		s.done(1001*ms+1, 0, platform.Timeout, "11915")
		limits := Limits{Timeout: func(int) time.Duration { return asked }}
		for _, r := range Check(s.Finish(), limits) {
			if want := breaches; r.Rule == "honest-timeout" && r.Breaches != want || r.Rule != "honest-timeout" && r.Breaches > 0 {
				t.Errorf("asked for %v: %s has %d breaches: %v", asked, r.Rule, r.Breaches, r.Examples)
			}
		}
	}
}
