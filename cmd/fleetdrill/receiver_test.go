package main

import (
	"strings"
	"testing"

	"fleetdrill/report"
)

// away is an application that is down while two commands end in each second, after three states each.
const away = `
name: away
drain: 30h
platform: {dialects: {huawei: {push: true, implicit_qos: 1}}}
devices: [{group: g, dialect: huawei, count: 5, behaviour: [{respond: {after: 10ms}}]}]
load: [{name: tell, to: g, call: cached, ttl: 1h, arrivals: [{rate: 2/s, for: 60s}]}]
faults: [{at: 10s, for: LONG, receiver_down: {how: HOW}}]
expect: [checks.breaches == 0, push.told == 360]
`

func TestAnApplicationThatIsDownLosesTenStatesAndGetsTheOthersLaterAndInOrder(t *testing.T) {
	for _, c := range []struct {
		how, long string
		want      report.Push
	}{
		// After ten failures in a row it is blocked, and tried 180 s later.
		{"refused", "30s", report.Push{Told: 360, Acknowledged: 350, Lost: 10, Attempts: 360, Blocked: 1}},
		{"error", "5m", report.Push{Told: 360, Acknowledged: 350, Lost: 10, Attempts: 361, Blocked: 1}},
		// One that does not answer holds each push for 15 s.
		{"silent", "149s", report.Push{Told: 360, Acknowledged: 351, Lost: 9, Attempts: 360}},
		{"silent", "151s", report.Push{Told: 360, Acknowledged: 350, Lost: 10, Attempts: 360, Blocked: 1}},
		// What is 24 h old is given up.
		{"refused", "25h", report.Push{Told: 360, Acknowledged: 60, Lost: 300, Attempts: 70 + 24*20, Blocked: 1}},
	} {
		d := drillIn(t, strings.NewReplacer("HOW", c.how, "LONG", c.long).Replace(away), nil)
		if got := *d.summary.Push; got != c.want || d.summary.Verdict != report.Pass {
			t.Errorf("%s for %s: %+v, want %+v; %v", c.how, c.long, got, c.want, d.summary.Reasons)
		}
	}
}

func TestAReceiverFindsWhatComesOutOfOrder(t *testing.T) {
	r := &receiver{times: map[string]string{}, reached: map[string]int{}}
	push := func(device, command, status, at string) {
		n := notice{Millis: at}
		n.Notify.Header.Device, n.Notify.Body.Command, n.Notify.Body.Status = device, command, status
		r.noteLocked(&n)
	}
	push("a", "1", "DELIVERED", "T1")
	push("a", "1", "DELIVERED", "T1") // again, because the acknowledgement was lost
	push("b", "1", "SENT", "T1")
	push("b", "1", "TIMEOUT", "T3")
	push("a", "1", "SUCCESSFUL", "T3")
	if c := r.order(); c.Breaches != 0 || c.Commands != 5 {
		t.Fatalf("in order: %+v", c)
	}
	push("a", "2", "DELIVERED", "T4")
	push("a", "2", "SENT", "T4")
	push("b", "3", "SENT", "T2")
	push("", "3", "SENT", "T5")
	if c := r.order(); c.Breaches != 3 || len(c.Examples) != 3 {
		t.Errorf("found %+v, want three breaches", c)
	}
}
