package trace

import (
	"time"

	"fleetdrill/platform"
	"fleetdrill/sim/check"
)

// endingsOf is every way that a command can go, with its cause.
var endingsOf = []struct {
	name string
	tell func(*story)
	want Cause
	why  string
}{
	{"a success", (*story).succeeded, None, "success"},
	{"no free slot", func(s *story) { s.call(0, check.CallDue, 0, ""); s.call(0, check.CallDropped, 0, "") }, Harness, "max_open"},
	{"the run was stopped", func(s *story) { s.seen(); s.call(ms, check.CallDone, platform.Broken, "interrupted") }, Harness, "run was over"},
	{"the drain was over", func(s *story) {
		s.seen()
		s.call(90*ms, check.CallDone, platform.Broken, "cut_short")
		s.fact(91*ms, platform.Fact{Kind: platform.CallerGone})
		s.end(92*ms, platform.Failed, platform.ErrClosed)
	}, Harness, "run was over"},
	{"the platform closed over the cache", func(s *story) {
		s.mode = platform.Cached
		s.accepted()
		s.call(3*ms, check.CallDone, platform.OK, "0")
		s.end(90*ms, platform.Canceled, platform.ErrClosed)
	}, Harness, "closed"},
	{"the platform told its caller something else", func(s *story) {
		s.seen()
		s.device(18*ms, check.DeviceAnswered, 0)
		s.fact(18*ms, platform.Fact{Kind: platform.Matched, Wire: wire})
		s.end(18*ms, platform.Succeeded, nil)
		s.call(1003*ms, check.CallDone, platform.Timeout, "11915")
	}, WrongAnswer, "the command succeeded, and its caller was told: timeout (11915)"},
	{"no ending at all", func(s *story) { s.seen(); s.call(90*ms, check.CallDone, platform.OK, "0") }, Harness, "no ending"},
	{"the caller hung up", func(s *story) {
		s.seen()
		s.fact(50*ms, platform.Fact{Kind: platform.CallerGone})
		s.call(50*ms, check.CallDone, platform.Broken, "transport")
		s.end(1003*ms, platform.TimedOut, platform.ErrUnanswered)
	}, CallerGone, "hung up"},
	{"the caller gave up", func(s *story) { s.seen(); s.call(9000*ms, check.CallDone, platform.Broken, "unanswered") }, CallerGone, "gave up"},
	{"taken back", func(s *story) { s.failed(platform.ErrCanceled, platform.Timeout) }, CallerGone, "took it back"},
	{"the caller's connection broke", func(s *story) { s.seen(); s.call(50*ms, check.CallDone, platform.Broken, "transport") }, ConnectionLost, "caller's connection"},
	{"the platform was down", func(s *story) {
		s.strike("faults[11] platform_restart", -ms, time.Second, 0)
		s.call(0, check.CallDue, 0, "")
		s.call(0, check.CallSent, 0, "")
		s.call(0, check.CallDone, platform.Broken, "transport")
	}, ConnectionLost, "the platform was down (restarting for 1s, faults[11] platform_restart), and its caller could not reach it"},
	{"the caller hung up, and the command went on", func(s *story) {
		s.strike("faults[8] caller_gone of keep", -ms, 2*time.Second, 0)
		s.strike("faults[9] caller_gone of ask", -ms, time.Second, 0)
		s.seen()
		s.fact(10*ms, platform.Fact{Kind: platform.CallerGone})
		s.call(10*ms, check.CallDone, platform.Broken, "hung_up")
		s.device(18*ms, check.DeviceAnswered, 0)
		s.fact(18*ms, platform.Fact{Kind: platform.Matched, Wire: wire})
		s.end(18*ms, platform.Succeeded, nil)
	}, CallerGone, "its caller hung up after 10ms (faults[9] caller_gone); the command succeeded at 18ms"},
	{"an answer that the caller cannot read", func(s *story) { s.seen(); s.call(50*ms, check.CallDone, platform.Broken, "malformed") }, WrongAnswer, "could not read"},
	{"the device was away", func(s *story) { s.failed(platform.ErrOffline, platform.Offline) }, Offline, "away"},
	{"the device had been away", func(s *story) {
		s.strike("faults[0] disconnect", -17*ms, 0, 1)
		s.link(platform.WentOffline, -17*ms)
		s.failed(platform.ErrOffline, platform.Offline)
	}, Offline, "its device had been away for 20ms (faults[0] disconnect), and an instant command is not kept for it"},
	{"the device was gone with the broker", func(s *story) {
		s.strike("faults[10] broker_restart", -247*ms, time.Second, 0)
		s.link(platform.WentOffline, -247*ms+1)
		s.failed(platform.ErrOffline, platform.Offline)
	}, Offline, "its device had been away for 250ms (faults[10] broker_restart), and an instant command is not kept for it"},
	{"a fault that is over has nothing to do with it", func(s *story) {
		s.strike("faults[0] disconnect", -900*ms, 0, 1)
		s.link(platform.WentOffline, -900*ms)
		s.link(platform.WentOnline, -800*ms)
		s.link(platform.WentOffline, -17*ms)
		s.failed(platform.ErrOffline, platform.Offline)
	}, Offline, "its device had been away for 20ms, and an instant command is not kept for it"},
	{"the device went away", func(s *story) {
		s.accepted()
		s.fact(2*ms, platform.Fact{Kind: platform.Queued})
		s.end(500*ms, platform.Failed, platform.ErrOffline)
		s.call(501*ms, check.CallDone, platform.Offline, "11900")
	}, Offline, "went away"},
	{"the platform noticed that a connection was dead", func(s *story) {
		s.halfOpen(-500 * ms)
		s.accepted()
		s.fact(2*ms, platform.Fact{Kind: platform.Queued})
		s.link(platform.WentOffline, 500*ms)
		s.end(500*ms, platform.Failed, platform.ErrOffline)
		s.call(501*ms, check.CallDone, platform.Offline, "11900")
	}, Offline, "its device's connection had been dead for 1s (faults[0] half_open) when the platform noticed, and it still waited for its turn"},
	{"the platform says that the device was never there", func(s *story) {
		s.call(0, check.CallDue, 0, "")
		s.call(ms, check.CallDone, platform.Offline, "iot.device.InactiveDevice")
	}, Offline, "the platform says that the device was never activated (iot.device.InactiveDevice)"},
	{"the caller's connection broke before acceptance", func(s *story) {
		s.call(0, check.CallDue, 0, "")
		s.call(0, check.CallSent, 0, "")
		s.call(0, check.CallDone, platform.Broken, "transport")
	}, ConnectionLost, "its caller's connection to the platform broke before the call was accepted"},
	{"its turn never came behind two", func(s *story) {
		s.strike("faults[7] edge", -800*ms, 2*time.Second, 1)
		s.before(1, -900*ms, -890*ms)
		s.before(2, 100*ms, 110*ms)
		s.accepted()
		s.fact(2*ms, platform.Fact{Kind: platform.Queued})
		s.end(1002*ms, platform.Failed, platform.ErrNotSent)
		s.call(1003*ms, check.CallDone, platform.Timeout, "11904")
	}, NeverSent, "it waited 1s behind ask/1 and ask/2 (faults[7] edge) until its time was over"},
	{"the device was never there", func(s *story) { s.failed(platform.ErrInactive, platform.Offline) }, Offline, "never activated"},
	{"refused before acceptance", func(s *story) {
		s.call(0, check.CallDue, 0, "")
		s.call(ms, check.CallSent, 0, "")
		s.call(2*ms, check.CallDone, platform.Rejected, "99400")
	}, Limit, "code 99400"},
	{"too many requests", func(s *story) {
		s.call(0, check.CallDue, 0, "")
		s.call(ms, check.CallSent, 0, "")
		s.call(2*ms, check.CallDone, platform.Rejected, "429")
	}, Throttled, "too many requests"},
	{"a full cache", func(s *story) { s.failed(platform.ErrCacheFull, platform.Rejected) }, Limit, "cached commands"},
	{"a format that cannot be", func(s *story) { s.failed(platform.ErrEncoding, platform.Rejected) }, Limit, "cannot be encoded"},
	{"a newer one took its place", func(s *story) { s.failed(platform.ErrReplaced, platform.OK) }, Limit, "newer"},
	{"its turn never came", func(s *story) { s.failed(platform.ErrNotSent, platform.Timeout) }, NeverSent, "waited behind"},
	{"its lifetime passed", func(s *story) {
		s.mode = platform.Cached
		s.accepted()
		s.call(3*ms, check.CallDone, platform.OK, "0")
		s.end(1002*ms, platform.Expired, platform.ErrExpired)
	}, Expired, "lifetime"},
	{"nobody knows whether it arrived", func(s *story) { s.published(); s.timedOut() }, NotAcknowledged, "nothing says"},
	{"sent over a connection that is dead", func(s *story) { s.halfOpen(-500 * ms); s.published(); s.timedOut() }, NotAcknowledged,
		"it never reached the device: it was sent into a connection that faults[0] half_open had struck"},
	{"sent over a connection that is dead and ends", func(s *story) {
		s.halfOpen(-500 * ms)
		s.published()
		s.link(platform.WentOffline, 243*ms)
		s.timedOut()
	}, ConnectionLost, "it never reached the device: it was sent into a connection that faults[0] half_open had struck, and the platform noticed 240ms later"},
	{"sent over a connection that is dead and that the device loses", func(s *story) {
		s.halfOpen(-500 * ms)
		s.published()
		s.strike("faults[1] disconnect", 243*ms, 0, 1)
		s.says(check.DeviceLost, 243*ms)
		s.timedOut()
		s.link(platform.WentOffline, 1900*ms)
	}, ConnectionLost, "it was sent into a connection that faults[0] half_open had struck, and that ended 240ms later (faults[1] disconnect)"},
	{"sent to a device that is gone unnoticed", func(s *story) {
		s.halfOpen(-500 * ms)
		s.says(check.DeviceHungUp, -97*ms)
		s.published()
		s.timedOut()
		s.link(platform.WentOffline, 1900*ms)
	}, NotAcknowledged, "its connection had ended 100ms before it was sent, and the platform had not noticed (faults[0] half_open)"},
	{"sent to a device that has taken its own place", func(s *story) {
		s.link(platform.WentOffline, -97*ms)
		s.link(platform.WentOnline, -97*ms)
		s.seen()
		s.timedOut()
	}, Unanswered, "said nothing"},
	{"sent over a connection that dies then", func(s *story) { s.published(); s.halfOpen(500 * ms); s.timedOut() }, NotAcknowledged, "it was sent, and nothing says"},
	{"a dead connection before a new one", func(s *story) {
		s.halfOpen(-500 * ms)
		s.link(platform.WentOffline, -400*ms)
		s.link(platform.WentOnline, -300*ms)
		s.published()
		s.timedOut()
	}, NotAcknowledged, "it was sent, and nothing says"},
	{"no receipt", func(s *story) {
		s.published()
		s.end(1003*ms+1, platform.TimedOut, platform.ErrUnreceived)
		s.call(1004*ms, check.CallDone, platform.Timeout, "")
	}, NotAcknowledged, "nothing says"},
	{"a lost receipt", func(s *story) {
		s.seen()
		s.end(1003*ms+1, platform.TimedOut, platform.ErrUnreceived)
		s.call(1004*ms, check.CallDone, platform.Timeout, "")
	}, NotAcknowledged, "no acknowledgement arrived"},
	{"silence", func(s *story) { s.seen(); s.timedOut() }, Unanswered, "said nothing"},
	{"an acknowledgement and then silence", func(s *story) {
		s.published()
		s.fact(6*ms, platform.Fact{Kind: platform.Acked, Wire: wire})
		s.timedOut()
	}, Unanswered, "said nothing"},
	{"a late answer", func(s *story) {
		s.seen()
		s.timedOut()
		s.device(1500*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1503*ms)
	}, LateAnswer, "the device took 1.5s: the answer came 500ms after the deadline"},
	{"a late failure", func(s *story) {
		s.seen()
		s.timedOut()
		s.device(1500*ms, check.DeviceAnswered, check.AnswerFailure)
		s.stray(platform.Late, 1503*ms)
	}, LateAnswer, "500ms"},
	{"a late answer that never arrived", func(s *story) { s.seen(); s.timedOut(); s.device(1500*ms, check.DeviceAnswered, 0) },
		LateAnswer, "the answer left 497ms after the deadline, and never arrived"},
	{"an answer in time that took too long", func(s *story) {
		s.seen()
		s.device(900*ms, check.DeviceAnswered, 0)
		s.timedOut()
		s.stray(platform.Late, 1004*ms)
	}, LateAnswer, "came 1ms after"},
	{"an answer in time on a slow way back", func(s *story) {
		s.seen()
		s.strike("faults[2] latency", 20*ms, time.Second, 1)
		s.strike("faults[3] bandwidth", 800*ms, time.Second, 1)
		s.device(33*ms, check.DeviceAnswered, 0)
		s.timedOut()
		s.stray(platform.Late, 1122*ms)
	}, LateAnswer, "the device answered 970ms before the deadline, and the way back took 1.09s (faults[2] latency): the answer came 119ms after the deadline"},
	{"a command that reached its device too late", func(s *story) {
		s.strike("faults[4] stall", -500*ms, 10*time.Second, 1)
		s.strike("faults[5] latency", -500*ms, 10*time.Second, 2)
		s.published()
		s.device(1003*ms, check.DeviceSeen, 0)
		s.timedOut()
		s.device(1033*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1033*ms)
	}, LateAnswer, "it took 1s to reach the device (faults[4] stall): the answer came 30ms after the deadline"},
	{"a command behind one that a fault delayed", func(s *story) {
		s.strike("faults[2] latency", -2000*ms, 1500*ms, 1)
		s.strike("faults[3] bandwidth", 20*ms, time.Second, 1)
		s.before(1, -600*ms, 1003*ms)
		s.published()
		s.device(1003*ms, check.DeviceSeen, 0)
		s.timedOut()
		s.device(1033*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1033*ms)
	}, LateAnswer, "it took 1s to reach the device, held behind ask/1, which faults[2] latency delayed: the answer came 30ms after the deadline"},
	{"an answer behind one that a fault delayed", func(s *story) {
		s.strike("faults[2] latency", -800*ms, 700*ms, 1)
		s.strike("faults[3] bandwidth", 400*ms, time.Second, 1)
		s.before(1, -600*ms, -590*ms)
		s.seen()
		s.device(33*ms, check.DeviceAnswered, 0)
		s.timedOut()
		s.Platform(&platform.Fact{Kind: platform.Late, At: s.at(1122 * ms), Device: 1, Wire: wire + 1})
		s.stray(platform.Late, 1122*ms)
	}, LateAnswer, "the way back took 1.09s, held behind ask/1, which faults[2] latency delayed: the answer came 119ms after the deadline"},
	{"a fault that began when the way was slow already", func(s *story) {
		s.seen()
		s.device(33*ms, check.DeviceAnswered, 0)
		s.strike("faults[3] bandwidth", 800*ms, time.Second, 1)
		s.timedOut()
		s.stray(platform.Late, 1122*ms)
	}, LateAnswer, "the way back took 1.09s: the answer"},
	{"a command that was long on its way", func(s *story) {
		s.published()
		s.device(903*ms, check.DeviceSeen, 0)
		s.timedOut()
		s.device(1053*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1053*ms)
	}, LateAnswer, "it took 900ms to reach the device, and the device took 150ms: the answer came 50ms after the deadline"},
	{"an answer at the edge", func(s *story) {
		s.strike("faults[8] edge", -ms, time.Second, 1)
		s.seen()
		s.timedOut()
		s.device(1053*ms, check.DeviceAnswered, 0)
		s.stray(platform.Late, 1053*ms)
	}, LateAnswer, "the device took 1.05s (faults[8] edge): the answer came 50ms after the deadline"},
	{"an answer that never arrived", func(s *story) { s.seen(); s.device(900*ms, check.DeviceAnswered, 0); s.timedOut() },
		ConnectionLost, "answer never arrived"},
	{"an answer that its connection took along", func(s *story) {
		s.seen()
		s.device(900*ms, check.DeviceAnswered, 0)
		s.link(platform.WentOffline, 901*ms)
		s.timedOut()
	}, ConnectionLost, "connection ended before the answer"},
	{"lost on the way", func(s *story) { s.published(); s.link(platform.WentOffline, 4*ms); s.timedOut() }, ConnectionLost, "on its way"},
	{"lost at the device by a fault", func(s *story) {
		s.seen()
		s.strike("faults[0] disconnect", 15*ms, 0, 1)
		s.link(platform.WentOffline, 15*ms)
		s.link(platform.WentOnline, 209*ms)
		s.timedOut()
	}, ConnectionLost, "ended 10ms after it got the command (faults[0] disconnect); no answer came after it reconnected (answers that are due while it is away are dropped)"},
	{"lost at the device", func(s *story) { s.seen(); s.link(platform.WentOffline, 700*ms); s.timedOut() }, ConnectionLost, "connection ended 695ms after it got the command; it was not back in time"},
	{"a loss before it and one after it", func(s *story) {
		s.link(platform.WentOffline, -500*ms)
		s.link(platform.WentOnline, -400*ms)
		s.seen()
		s.timedOut()
		s.link(platform.WentOffline, 1010*ms)
	}, Unanswered, "said nothing"},
	{"a message that its session took along", func(s *story) {
		s.oneWay = true
		s.published()
		s.end(9*ms, platform.Failed, platform.ErrOffline)
		s.call(10*ms, check.CallDone, platform.OK, "0")
	}, ConnectionLost, "on its way"},
	{"the platform went down", func(s *story) {
		s.seen()
		s.end(9*ms, platform.Failed, platform.ErrCrashed)
		s.call(9*ms, check.CallDone, platform.Broken, "transport")
	}, ConnectionLost, "the platform went down and had it in memory alone; the device had it, and had not answered"},
	{"a failure", func(s *story) {
		s.seen()
		s.device(9*ms, check.DeviceAnswered, check.AnswerFailure)
		s.end(10*ms, platform.Failed, platform.ErrDevice)
		s.call(11*ms, check.CallDone, platform.DeviceError, "2001")
	}, WrongAnswer, "it failed"},
	{"garbage", func(s *story) { s.seen(); s.device(9*ms, check.DeviceAnswered, check.AnswerGarbled); s.timedOut() }, WrongAnswer, "nobody can read"},
	{"another's number", func(s *story) { s.seen(); s.device(9*ms, check.DeviceAnswered, check.AnswerForeign); s.timedOut() }, WrongAnswer, "another command's number"},
}
