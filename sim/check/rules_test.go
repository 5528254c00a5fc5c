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
	"offline": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.accept(0, 0, time.Second)
		s.end(0, 0, platform.Failed, platform.ErrOffline, 0)
		s.done(0, 0, platform.Offline, "11900")
	},
	"not sent in time": func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.accept(0, 0, time.Second)
		s.end(time.Second+1, 0, platform.Failed, platform.ErrNotSent, 1)
		s.done(time.Second+1, 0, platform.Timeout, "11904")
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
		s.rest(0, 0, 10*ms)
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
		s.fact(platform.Recalled, 2*ms, 0, platform.Fact{OneWay: true, Order: platform.SerializeNone, Limit: s.zero.Add(time.Hour)})
		s.end(time.Hour, 0, platform.Expired, platform.ErrExpired, 0)
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
		s.fact(platform.Recalled, 2*ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.stray(platform.Late, 3*ms, s.wire(0))
		s.end(time.Hour, 0, platform.Expired, platform.ErrExpired, 0)
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
		s.Platform(platform.Fact{Kind: platform.Accepted, At: at, Device: 1, ID: 99, Limit: at.Add(time.Second)})
		s.Platform(platform.Fact{Kind: platform.Ended, At: at, Device: 1, ID: 99, State: platform.Failed, Err: platform.ErrOffline})
	},
}

var twoCached = Limits{CachedPerDevice: 2}

func TestCleanHistoriesRaiseNoAlarm(t *testing.T) {
	for name, tell := range clean {
		s := newStory()
		tell(s)
		for _, r := range Check(s.Finish(), twoCached) {
			if r.Breaches > 0 {
				t.Errorf("%s: %s: %v", name, r.Rule, r.Examples)
			}
		}
	}
}

// planted is what a rule must find: the rule, and a word of the example.
var planted = []struct {
	rule, says string
	tell       func(*story)
}{
	{"one-ending", "ended 2 times", func(s *story) { s.answered(0, 0); s.end(9*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0) }},
	{"one-ending", "done 2 times", func(s *story) { s.answered(0, 0); s.done(9*ms, 0, platform.OK, "0") }},
	{"one-ending", "done 0 times", func(s *story) { s.sent(0, 0); s.match(2*ms, 0) }},
	{"one-ending", "accepted 2 times", func(s *story) { s.answered(0, 0); s.accept(9*ms, 0, time.Second) }},
	{"one-ending", "without having been accepted", func(s *story) { s.end(0, 0, platform.Failed, nil, 0) }},
	{"honest-timeout", "1ns before its deadline", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms-1, 0, platform.TimedOut, platform.ErrUnanswered, -1)
		s.done(1001*ms, 0, platform.Timeout, "11915")
	}},
	{"honest-timeout", "before its deadline", func(s *story) {
		s.accept(0, 0, time.Second)
		s.end(999*ms, 0, platform.Failed, platform.ErrNotSent, 0)
	}},
	{"honest-timeout", "caller heard of the timeout 1ms before", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.done(1000*ms, 0, platform.Timeout, "11915")
	}},
	{"honest-timeout", "said to be 0s and is 5ms", func(s *story) {
		s.sent(0, 0)
		s.end(1006*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.done(1006*ms, 0, platform.Timeout, "11915")
	}},
	{"late-is-late", "took 2 answers", func(s *story) { s.answered(0, 0); s.fact(platform.Matched, 9*ms, 0, platform.Fact{}) }},
	{"late-is-late", "took an answer 1ms after it had ended", func(s *story) {
		s.sent(0, 0)
		s.end(5*ms, 0, platform.Failed, platform.ErrClosed, 0)
		s.fact(platform.Matched, 6*ms, 0, platform.Fact{})
	}},
	{"late-is-late", "timed out all the same", func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Matched, 6*ms, 0, platform.Fact{})
		s.end(1001*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
	}},
	{"late-is-late", "succeeded without having taken an answer", func(s *story) {
		s.sent(0, 0)
		s.end(5*ms, 0, platform.Succeeded, nil, 0)
	}},
	{"late-is-late", "in time was taken for a late one", func(s *story) {
		s.sent(0, 0)
		s.stray(platform.Late, 1001*ms, s.wire(0))
		s.end(1001*ms+1, 0, platform.TimedOut, platform.ErrUnanswered, 1)
	}},
	{"late-is-late", "taken for a duplicate", func(s *story) {
		s.sent(0, 0)
		s.stray(platform.Duplicate, 5*ms, s.wire(0))
		s.end(1001*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
	}},
	{"late-is-late", "without having been published", func(s *story) {
		s.accept(0, 0, time.Second)
		s.match(5*ms, 0)
	}},
	{"right-answer", "answer to another command", func(s *story) {
		s.sent(0, 0)
		s.match(2*ms, 0)
		s.Call(CallFact{Kind: CallDone, At: 3 * ms, Device: 1, Outcome: platform.OK, Answer: s.wire(1)})
	}},
	{"right-answer", "no device answered", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.done(1002*ms, 0, platform.OK, "0")
	}},
	{"right-answer", "got a timeout", func(s *story) {
		s.sent(0, 0)
		s.match(2*ms, 0)
		s.done(1001*ms, 0, platform.Timeout, "11915")
	}},
	{"right-answer", "told that the device is away", func(s *story) {
		s.sent(0, 0)
		s.match(2*ms, 0)
		s.done(3*ms, 0, platform.Offline, "11900")
	}},
	{"cache-order", "before reboot 0, which was accepted earlier", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, time.Hour)
		s.deliver(5*ms, 1)
		s.deliver(7*ms, 0)
	}},
	{"cache-order", "before the end of reboot 0", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, time.Hour)
		s.publish(5*ms, 0, time.Second)
		s.publish(5*ms, 1, time.Second)
		s.match(6*ms, 0)
		s.match(6*ms, 1)
	}},
	{"cache-order", "passed reboot 0", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.mode = platform.Instant
		s.answered(ms, 1)
		s.deliver(9*ms, 0)
	}},
	{"cache-limit", "number 3 to wait, and the limit is 2", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, time.Hour)
		s.rest(0, 2, time.Hour)
	}},
	{"cache-limit", "1 of 2 were waiting", func(s *story) { s.rest(0, 0, time.Hour); s.refused(0, 1) }},
	{"cache-lifetime", "published 0s after its lifetime", func(s *story) { s.rest(0, 0, 10*ms); s.deliver(10*ms, 0) }},
	{"cache-lifetime", "expired 1ns before", func(s *story) {
		s.rest(0, 0, 10*ms)
		s.end(10*ms-1, 0, platform.Expired, platform.ErrExpired, 0)
	}},
	{"cache-lifetime", "expired and had been published", func(s *story) {
		s.rest(0, 0, 10*ms)
		s.publish(5*ms, 0, time.Second)
		s.end(10*ms, 0, platform.Expired, platform.ErrExpired, 0)
	}},
	{"published-once", "published 2 times and recalled 0 times", func(s *story) { s.sent(0, 0); s.publish(2*ms, 0, time.Second) }},
	{"published-once", "published 3 times and recalled 1 times", func(s *story) { s.message(0, 0); s.recall(2*ms, 0); s.publish(3*ms, 0, 0) }},
	{"honest-timeout", "it had no deadline", func(s *story) {
		s.fact(platform.Accepted, 0, 0, platform.Fact{})
		s.fact(platform.Published, 0, 0, platform.Fact{Wire: s.wire(0)})
		s.end(time.Hour, 0, platform.TimedOut, platform.ErrUnanswered, 0)
	}},
	{"honest-timeout", "1ms before its deadline", func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 900*ms, 0, platform.Fact{Limit: s.zero.Add(1900 * ms)})
		s.end(1899*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
	}},
	{"late-is-late", "in time was taken for a late one", func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 900*ms, 0, platform.Fact{Limit: s.zero.Add(1900 * ms)})
		s.stray(platform.Late, 1500*ms, s.wire(0))
	}},
	{"late-is-late", "without having taken an answer", func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 2*ms, 0, platform.Fact{}) // a receipt, but no message: its answer is awaited
		s.end(2*ms, 0, platform.Succeeded, nil, 0)
	}},
	{"cache-order", "before reboot 0, which was accepted earlier", func(s *story) {
		s.message(0, 0)
		s.message(0, 1)
		for _, seq := range []uint64{1, 0} {
			s.fact(platform.Recalled, ms, seq, platform.Fact{Lane: 2, Order: platform.SerializeNone})
		}
		s.fact(platform.Published, 2*ms, 1, platform.Fact{Lane: 2, Order: platform.SerializeNone, Wire: s.wire(1)})
	}},
	{"cache-lifetime", "published 0s after its lifetime", func(s *story) {
		s.message(0, 0)
		s.fact(platform.Recalled, 2*ms, 0, platform.Fact{Lane: 2})
		s.fact(platform.Published, time.Hour, 0, platform.Fact{Lane: 2, Wire: s.wire(0)})
	}},
	{"cache-lifetime", "its lifetime was endless", func(s *story) {
		s.mode = platform.Cached
		s.fact(platform.Accepted, 0, 0, platform.Fact{})
		s.end(time.Hour, 0, platform.Expired, platform.ErrExpired, 0)
	}},
	{"conservation", "due 2 times", func(s *story) { s.answered(0, 0); s.call(CallDue, 0, 0) }},
	{"conservation", "sent 0 times and dropped 0 times", func(s *story) { s.call(CallDue, 0, 0) }},
	{"conservation", "sent 1 times and dropped 1 times", func(s *story) { s.answered(0, 0); s.call(CallDropped, 0, 0) }},
	{"conservation", "never done", func(s *story) { s.sent(0, 0); s.match(2*ms, 0) }},
	{"conservation", "done without having been sent", func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallDropped, 0, 0)
		s.done(0, 0, platform.Broken, "")
	}},
	{"nothing-pending", "has no ending", func(s *story) { s.sent(0, 0) }},
	{"nothing-pending", "has no ending", func(s *story) { s.rest(0, 0, time.Hour) }},
}

func TestEveryPlantedBreachIsFoundAndExplained(t *testing.T) {
	found := map[string]int{}
	for _, p := range planted {
		s := newStory()
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
