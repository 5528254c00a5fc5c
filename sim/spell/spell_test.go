package spell

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

const text = `name: seen
clock: virtual
devices: [{group: meters, count: 40, only: [7, 30], behaviour: [{fail: {code: 9}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{rate: 10/s, for: 1s}], only: [0, 3]}]
faults: [{at: 0s, latency: {group: meters, add: 1s}}, {at: 500ms, broker_restart: {}}]
`

// recorded has a call that was answered 400 ns after its deadline, and one whose device was away for 200 ms behind it.
const recorded = `{"schema":2,"facts":17,"loads":["ask"],"devices":[DEVICES]}
{"at_us":10000,"device":"meters-7","fact":"online"}
{"at_us":10000,"device":"meters-30","fact":"online"}
{"at_us":100000,"load":"ask","n":0,"device":"meters-30","fact":"due"}
{"at_us":100000,"load":"ask","n":0,"device":"meters-30","fact":"sent"}
{"at_us":102000,"load":"ask","n":0,"device":"meters-30","fact":"accepted","limit_us":1000000}
{"at_us":102000,"load":"ask","n":0,"device":"meters-30","fact":"published","limit_us":1000000}
{"at_us":400000,"load":"ask","n":3,"device":"meters-7","fact":"due"}
{"at_us":400000,"load":"ask","n":3,"device":"meters-7","fact":"sent"}
{"at_us":400000,"load":"ask","n":3,"device":"meters-7","fact":"accepted","limit_us":1000000}
{"at_us":400000,"load":"ask","n":3,"device":"meters-7","fact":"published","limit_us":1000000}
{"at_us":420000,"load":"ask","n":3,"device":"meters-7","fact":"answered","answer":"failure"}
{"at_us":420000,"load":"ask","n":3,"device":"meters-7","fact":"matched"}
{"at_us":420000,"load":"ask","n":3,"device":"meters-7","fact":"ended","state":"failed","cause":"device reported an error"}
{"at_us":700000,"device":"meters-7","fact":"offline"}
{"at_us":900000,"device":"meters-7","fact":"online"}
{"at_us":1102000,"load":"ask","n":0,"device":"meters-30","fact":"ended","state":"timed_out","cause":"device did not answer in time","over_us":3000}
{"at_us":1102000.4,"load":"ask","n":0,"device":"meters-30","fact":"late"}
`

func TestWhatHappenedIsWrittenInsteadOfWhatWasToBeDrawn(t *testing.T) {
	s, err := scenarios.Parse("seen", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := check.ReadJSONL(strings.NewReader(strings.Replace(recorded, "DEVICES", `"meters-7","meters-30"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Out(s, h)
	if err != nil {
		t.Fatal(err)
	}
	const want = `name: seen
clock: virtual
devices: [{group: meters, count: 2}]
load: [{name: ask, to: meters, call: invoke, timeout: 1s, arrivals: [{at: [2ms], device: 2, does: {delay: {after: 1.000001s}}}, {at: [298ms], device: 1, does: {fail: {after: 20ms, code: 9}}}, {pause: 301ms}]}]
faults: [{at: 500ms, broker_restart: {}}, {at: 600ms, disconnect: {group: meters, only: [1], for: 200ms}}]
`
	if diff := cmp.Diff(want, string(got.Text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"how late the platform was itself, 3ms at most"}, got.Lost); diff != "" {
		t.Errorf("lost, -want +got:\n%s", diff)
	}
	if _, err := scenarios.Parse("told", got.Text, nil); err != nil {
		t.Error(err)
	}
}

// toldOf is what Out makes of one call that was sent to one device with these behaviours, and of its facts after that.
func toldOf(t *testing.T, behaviour, arrivals string, facts ...string) (text string, lost []string) {
	t.Helper()
	s, err := scenarios.Parse("one", []byte("name: one\nclock: virtual\ndevices: [{group: meters, count: 1, behaviour: ["+behaviour+"]}]\n"+
		"load: [{name: ask, to: meters, call: invoke, timeout: 1s, arrivals: ["+arrivals+"]}]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{`{"at_us":0,"device":"meters-1","fact":"online"}`}
	facts = append([]string{`"due"`, `"sent"`, `"accepted","limit_us":1000000`, `"published","limit_us":1000000`}, facts...)
	for i, f := range facts {
		at := max(0, i-3) * 1000 // the platform was not late
		lines = append(lines, fmt.Sprintf(`{"at_us":%d,"load":"ask","n":0,"device":"meters-1","fact":%s}`, at, f))
	}
	h, err := check.ReadJSONL(strings.NewReader(fmt.Sprintf(`{"schema":2,"facts":%d,"loads":["ask"],"devices":["meters-1"]}`+"\n%s\n", len(lines), strings.Join(lines, "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Out(s, h)
	if err != nil {
		t.Fatal(err)
	}
	return string(got.Text), got.Lost
}

const timedOut = `"ended","state":"timed_out","cause":"device did not answer in time"`

func TestWhatTheNetworkLostIsNotSaidToBeADeviceThatDidNotAnswer(t *testing.T) {
	for name, c := range map[string]struct{ facts, lost []string }{
		"the device was silent":       {[]string{`"seen"`, timedOut}, nil},
		"the message was lost":        {[]string{timedOut}, []string{"that the message never reached the device (once)"}},
		"the answer was lost":         {[]string{`"seen"`, `"answered"`, timedOut}, []string{"that an answer was lost on its way (once)"}},
		"nothing was, and it is late": {[]string{`"seen"`, `"answered"`, timedOut, `"late"`}, nil},
	} {
		text, lost := toldOf(t, "respond: {}", "{burst: 1}", c.facts...)
		if diff := cmp.Diff(c.lost, lost); diff != "" || strings.Contains(text, "drop: {}") == strings.Contains(name, "late") {
			t.Errorf("%s: lost, -want +got:\n%s\n%s", name, diff, text)
		}
	}
}

func TestTheCodeOfAFailureIsThatWithWhichTheDeviceFailed(t *testing.T) {
	failed := func(code string) []string {
		return []string{`"seen"`, `"answered","answer":"failure"`, `"matched"`, `"ended","state":"failed","cause":"device reported an error"`,
			`"done","outcome":"device_error","code":"` + code + `"`}
	}
	const two = "{weight: 1, fail: {code: 7}}, {weight: 99, fail: {code: 9, message: no}}"
	for name, c := range map[string]struct{ behaviour, arrivals, code, want, lost string }{
		"as its caller heard":  {two, "{burst: 1}", "9", "code: 9, message: \"no\"", ""},
		"as its call was told": {two, "{at: [0s], does: {fail: {code: 5}}}", "5", "after: 3ms, code: 5}", ""},
		"the only one":         {"fail: {code: 9}", "{burst: 1}", "0", "code: 9", ""},
		"nobody knows which":   {two, "{burst: 1}", "0", "code: 7", "which code a device failed with (once)"},
	} {
		text, lost := toldOf(t, c.behaviour, c.arrivals, failed(c.code)...)
		if !strings.Contains(text, c.want) || strings.Join(lost, "; ") != c.lost {
			t.Errorf("%s: lost %q, want %q; no %q in\n%s", name, lost, c.lost, c.want, text)
		}
	}
}

func TestALoadOfWhichNothingWasSentCannotBeWrittenDown(t *testing.T) {
	s, err := scenarios.Parse("seen", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := check.ReadJSONL(strings.NewReader(`{"schema":2,"facts":0,"loads":["ask"],"devices":["meters-7"]}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Out(s, h); err == nil || !strings.Contains(err.Error(), "no call of ask was sent") {
		t.Errorf("got %v", err)
	}
}
