package scenarios

import (
	"strings"
	"testing"
)

const rest = "load: [{name: ask, to: g, call: invoke, arrivals: [{burst: 1}]}]"

func TestTheTextOfARunHasItsSeed(t *testing.T) {
	const devices = "name: a # says why\ndevices: [{group: g, count: 1}]\n"
	for text, want := range map[string]string{
		devices + rest:                                             devices + rest + "\nseed: 1\n",
		devices + rest + "\n\n":                                    devices + rest + "\nseed: 1\n",
		devices + "seed: 7\n" + rest:                               devices + "seed: 7\n" + rest,
		devices + rest + "\nabout: |\n  b":                         devices + rest + "\nabout: |\n  b\nseed: 1\n",
		"{name: a, devices: [{group: g, count: 1}], " + rest + "}": "seed: 1}",
		"  name: a\n  devices: [{group: g, count: 1}]\n  " + rest:  "seed: 1\n",
	} {
		s, err := Parse("test", []byte(text), nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := string(s.Seeded())
		if again, err := Parse("test", []byte(got), nil); err != nil || again.Seed != s.Seed || again.Load[0].Name != "ask" {
			t.Errorf("%s: %v: got\n%s", text, err, got)
		}
		if !strings.HasSuffix(strings.TrimSpace(got), strings.TrimSpace(want)) {
			t.Errorf("%s: got\n%s\nwant\n%s", text, got, want)
		}
	}
}
