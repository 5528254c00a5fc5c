package scenarios

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fleetdrill/report"
)

func readGood(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/good", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustParse(t testing.TB, text []byte, set ...string) *Scenario {
	t.Helper()
	s, err := Parse("x.yaml", text, set)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return s
}

func diff(want, got *Scenario) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(report.Threshold{}))
}

func TestTheSmallestScenarioHasAllDefaults(t *testing.T) {
	text := readGood(t, "smallest.yaml")
	want := &Scenario{
		Name: "smallest", Seed: 1, Clock: "real", Drain: 10 * time.Second,
		Platform: Platform{Transport: "memory", EnOS: EnOS{CachedPerDevice: 50, MaxTTL: 48 * time.Hour, Auth: "strict",
			Serialize: "cached", DeviceError: "code", CachedOnline: "return", StrictInput: true},
			Alibaba: Alibaba{Auth: "strict", AsyncOffline: "accept", SyncTimeout: 8 * time.Second, QPS: 500, Kept: 50, KeptFor: 7 * day},
			Huawei: Huawei{Auth: "strict", SyncTimeout: 20 * time.Second, AckTimeout: 3 * time.Minute, ResponseTimeout: 3 * time.Minute,
				ExpireDefault: 24 * time.Hour, ExpireMax: 48 * time.Hour, PendingLimit: 20, MessageLimit: 20, Resend: 2 * time.Second,
				PushSpelling: "seed", PushTimeout: 15 * time.Second, PushFails: 10, PushProbe: 3 * time.Minute}},
		Devices: []Group{{Name: "a", Dialect: "enos", Count: 1, Connect: 2000, KeepAlive: time.Minute, ReceiveMaximum: 32, Format: "json",
			Behaviours: []Behaviour{{Weight: 100, Kind: "respond"}}, Presence: Presence{Start: "online"},
			Reconnect: Reconnect{After: time.Second, Max: time.Minute, Jitter: 0.5}}},
		Harness: Harness{MaxLag: 50 * time.Millisecond, MaxCPU: 0.95},
		Compare: report.Tolerances{"p50": {Amount: 0.05}, "p90": {Amount: 0.05}, "p99": {Amount: 0.05}, "p999": {Amount: 0.2},
			"rate": {Amount: 0.02}, "outcomes": {Amount: 0.01}, "shape": {Amount: 0.01}, "overshoot": {Amount: 5000, Duration: true},
			"drain": {Amount: 0.1}, "memory": {Amount: 0.1}},
		File: "x.yaml", Text: text,
	}
	if d := diff(want, mustParse(t, text)); d != "" {
		t.Error(d)
	}
}

// told is a call at 0s to a device that does this with it.
func told(device int, does Behaviour) Arrivals {
	does.Weight = 100
	return Arrivals{At: []time.Duration{0}, Device: device, Does: &does}
}

func TestEachKeyReachesItsPlace(t *testing.T) {
	text := readGood(t, "everything.yaml")
	ms, s := time.Millisecond, time.Second
	one := Delay{Law: "constant", A: ms, Text: "1ms"}
	want := &Scenario{
		Name: "everything", About: "Each key once, with a value that is not its default.", Seed: 1<<64 - 1,
		Clock: "virtual", Drain: 36 * time.Hour,
		Platform: Platform{Transport: "memory", EnOS: EnOS{CachedPerDevice: 5, MaxTTL: 72 * time.Hour, Auth: "off", QoS: 1,
			Serialize: "all", DeviceError: "success", CachedOnline: "wait", RateLimit: 7},
			Alibaba: Alibaba{Auth: "off", CheckTime: true, CheckNonce: true, AsyncOffline: "reject", SyncTimeout: 7 * s,
				AsyncTimeout: time.Minute, QPS: 1, Kept: 2, KeptFor: day, KeepAliveCheck: true},
			Huawei: Huawei{Auth: "off", SignWindow: 15 * time.Minute, RateLimit: 9, SyncTimeout: 19 * s, AckTimeout: time.Minute,
				ResponseTimeout: 2 * time.Minute, KeepDelivered: true, RefuseAsync: true, ExpireDefault: time.Hour,
				ExpireMax: 2 * time.Hour, PendingLimit: 3, MessageLimit: 4, AnyKeepAlive: true, ImplicitQoS: 1, Resend: 3 * s,
				Push: true, PushSpelling: "current", PushTimeout: s, PushFails: 2, PushProbe: time.Minute}},
		Devices: []Group{{Name: "meters", Dialect: "enos", Count: 10, Connect: 0.2, KeepAlive: 18 * time.Hour, ReceiveMaximum: 4, Format: "custom", Clean: true,
			Behaviours: []Behaviour{
				{Weight: 33.3, Kind: "respond", After: Delay{Law: "constant", A: 20 * ms, Text: "constant(20ms)"},
					Output: []byte(`{"z":1,"a":[1.50,1e3,-0,null,true,"x<y"]}`)},
				{Weight: 10, Kind: "delay", After: Delay{Law: "constant", A: 35 * s, Text: "35s"}, Output: []byte(`{}`)},
				{Weight: 10, Kind: "drop"},
				{Weight: 10, Kind: "fail", After: Delay{Law: "exponential", A: s, Text: "exponential(1s)"}, Code: 2001, Message: "no"},
				{Weight: 10, Kind: "twice", After: one, Gap: Delay{Law: "uniform", B: s, Text: "uniform(0s, 1s)"}},
				{Weight: 10, Kind: "garble", After: one},
				{Weight: 10, Kind: "foreign", After: one},
				{Weight: 3, Kind: "slow_ack", After: one, Ack: Delay{Law: "normal", B: s, Quantile: 0.95, Text: "normal(0s, p95=1s)"}},
				{Weight: 3.7, Kind: "disconnect", After: one,
					Gap: Delay{Law: "lognormal", A: s, B: 90 * s, Quantile: 0.999, Text: "lognormal(1s, p99.9=1m30s)"}},
			},
			Only: []int{1, 3, 10},
			Presence: Presence{Start: "offline", Up: Delay{Law: "exponential", A: 10 * time.Minute, Text: "exponential(10m)"},
				Offline: Delay{Law: "exponential", A: 20 * s, Text: "exponential(20s)"}},
			Reconnect: Reconnect{After: 2 * s, Max: 2 * s}},
			{Name: "gates", Dialect: "huawei", Count: 1, Connect: 2000, KeepAlive: time.Minute, ReceiveMaximum: 32, Format: "json",
				Behaviours: []Behaviour{{Weight: 100, Kind: "respond"}}, Presence: Presence{Start: "online"},
				Reconnect: Reconnect{After: s, Max: time.Minute, Jitter: 0.5}}},
		Load: []Load{
			{Name: "reboot", To: "meters", Call: "cached", Service: "re.boot-1", Input: []byte(`{"b":1,"a":{"d":10.0,"c":1}}`),
				Timeout: 60 * s, TTL: 48 * time.Hour, Via: "direct", Pick: "round_robin", Start: 500 * ms, MaxOpen: 7, Only: []int{0, 17},
				Arrivals: []Arrivals{
					{Rate: 0.2, To: 0.2, For: 10 * time.Minute, Process: "constant"},
					{Rate: 0, To: 0.025, For: time.Hour, Process: "poisson"},
					{Pause: 10 * s},
					{Burst: 500}}},
			{Name: "second", To: "meters", Call: "invoke", Service: "ping", Input: []byte(`{"b":1,"a":{"d":10.0,"c":1}}`),
				Timeout: 30 * s, Via: "http", Pick: "random", MaxOpen: 10000, Arrivals: []Arrivals{{Burst: 1}, {At: []time.Duration{0, 1500 * ms}},
					told(3, Behaviour{Kind: "respond", After: one, Output: json.RawMessage(`{}`)}),
					told(0, Behaviour{Kind: "delay", After: one, Output: json.RawMessage(`{}`)}),
					told(0, Behaviour{Kind: "drop"}),
					told(0, Behaviour{Kind: "fail", After: one, Code: 7, Message: "no"}),
					told(0, Behaviour{Kind: "twice", After: one, Gap: one}),
					told(0, Behaviour{Kind: "garble", After: one}),
					told(0, Behaviour{Kind: "foreign", After: one}),
					told(0, Behaviour{Kind: "slow_ack", After: one, Ack: one}),
					told(0, Behaviour{Kind: "disconnect", After: one, Gap: one})}},
		},
		Faults: []Fault{
			{At: 15 * s, Times: 1, Kind: "disconnect", Group: "meters", Share: 0.125, Away: Delay{Law: "constant", A: s, Text: "1s"}},
			{At: 15 * s, Times: 1, Kind: "disconnect", Group: "meters", Share: 1, Only: []int{2, 3}},
			{At: s, Every: 10 * s, Times: 3, For: 2 * s, Kind: "half_open", Group: "meters", Share: 0.1, Direction: "up"},
			{At: s, Every: 30 * time.Minute, Times: 3, Kind: "latency", Group: "meters", Share: 0.2, Direction: "down",
				Add: Delay{Law: "uniform", A: ms, B: 2 * ms, Text: "uniform(1ms, 2ms)"}},
			{At: 60 * s, Times: 1, Kind: "bandwidth", Group: "meters", Share: 0.3, Direction: "down", Rate: 1, Bytes: "60/m"},
			{For: time.Microsecond, Times: 1, Kind: "stall", Group: "meters", Share: 0.4},
			{At: 2 * s, Times: 1, Kind: "duplicate", Group: "meters", Share: 0.5, Copy: "answers"},
			{At: 2 * s, Times: 1, Kind: "lose_ack", Group: "meters", Share: 0.6},
			{At: 2 * s, Times: 1, Kind: "edge", Group: "meters", Share: 0.7, Answer: "after", By: 1},
			{At: 2 * s, Times: 1, Kind: "caller_gone", Load: "reboot", Share: 0.8, After: one},
			{At: 3 * s, Every: 30 * time.Minute, Times: 3, For: s, Kind: "broker_restart", Sessions: "lost"},
			{At: 3 * s, Every: s, Times: 2, For: s / 2, Kind: "platform_restart"},
			{At: 4 * s, Times: 1, For: time.Minute, Kind: "receiver_down", How: "silent"},
		},
		Expect:  []report.Threshold{{Expr: "reboot.latency.p99 < 250ms"}, {Expr: "checks.breaches == 0"}},
		Harness: Harness{MaxLag: 10 * ms, MaxCPU: 0.5},
		Compare: report.Tolerances{"p50": {Amount: 0.03}, "p90": {Amount: 2000, Duration: true}, "p99": {Amount: 0.075}, "p999": {Off: true},
			"rate": {Amount: 0.01}, "outcomes": {Amount: 0.005}, "shape": {Amount: 0.02}, "overshoot": {Amount: 0.5}, "drain": {Amount: 0.2},
			"memory": {Off: true}},
		File: "x.yaml", Text: text,
	}
	if d := diff(want, mustParse(t, text)); d != "" {
		t.Error(d)
	}
}

func TestALawWithACommaMayStandInBraces(t *testing.T) {
	b := mustParse(t, readGood(t, "comma_in_braces.yaml")).Devices[0].Behaviours
	for _, got := range []struct{ got, want string }{
		{b[0].After.Text, "lognormal(20ms, p99=150ms)"},
		{b[1].After.Text, "uniform(1ms, 2ms)"},
		{b[1].Gap.Text, "normal(20ms, p99.9=40ms)"},
	} {
		if got.got != got.want {
			t.Errorf("got %q, want %q", got.got, got.want)
		}
	}
}

func TestADeviceThatStartsOfflineHasBeenOnlineBefore(t *testing.T) {
	for presence, want := range map[string]bool{
		"presence: {start: offline}":                     true,
		"presence: {start: offline}\n  activated: false": false,
		"presence: {start: never}":                       false,
		"activated: true":                                true,
		"presence: {start: never}\n  activated: true":    true,
		"format: json":                                   false,
	} {
		text := "name: a\ndevices:\n- group: a\n  count: 1\n  " + presence + "\n"
		if got := mustParse(t, []byte(text)).Devices[0].Activated; got != want {
			t.Errorf("%q: got activated %t, want %t", presence, got, want)
		}
	}
}

func TestDrainFollowsTheClockUnlessItIsSaid(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"clock: real": 10 * time.Second, "clock: virtual": 50 * time.Hour, "clock: virtual\ndrain: 0s": 0,
	} {
		text := "name: a\ndevices: [{group: a, count: 1}]\n" + line + "\n"
		if got := mustParse(t, []byte(text)).Drain; got != want {
			t.Errorf("%q: got %s, want %s", line, got, want)
		}
	}
}

func TestFilesThatAreNoScenariosAreRefusedInOneSentence(t *testing.T) {
	deep := strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)
	for _, c := range []struct {
		name, text, want string
	}{
		{"one byte too many", "# " + strings.Repeat("x", 1<<20-1), "x: the file is larger than 1 MiB; a scenario is a page of text"},
		{"not UTF-8", "name: \xff\n", "x: the file is not UTF-8 text; save it as UTF-8"},
		{"UTF-16", "\xff\xfen\x00", "x: the file is not UTF-8 text; save it as UTF-8"},
		{"deep", "name: " + deep, "x:1:38: nested deeper than 32 levels"},
		{"NUL", "name: \x00", "x:1:1: not YAML: control characters are not allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("x", []byte(c.text), nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAFileOfExactlyOneMebibyteIsRead(t *testing.T) {
	text := readGood(t, "smallest.yaml")
	text = append(text, bytes.Repeat([]byte("#"), 1<<20-len(text))...)
	mustParse(t, text)
}

func TestAliasesMayExpandToTenThousandValuesAndNoMore(t *testing.T) {
	const head = "name: a\ndevices: [{group: a, count: 1}]\nload: [{name: a, to: a, call: invoke, arrivals: [{burst: 1}], input: "
	row := "{x: &a [" + strings.Repeat("1,", 97) + "1], y: [" + strings.Repeat("*a,", 99) + "*a%s]}}]\n"
	mustParse(t, []byte(head+strings.Replace(row, "%s", "", 1))) // 100 × (the list and its 98 numbers)
	_, err := Parse("x", []byte(head+strings.Replace(row, "%s", ",*a,*a", 1)), nil)
	if err == nil || !strings.Contains(err.Error(), "aliases expand to more than 10,000 values") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestAScenarioIsTheSameWhenItsTextIsParsedAgain(t *testing.T) {
	for _, name := range []string{"smallest.yaml", "everything.yaml", "comma_in_braces.yaml"} {
		for _, set := range [][]string{nil, {"seed=7"}} {
			first := mustParse(t, readGood(t, name), set...)
			again := mustParse(t, first.Text)
			if !reflect.DeepEqual(first, again) {
				t.Errorf("%s %v: %s", name, set, diff(first, again))
			}
		}
	}
}
