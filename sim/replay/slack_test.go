package replay

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// told is a history of one device, of which each fact is "ms kind of n …": of the how-manieth command, or of none.
func told(t *testing.T, facts ...string) *check.History {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"schema":2,"facts":%d,"loads":["rest"],"devices":["roaming-1"]}`+"\n", len(facts))
	for _, f := range facts {
		var ms, n int
		kind, more := "", ""
		if fmt.Sscan(f, &ms, &kind, &n); strings.Contains(f, "{") {
			more = "," + f[strings.Index(f, "{")+1:len(f)-1]
		}
		of := ""
		if kind != "online" && kind != "offline" && kind != "fault" {
			of = fmt.Sprintf(`"load":"rest","n":%d,`, n)
		}
		fmt.Fprintf(&b, `{"at_us":%d,%s"device":"roaming-1","fact":%q%s}`+"\n", ms*1000, of, kind, more)
	}
	h, err := check.ReadJSONL(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

const (
	cached  = `{"mode":"cached","limit_us":1000000}`
	second  = `{"limit_us":1000000}`
	expired = `{"state":"expired","cause":"lifetime of the cached command passed"}`
	late    = `{"state":"timed_out","cause":"device did not answer in time"}`
	good    = `{"state":"succeeded"}`
	closed  = `{"state":"failed","cause":"platform closed"}`
)

// freely is cached in a lane in which nobody waits for another's ending; stray is in a lane of its own.
const (
	freely   = `{"mode":"cached","order":"none","limit_us":1000000}`
	stray    = `{"mode":"cached","lane":1,"limit_us":1000000}`
	replaced = `{"state":"failed","cause":"newer cached commands took its place"}`
)

func TestACommandHadToSpareWhatItHadItselfOrWhoseChangeItFelt(t *testing.T) {
	for name, tt := range map[string]struct {
		then []string
		now  []string        // nil: the same
		want []time.Duration // of each command, in ms, should it end otherwise

		differ []int // they did end otherwise
		behind string
	}{
		"the one before was answered close to its deadline, and is late now": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "200 accepted 1 " + cached, "200 queued 1",
			"300 accepted 2 " + cached, "300 queued 2", "1098 matched 0", "1098 ended 0 " + good, "1098 dequeued 1", "1098 published 1 " + second,
			"1150 matched 1", "1150 ended 1 " + good, "1150 dequeued 2", "1150 published 2 " + second, "1180 matched 2", "1180 ended 2 " + good,
		}, want: []time.Duration{2, 2, 2}, differ: []int{0, 1}, behind: "behind rest/0: between its answer and its deadline"},
		"the one before was answered close to its deadline, and is now": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "200 accepted 1 " + cached, "200 queued 1",
			"300 accepted 2 " + cached, "300 queued 2", "1098 matched 0", "1098 ended 0 " + good, "1098 dequeued 1", "1098 published 1 " + second,
			"1150 matched 1", "1150 ended 1 " + good, "1150 dequeued 2", "1150 published 2 " + second, "1180 matched 2", "1180 ended 2 " + good,
		}, want: []time.Duration{2, 102, 150}},
		"the platform closes as its device leaves": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "500 ended 0 " + closed, "501 offline",
		}, want: []time.Duration{1}},
		"it does not wait": {then: []string{
			"0 online", "100 accepted 0 " + second, "100 published 0 " + second, "300 accepted 1 " + second, "300 published 1 " + second,
			"400 matched 1", "400 ended 1 " + good, "1098 matched 0", "1098 ended 0 " + good,
		}, want: []time.Duration{2, 300}, differ: []int{0}},
		"the one before was over just after it had expired": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "130 accepted 1 " + cached, "130 queued 1",
			"1131 ended 1 " + expired, "1137 ended 0 " + late,
		}, want: []time.Duration{100, 7}},
		"it expired although it had its turn": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "200 accepted 1 " + cached, "200 queued 1",
			"500 matched 0", "500 ended 0 " + good, "1250 ended 1 " + expired,
		}, want: []time.Duration{100, 0}},
		"its time was over before it could even wait": {then: []string{
			"0 online", "100 accepted 0 " + cached, "1250 ended 0 " + expired,
		}, want: []time.Duration{0}},
		"its device was gone when its turn came, and it was not yet known": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "300 accepted 1 " + second, "300 queued 1", "500 matched 0",
			"500 ended 0 " + good, "501 dequeued 1", `501 ended 1 {"state":"failed","cause":"device offline"}`, "520 offline",
		}, want: []time.Duration{20, 1}},
		"its answer was read after its connection was gone": {then: []string{
			"0 online", "100 accepted 0 " + second, "100 published 0 " + second, "200 answered 0", "300 online", "300 offline",
			"500 matched 0", "500 ended 0 " + good,
		}, want: []time.Duration{0}},
		"the one before is over in both runs when it comes": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "1098 matched 0", "1098 ended 0 " + good,
			"1500 accepted 1 " + cached, "1500 published 1 " + second, "1600 matched 1", "1600 ended 1 " + good,
		}, now: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "1102 ended 0 " + late,
			"1500 accepted 1 " + cached, "1500 published 1 " + second, "2500 ended 1 " + late,
		}, want: []time.Duration{2, 900}, differ: []int{0}},
		"the one before is open when it comes, but only now": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "1098 matched 0", "1098 ended 0 " + good,
			"1500 accepted 1 " + cached, "1500 published 1 " + second, "1600 matched 1", "1600 ended 1 " + good,
		}, now: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "1501 ended 0 " + late,
			"1500 accepted 1 " + cached, "1500 queued 1", "1501 dequeued 1", "1501 published 1 " + second, "2501 ended 1 " + late,
		}, want: []time.Duration{2, 2}, differ: []int{0}, behind: "behind rest/0: between its answer and its deadline"},
		"the one before ends the same, but later, for one before that": {then: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "600 accepted 1 " + cached, "600 queued 1",
			"1098 matched 0", "1098 ended 0 " + good, "1098 dequeued 1", "1098 published 1 " + second, "1300 matched 1", "1300 ended 1 " + good,
			"1400 accepted 2 " + cached, "1400 published 2 " + second, "1600 matched 2", "1600 ended 2 " + good,
		}, now: []string{
			"0 online", "100 accepted 0 " + cached, "100 published 0 " + second, "600 accepted 1 " + cached, "600 queued 1",
			"1101 ended 0 " + late, "1101 dequeued 1", "1101 published 1 " + second, "1500 matched 1", "1500 ended 1 " + good,
			"1400 accepted 2 " + cached, "1400 queued 2", "1500 dequeued 2", "1500 published 2 " + second, "2500 ended 2 " + late,
		}, want: []time.Duration{2, 2, 2}, differ: []int{0}, behind: "behind rest/0: between its answer and its deadline"},
		"the one before is in another lane": {then: []string{
			"0 online", "100 accepted 0 " + stray, "100 published 0 " + second, "300 accepted 1 " + cached, "300 published 1 " + second,
			"500 matched 1", "500 ended 1 " + good, "1098 matched 0", "1098 ended 0 " + good,
		}, want: []time.Duration{2, 300}, differ: []int{0}},
		"the one before is in another lane, and the session had no room": {then: []string{
			"0 online", "100 accepted 0 " + stray, "100 published 0 " + second, "300 accepted 1 " + cached, "300 link_dropped 1", "300 queued 1", "310 published 1 " + second,
			"500 matched 1", "500 ended 1 " + good, "1098 matched 0", "1098 ended 0 " + good,
		}, want: []time.Duration{2, 2}, differ: []int{0}, behind: "behind rest/0: between its answer and its deadline"},
		"nobody waits for the one before": {then: []string{
			"0 online", "100 accepted 0 " + freely, "100 published 0 " + second, "300 accepted 1 " + freely, "300 published 1 " + second,
			"500 matched 1", "500 ended 1 " + good, "1098 matched 0", "1098 ended 0 " + good,
		}, want: []time.Duration{2, 300}, differ: []int{0}},
		"it made room for one that came, with one before that which was about to expire": {then: []string{
			"100 accepted 0 " + freely, "100 queued 0", `200 accepted 1 {"mode":"cached","order":"none","limit_us":745000}`, "200 queued 1",
			"943 online", "943 offline", "950 accepted 2 " + freely, "950 ended 0 " + replaced, "950 queued 2", "990 ended 1 " + expired,
		}, want: []time.Duration{2}, differ: []int{1}, behind: "beside rest/1: between the end of its time and its device's coming or going"},
		"what was open was in nobody's way": {then: []string{
			"0 online", "100 accepted 0 " + second, "100 published 0 " + second, "150 accepted 1 " + second, "150 published 1 " + second,
			"180 accepted 2 " + cached, "180 queued 2", "1000 ended 1 " + good, "1098 ended 0 " + good, "1250 ended 2 " + expired,
		}, want: []time.Duration{100, 150, 0}},
		"it was cut off": {then: []string{
			"0 online", "100 accepted 0 " + second, "100 published 0 " + second, `960 done 0 {"code":"interrupted","outcome":"broken"}`,
			"1080 ended 0 " + closed,
		}, want: []time.Duration{20}},
	} {
		then := told(t, tt.then...)
		now := then
		if tt.now != nil {
			now = told(t, tt.now...)
		}
		again := queueOf(now.Of(1))
		for n, want := range tt.want {
			q := queueOf(then.Of(1))
			c := command{0, uint64(n)}
			differs := map[command]bool{c: true}
			for _, n := range tt.differ {
				differs[command{0, uint64(n)}] = true
			}
			stays := func(*life) bool { return false }
			q.weigh(func(l *life) *life { return again.lives[l.command] }, differs, stays)
			var d Difference
			d.explain(q.slackOf(c, stays), then)
			if !d.SlackHas || d.Slack != want*time.Millisecond {
				t.Errorf("%s: command %d had %v to spare (%v: %s), want %vms", name, n, d.Slack, d.SlackHas, d.Why, int(want))
			}
			if last := n == len(tt.want)-1; last && (d.Why == "" || tt.behind != "" && d.Why != tt.behind || tt.behind == "" && strings.Contains(d.Why, "rest")) {
				t.Errorf("%s: command %d: because %q, want %q", name, n, d.Why, tt.behind)
			}
		}
	}
}

func TestWhatWasUnderWayWhileThePlatformFellHadNothingToSpare(t *testing.T) {
	s := scenario(t)
	h := told(t, "100 sent 0", "300 done 0", "100 sent 1", "700 done 1", "650 sent 2", "950 done 2", "600 due 3", "680 sent 3", "890 done 3",
		`600 fault {"fault":"faults[0] platform_restart","for_us":500000}`, "660 offline 0", "700 online 0", "750 offline 0", "800 online 0",
		`900 fault {"fault":"faults[1] broker_restart","for_us":100000}`, "910 offline 0")
	for _, f := range []scenarios.Fault{{Kind: "platform_restart"}, {Kind: "broker_restart", Sessions: "kept"}, {Kind: "broker_restart", Sessions: "lost"}} {
		s.Faults = []scenarios.Fault{f}
		for n, want := range map[string][4]bool{"platform_restart": {false, true, true, false}, "broker_restart kept": {}, "broker_restart lost": {false, false, true, false}}[strings.TrimSpace(f.Kind+" "+f.Sessions)] {
			falls := fallsOf(s, h)
			facts := h.Facts(0, uint64(n), nil)
			if got := slices.ContainsFunc(falls, func(f fall) bool { return f.over(facts) }); got != want {
				t.Errorf("%s %s, command %d: got %t, want %t", f.Kind, f.Sessions, n, got, want)
			}
		}
	}
}

func TestAPlatformThatGivesUpWhatWaitsTakesItsTime(t *testing.T) {
	const canceled = `{"state":"canceled","cause":"platform closed"}`
	for _, tt := range []struct {
		facts []string
		want  fall
	}{
		{[]string{"500 ended 0 " + canceled, "510 ended 1 " + late, "530 ended 2 " + canceled, "700 ended 3 " + closed}, fall{500 * time.Millisecond, 530 * time.Millisecond}},
		{[]string{"510 ended 1 " + late, "700 ended 3 " + closed}, fall{check.Never, -1}},
	} {
		if got := closeOf(told(t, tt.facts...)); got != tt.want {
			t.Errorf("%q: from %v to %v, want %v to %v", tt.facts, got.from, got.to, tt.want.from, tt.want.to)
		}
	}
}
