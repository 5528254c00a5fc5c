package sweep

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// said are endings as the contracts have them, one after the other.
var said = []struct{ dialect, call, order, command, caller string }{
	{"enos", "invoke", "answer", succeeded, "ok 0"},
	{"enos", "invoke", "timeout", unanswered, "timeout 11915"},
	{"enos", "invoke", "timeout, answer", unanswered, "timeout 11915"}, // a late reply is ignored
	{"enos", "invoke", "answer, answer", succeeded, "ok 0"},            // and so is a second one
	{"enos", "invoke", "answer = timeout", succeeded, "ok 0"},
	{"enos", "invoke", "disconnect, timeout", unanswered, "timeout 11915"}, // 10.5: it stays until its timeout
	{"enos", "invoke", "disconnect, return, answer", succeeded, "ok 0"},
	{"enos", "invoke", "hang-up, answer", succeeded, nothing},
	{"enos", "invoke, device away", "nothing", offline, "offline 11900"},
	{"enos", "cached, device away", "return, answer", succeeded, "ok 0"},
	{"enos", "cached, device away", "return, timeout", unanswered, "ok 0"},
	{"enos", "cached, device away", "expiry", expired, "ok 0"},
	{"enos", "cached, device away", "expiry, return", expired, "ok 0"},
	{"enos", "cached, device away", "return = expiry", expired, "ok 0"}, // 4.3: it is not sent
	{"enos", "cached, device away", "take-back", canceled, "ok 0"},
	{"enos", "cached, device away", "return, take-back, timeout", unanswered, "ok 0"}, // 4.1: only from state 1
	{"enos", "cached, QoS 1", "ack, answer", succeeded, "ok 0"},
	{"enos", "cached, QoS 1", "ack, timeout", unanswered, "ok 0"},
	{"enos", "cached, QoS 1, device away", "return, disconnect, return, timeout", unanswered, "ok 0"}, // 8.2: the queue is the only store
	{"alibaba", "invoke", "timeout", unanswered, "timeout iot.messagebroker.TIMEOUT"},
	{"alibaba", "async", "nothing", open, "ok 200"}, // 12: it stays sent
	{"alibaba", "async, device away", "return", offline, "ok 200"},
	{"alibaba", "cached", "disconnect, return, answer", succeeded, "ok 200"}, // 6: sent again when the device reconnects
	{"alibaba", "cached", "ack, disconnect", open, "ok 200"},
	{"alibaba", "cached", "disconnect, expiry", expired, "ok 200"},
	{"huawei", "invoke", "timeout", unanswered, "timeout IOTDA.014111"},
	{"huawei", "async", "timeout", unanswered, "ok 200"}, // 4.2: received when it is written
	{"huawei", "async, device away", "nothing", offline, "offline FAILED"},
	{"huawei", "async, QoS 1", "timeout", unreceived, "ok 200"},
	{"huawei", "async, QoS 1", "ack, timeout", unanswered, "ok 200"},
	{"huawei", "async, QoS 1", "answer", succeeded, "ok 200"}, // 4.2: a response before the acknowledgement
	{"huawei", "async, QoS 1, device fails", "answer", refused, "ok 200"},
	{"huawei", "async, QoS 1, device fails", "ack, answer", refused, "ok 200"},
	{"huawei", "async, QoS 1, device fails", "answer = timeout", refused, "ok 200"},
	{"huawei", "async, QoS 1, device fails", "ack, timeout, answer", unanswered, "ok 200"},
	{"huawei", "cached, device away", "return, timeout", unanswered, "ok 200"},
	{"huawei", "cached, device away", "expiry", expired, "ok 200"},
	{"huawei", "cached", "answer", succeeded, "ok 200"},
	{"huawei", "cached, QoS 1", "timeout", unreceived, "ok 200"},
	{"huawei", "message", "nothing", succeeded, "ok 201"}, // 5.4: sent once, no acknowledgement
	{"huawei", "message, QoS 1, device away", "return, ack", succeeded, "ok 201"},
	{"huawei", "message, QoS 1, device away", "return, disconnect, expiry", expired, "ok 201"},
	{"huawei", "message, device away", "return", succeeded, "ok 201"},
	{"huawei", "message, QoS 1", "ack", succeeded, "ok 201"},
	{"huawei", "message, QoS 1", "timeout", unreceived, "ok 201"},
	{"huawei", "message, QoS 1", "disconnect, return, ack", succeeded, "ok 201"},
	{"huawei", "message, QoS 1", "disconnect, expiry", expired, "ok 201"},
}

func TestTheModelEndsWhatTheContractsNameAsTheySay(t *testing.T) {
	for _, row := range said {
		calls := Calls(row.dialect)
		i := slices.IndexFunc(calls, func(c Call) bool { return c.Title() == row.call })
		if i < 0 {
			t.Errorf("%s has no call %q", row.dialect, row.call)
			continue
		}
		orders := calls[i].Orders()
		n := slices.IndexFunc(orders, func(o Order) bool { return o.String() == row.order })
		switch want := (Ending{row.command, row.caller}); {
		case n < 0:
			t.Errorf("%s %s: there is no order %q", row.dialect, row.call, row.order)
		case orders[n].Want != want:
			t.Errorf("%s %s: %s: got %q, want %q", row.dialect, row.call, row.order, orders[n].Want, want)
		}
	}
}

// Alibaba's calls have their QoS; for the others it is a setting. What fails at once has none.
func TestEachKindOfCallIsThereWithTheDeviceHereAndAway(t *testing.T) {
	for dialect, names := range map[string][]string{"enos": {"invoke", "cached"}, "alibaba": {"invoke", "async", "cached"},
		"huawei": {"invoke", "async", "cached", "message"}} {
		for _, name := range names {
			var got []string
			rests := false
			for _, c := range Calls(dialect) {
				if c.Name == name {
					got = append(got, c.Variant)
					rests = rests || c.Cached
				}
			}
			want := []string{"", "QoS 1", "device away"}
			switch {
			case dialect == "alibaba":
				want = []string{"", "device away"}
			case rests:
				want = append(want, "QoS 1, device away")
			case dialect == "huawei" && name == "async":
				want = append(want, "QoS 1, device fails") // it alone has each state in which a failure can come
			}
			slices.Sort(got)
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Errorf("%s %s: %q, want %q", dialect, name, got, want)
			}
		}
	}
}

func TestEachOrderIsThereOnceAndItsTimesRise(t *testing.T) {
	for i := range calls {
		c := &calls[i]
		seen := map[string]bool{}
		for _, o := range c.Orders() {
			// A short and a long lifetime may share words: then the clock of one is another's.
			key := o.Lifetime.String() + " " + o.String()
			if seen[key] {
				t.Errorf("%s %s: twice %s", c.Dialect, c.Title(), key)
			}
			seen[key] = true
			at := time.Duration(0)
			for _, s := range o.Steps {
				if s.At < at {
					t.Errorf("%s %s: %s: %v comes at %v, after %v", c.Dialect, c.Title(), &o, s.Event, s.At, at)
				}
				at = s.At
			}
		}
	}
}

// TestNoOrderIsMissing makes the orders of a call that waits by brute force: all that can be written, less what makes no
// sense.
func TestNoOrderIsMissing(t *testing.T) {
	got := map[string]bool{}
	for _, o := range calls[0].Orders() {
		if text := o.String(); !strings.Contains(text, "=") {
			got[text] = true
		}
	}
	want := 0
	var words []string
	var write func()
	write = func() {
		if text := strings.Join(words, ", "); sensible(words) {
			want++
			if !got[text] {
				t.Errorf("missing: %q", text)
			}
		}
		if len(words) == 7 {
			return
		}
		for _, e := range []Event{Answer, Disconnect, Return, Takeover, HangUp, Timeout} {
			words = append(words, e.String())
			write()
			words = words[:len(words)-1]
		}
	}
	write()
	if want < 100 || want != len(got) {
		t.Errorf("there are %d orders without ties, want %d", len(got), want)
	}
}

// sensible tells whether these can be the events of a plain call, all of them, to its end.
func sensible(words []string) bool {
	count := map[string]int{}
	here, ended, heard := true, false, false
	for _, w := range words {
		count[w]++
		switch w {
		case "answer":
			if !here || count[w] > 2 {
				return false
			}
			ended = true
		case "timeout":
			if ended {
				return false
			}
			ended = true
		case "disconnect":
			if !here || count[w] > 1 || count["takeover"] > 0 {
				return false
			}
			here = false
		case "return":
			if here {
				return false
			}
			here = true
		case "takeover":
			if !here || count[w] > 1 || count["disconnect"] > 0 {
				return false
			}
		case "hang-up":
			if heard || ended || count[w] > 1 {
				return false
			}
			heard = true
		}
	}
	return ended
}
