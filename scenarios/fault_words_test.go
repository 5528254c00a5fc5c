package scenarios

import "testing"

func TestTheSettingsOfAFaultAreAsTheScenarioHasThemWithoutDefaults(t *testing.T) {
	for written, want := range map[string]string{
		"half_open: {group: g}":                                          "",
		"half_open: {group: g, direction: up}":                           "direction: up",
		"latency: {group: g, add: \"lognormal(100ms, p99=2s)\"}":         "add: lognormal(100ms, p99=2s)",
		"bandwidth: {group: g, bytes: 6/m, direction: down}":             "direction: down, bytes: 6/m",
		"duplicate: {group: g, copy: answers}":                           "copy: answers",
		"edge: {group: g, answer: after, by: 1ns}":                       "answer: after, by: 1ns",
		"edge: {group: g, answer: before}":                               "answer: before",
		"edge: {group: g, answer: after, by: 1ms}":                       "answer: after",
		"disconnect: {group: g, for: 2s}":                                "",
		"disconnect: {group: g, for: exponential(5s)}":                   "for: exponential(5s)",
		"caller_gone: {load: ask, share: 50%, after: exponential(20ms)}": "after: exponential(20ms)",
		"broker_restart: {sessions: lost}":                               "sessions: lost",
		"broker_restart: {sessions: kept}":                               "",
		"caller_gone: {load: ask, after: 0s}":                            "",
		"caller_gone: {load: ask, after: 5ms}":                           "after: 5ms",
		"bandwidth: {group: g, bytes: 1000/m}":                           "bytes: 1000/m",
		"platform_restart: {}":                                           "",
	} {
		s, err := Parse("f.yaml", []byte("name: f\ndevices: [{group: g, count: 1}]\n"+
			"load: [{name: ask, to: g, call: invoke, timeout: 1s, arrivals: [{burst: 1}]}]\nfaults: [{at: 0s, "+written+"}]\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Faults[0].Settings(); got != want {
			t.Errorf("%s: %q, want %q", written, got, want)
		}
	}
}
