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

// knocked is a history of calls that began 400 ms before the end of a second. Each is "sent ms, accepted or done at ms, fate".
func knocked(t *testing.T, calls ...string) *check.History {
	t.Helper()
	var lines []string
	for n, c := range calls {
		var from, to int
		var fate string
		fmt.Sscan(c, &from, &to, &fate)
		fact := func(ms int, kind, more string) {
			lines = append(lines, fmt.Sprintf(`{"at_us":%d,"load":"ask","n":%d,"device":"lamps-%d","fact":%q%s}`, ms*1000, n, n+1, kind, more))
		}
		fact(from, "due", "")
		fact(from, "sent", "")
		if fate == "taken" {
			fact(to, "accepted", `,"limit_us":8000000`)
			fact(to, "ended", `,"state":"succeeded"`)
			fact(to+30, "done", `,"outcome":"ok","code":"200"`)
			continue
		}
		fact(to, "done", `,"outcome":"rejected","code":"Throttling.User"`)
	}
	h, err := check.ReadJSONL(strings.NewReader(fmt.Sprintf(`{"schema":2,"began":"2026-11-26T05:33:50.6Z","facts":%d,"loads":["ask"],"devices":["lamps-1","lamps-2","lamps-3","lamps-4"]}`+"\n%s\n",
		len(lines), strings.Join(lines, "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestACallThatWasRefusedInOneRunAndTakenInTheOtherWasCloseToOneOfTheOtherFateOrToTheEndOfASecond(t *testing.T) {
	s, err := scenarios.Parse("test", []byte("name: test\nclock: virtual\nplatform: {dialects: {alibaba: {qps: 2}}}\n"+
		"devices: [{group: lamps, dialect: alibaba, count: 4}]\nload: [{name: ask, to: lamps, call: invoke, arrivals: [{rate: 4/s, for: 1s}]}]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		then, now []string
		want      time.Duration
		why       string
	}{
		"two change places": {
			then: []string{"100 110 taken", "200 220 taken", "223 230 refused", "300 310 refused"},
			now:  []string{"100 110 taken", "220 223 refused", "222 222 taken", "300 310 refused"},
			want: 3 * time.Millisecond, why: "between it and ask/1 at the limit of calls",
		},
		"one comes in another second": {
			then: []string{"100 110 taken", "200 220 taken", "300 310 refused", "380 398 refused"},
			now:  []string{"100 110 taken", "401 402 taken", "300 310 taken", "350 360 refused"},
			want: 2 * time.Millisecond, why: "between ask/3 and the end of the 1s in which calls are counted",
		},
	} {
		r := Compare(s, knocked(t, tt.then...), knocked(t, tt.now...))
		for _, d := range r.Differences {
			if d.N == 2 && (!d.SlackHas || d.Slack != tt.want || d.Why != tt.why) {
				t.Errorf("%s: ask/2 had %v to spare, %t: %s; want %v: %s", name, d.Slack, d.SlackHas, d.Why, tt.want, tt.why)
			}
		}
		if !slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.N == 2 }) {
			t.Errorf("%s: ask/2 is no difference", name)
		}
	}
}
