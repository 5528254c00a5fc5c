package check

import (
	"time"

	"fleetdrill/platform"
)

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
	{"published-once", "its number on the wire was another command's before", func(s *story) {
		s.answered(0, 0)
		s.called(5*ms, 1)
		s.fact(platform.Published, 5*ms, 1, platform.Fact{Wire: s.wire(0), Limit: s.zero.Add(1005 * ms)})
	}},
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
	{"honest-timeout", "had never been published", func(s *story) {
		s.called(0, 0)
		s.end(time.Second+1, 0, platform.TimedOut, platform.ErrUnanswered, 1)
	}},
	{"honest-timeout", "had been published", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.Failed, platform.ErrNotSent, 1)
	}},
	{"honest-timeout", "ended as failed, because: device did not answer in time", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.Failed, platform.ErrUnanswered, 1)
	}},
	{"honest-timeout", "ended as timed_out, because: no cause", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+1, 0, platform.TimedOut, nil, 1)
	}},
	{"honest-timeout", "never accepted", func(s *story) {
		s.call(CallDue, 0, 0)
		s.call(CallSent, 0, 0)
		s.done(time.Second, 0, platform.Timeout, "11904")
	}},
	{"right-answer", "was rejected, and it was not: it succeeded", func(s *story) {
		s.sent(0, 0)
		s.match(2*ms, 0)
		s.done(3*ms, 0, platform.Rejected, "11902")
	}},
	{"right-answer", "was rejected, and it was not: lifetime of the cached", func(s *story) {
		s.mode = platform.Cached
		s.called(0, 0)
		s.end(time.Second, 0, platform.Expired, platform.ErrExpired, 0)
		s.done(0, 0, platform.Rejected, "11902")
	}},
	{"right-answer", "in the cache, and it was refused", func(s *story) {
		s.mode = platform.Cached
		s.called(0, 0)
		s.end(0, 0, platform.Failed, platform.ErrCacheFull, 0)
		s.done(0, 0, platform.OK, "0")
	}},
	{"right-answer", "that was not its ending: command not sent", func(s *story) {
		s.called(0, 0)
		s.end(time.Second+1, 0, platform.Failed, platform.ErrNotSent, 1)
		s.done(time.Second+1, 0, platform.Offline, "11900")
	}},
	{"right-answer", "got a timeout and it ended otherwise: device offline", func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.called(0, 0)
		s.end(0, 0, platform.Failed, platform.ErrOffline, 0)
		s.done(time.Second, 0, platform.Timeout, "11904")
	}},
	{"right-answer", "got a device's error and it ended otherwise: it succeeded", func(s *story) {
		s.sent(0, 0)
		s.match(2*ms, 0)
		s.done(3*ms, 0, platform.DeviceError, "2001")
	}},
	{"known-ending", "no cached command, unsent, ends as failed, because: command not sent in time", func(s *story) {
		s.rest(0, 0, 10*ms)
		s.mode = platform.Cached
		s.end(10*ms, 0, platform.Failed, platform.ErrNotSent, 0)
	}},
	{"known-ending", "no cached command, unsent, ends as failed, because: device offline", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.end(10*ms, 0, platform.Failed, platform.ErrOffline, 0)
	}},
	{"known-ending", "no cached command, published, ends as canceled", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.publish(ms, 0, time.Second)
		s.end(10*ms, 0, platform.Canceled, platform.ErrCanceled, 0)
	}},
	{"known-ending", "no instant command, unsent, ends as expired", func(s *story) {
		s.called(0, 0)
		s.end(time.Second, 0, platform.Expired, platform.ErrExpired, 0)
	}},
	{"known-ending", "published 1ms after it had ended", func(s *story) {
		s.called(0, 0)
		s.end(ms, 0, platform.Canceled, platform.ErrCanceled, 0)
		s.publish(2*ms, 0, time.Second)
	}},
	{"cache-order", "before the end of reboot 0, which is cached", func(s *story) {
		s.rest(0, 0, time.Hour)
		s.publish(ms, 0, time.Second)
		s.mode = platform.Instant
		s.answered(2*ms, 1)
		s.mode = platform.Cached
		s.match(9*ms, 0)
	}},
	{"known-ending", "no cached message, published, ends as failed, because: newer cached commands", func(s *story) {
		s.message(0, 0)
		s.endMessage(ms, 0, platform.Failed, platform.ErrReplaced, 0)
	}},
	{"known-ending", "no cached message, recalled, ends as failed, because: platform closed", func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Recalled, ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.endMessage(2*ms, 0, platform.Failed, platform.ErrClosed, 0)
	}},
	{"known-ending", "no cached message, published, ends as succeeded", func(s *story) {
		s.message(0, 0)
		s.endMessage(ms, 0, platform.Succeeded, nil, 0)
	}},
	{"known-ending", "no cached message, published, ends as timed_out, because: device did not answer", func(s *story) {
		s.message(0, 0)
		s.endMessage(time.Hour+1, 0, platform.TimedOut, platform.ErrUnanswered, 1)
	}},
	{"known-ending", "no instant command, received, ends as timed_out, because: device did not acknowledge", func(s *story) {
		s.sent(0, 0)
		s.fact(platform.Received, 2*ms, 0, platform.Fact{Limit: s.zero.Add(time.Second)})
		s.end(time.Second+1, 0, platform.TimedOut, platform.ErrUnreceived, 1)
	}},
	{"known-ending", "no instant command, published, ends as failed, because: device is not subscribed", func(s *story) {
		s.sent(0, 0)
		s.end(2*ms, 0, platform.Failed, platform.ErrUnsubscribed, 0)
	}},
	{"known-ending", "no cached message, published, ends as failed, because: device offline", func(s *story) {
		s.message(0, 0) // it has a time that can run out
		s.endMessage(ms, 0, platform.Failed, platform.ErrOffline, 0)
	}},
	{"known-ending", "resent 1ms after it had ended", func(s *story) {
		s.message(0, 0)
		s.receive(ms, 0)
		s.oneWay(platform.Resent, 2*ms, 0, platform.Fact{Wire: s.wire(0)})
	}},
	{"honest-timeout", "want of a receipt, and had one", func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Received, ms, 0, platform.Fact{})
		s.endMessage(time.Hour+1, 0, platform.TimedOut, platform.ErrUnreceived, 1)
	}},
	{"honest-timeout", "and had been recalled", func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Recalled, ms, 0, platform.Fact{Limit: s.zero.Add(time.Hour)})
		s.endMessage(time.Hour+1, 0, platform.TimedOut, platform.ErrUnreceived, 1)
	}},
	{"cache-order", "before the end of reboot 0, which goes alone", func(s *story) {
		alone := platform.Fact{Order: platform.SerializeAll, Limit: s.zero.Add(time.Hour)}
		for seq := range uint64(2) {
			s.fact(platform.Accepted, 0, seq, alone)
		}
		for seq := range uint64(2) {
			alone.Wire = s.wire(seq)
			s.fact(platform.Published, ms, seq, alone)
		}
	}},
	{"offline-is-true", "accepted while its device was away, and failed 1ns later", func(s *story) { // in another lane
		s.presence(platform.WentOffline, 0)
		s.oneWay(platform.Accepted, 0, 0, platform.Fact{})
		s.endMessage(1, 0, platform.Failed, platform.ErrOffline, 0)
	}},
	{"offline-is-true", "and the device was online", func(s *story) { s.refusedAway(0, 0, platform.ErrOffline) }},
	{"offline-is-true", "and the device was online", func(s *story) { // it went away, and long after
		s.refusedAway(0, 0, platform.ErrOffline)
		s.presence(platform.WentOffline, time.Duration(farewell)+1)
	}},
	{"offline-is-true", "and the device was online", func(s *story) { // its device left, and long after
		s.refusedAway(0, 0, platform.ErrOffline)
		s.left(DeviceLost, time.Duration(farewell)+1)
		s.presence(platform.WentOffline, time.Hour)
	}},
	{"offline-is-true", "and the device was online", func(s *story) { // its device left, and the platform never saw that
		s.left(DeviceLost, -ms)
		s.refusedAway(0, 0, platform.ErrOffline)
	}},
	{"offline-is-true", "and the device was online", func(s *story) { // its device left the session before this one
		s.left(DeviceLost, -2*ms)
		s.presence(platform.WentOffline, -ms)
		s.presence(platform.WentOnline, -ms)
		s.refusedAway(0, 0, platform.ErrOffline)
		s.presence(platform.WentOffline, time.Hour)
	}},
	{"offline-is-true", "and the device was online", func(s *story) { // back since
		s.presence(platform.WentOffline, 0)
		s.presence(platform.WentOnline, 0)
		s.refusedAway(0, 0, platform.ErrOffline)
	}},
	{"offline-is-true", "not activated, and the device had been online", func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.refusedAway(0, 0, platform.ErrInactive)
	}},
	{"offline-is-true", "accepted while its device was away, and failed 1ns later", func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.called(0, 0)
		s.end(1, 0, platform.Failed, platform.ErrOffline, 0)
	}},
	{"offline-is-true", "accepted while its device was away, and ended as succeeded", func(s *story) {
		s.presence(platform.WentOffline, 0)
		s.answered(0, 0)
	}},
	{"one-copy", "saw it 2 times, and it was published 1 times", func(s *story) {
		s.answered(0, 0)
		s.seen(ms, 0)
		s.seen(2*ms, 0)
	}},
	{"one-copy", "saw it 4 times, and it was published 2 times and sent again 1 times", func(s *story) {
		s.message(0, 0)
		s.oneWay(platform.Resent, ms, 0, platform.Fact{Wire: s.wire(0)})
		s.recall(2*ms, 0)
		s.receive(5*ms, 0)
		for i := range 4 {
			s.seen(time.Duration(i)*ms, 0)
		}
	}},
	{"one-copy", "saw it 1 times, and it was published 0 times", func(s *story) { // it reads IDs
		s.answered(0, 0)
		s.Device(DeviceFact{Device: s.dev, Kind: DeviceSeen, ID: 99})
	}},
	{"one-copy", "it was for m-1, and m-3 saw it", func(s *story) {
		s.answered(0, 0)
		s.Device(DeviceFact{Device: 3, Kind: DeviceSeen, At: ms, Wire: s.wire(0)})
	}},
	{"one-copy", "m-1: the device saw a command that was not published", func(s *story) { s.seen(0, 17) }},
	{"idle-queue", "it waited 10ms until its time was over", func(s *story) {
		s.rest(0, 0, 10*ms)
		s.end(10*ms, 0, platform.Expired, platform.ErrExpired, 0)
	}},
	{"idle-queue", "it waited 6ms until its time was over", func(s *story) { // behind one that has ended
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, 10*ms)
		s.publish(ms, 0, 3*ms)
		s.end(4*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.end(10*ms, 1, platform.Expired, platform.ErrExpired, 0)
	}},
	{"idle-queue", "it waited 6ms until its time was over", func(s *story) { // it had a turn when the next came
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, 10*ms)
		s.publish(ms, 0, 3*ms)
		s.end(4*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.accept(20*ms, 2, time.Hour)
		s.fact(platform.Dequeued, 20*ms, 1, platform.Fact{})
		s.end(20*ms, 1, platform.Expired, platform.ErrExpired, 10*ms)
	}},
	{"idle-queue", "it waited 6ms until its time was over", func(s *story) { // it had a turn, and was not published
		s.rest(0, 0, time.Hour)
		s.rest(0, 1, 10*ms)
		s.publish(ms, 0, 3*ms)
		s.end(4*ms, 0, platform.TimedOut, platform.ErrUnanswered, 0)
		s.fact(platform.Dequeued, 4*ms, 1, platform.Fact{})
		s.end(10*ms, 1, platform.Expired, platform.ErrExpired, 0)
	}},
	{"idle-queue", "it waited 1s until its time was over", func(s *story) { // an instant one
		s.called(0, 0)
		s.fact(platform.Queued, 0, 0, platform.Fact{})
		s.end(time.Second+1, 0, platform.Failed, platform.ErrNotSent, 1)
	}},
	{"idle-queue", "it waited 4s until its time was over", func(s *story) { // counted from when it came
		s.rest(time.Second, 0, 4*time.Second)
		s.end(5*time.Second, 0, platform.Expired, platform.ErrExpired, 0)
		s.presence(platform.WentOffline, 5*time.Second)
	}},
	{"idle-queue", "it waited 2s until its time was over", func(s *story) { // its device left, and the platform never saw that
		s.rest(0, 0, 2*time.Second)
		s.left(DeviceLost, ms)
		s.end(2*time.Second, 0, platform.Expired, platform.ErrExpired, 0)
		s.presence(platform.WentOnline, 3*time.Second)
	}},
	{"nothing-pending", "has no ending", func(s *story) { s.sent(0, 0) }},
	{"nothing-pending", "platform's close, 2ns after its limit", func(s *story) {
		s.sent(0, 0)
		s.end(1001*ms+2, 0, platform.Failed, platform.ErrClosed, 0)
	}},
	{"nothing-pending", "platform's close, 9s after its limit", func(s *story) {
		s.called(0, 0)
		s.end(10*time.Second, 0, platform.Canceled, platform.ErrClosed, 0)
	}},
	{"nothing-pending", "platform's close, 5ms after its limit", func(s *story) {
		s.rest(0, 0, 10*ms)
		s.end(15*ms, 0, platform.Canceled, platform.ErrClosed, 0)
	}},
	{"nothing-pending", "has no ending", func(s *story) { s.rest(0, 0, time.Hour) }},
}
