package scenarios

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationsAreReadExactly(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration
		err  string
	}{
		{"0s", 0, ""},
		{"20ms", 20 * time.Millisecond, ""},
		{"1m30s", 90 * time.Second, ""},
		{"1.5h", 90 * time.Minute, ""},
		{"2d", 48 * time.Hour, ""},
		{"1d12h", 36 * time.Hour, ""},
		{"0.5d", 12 * time.Hour, ""},
		{"5us", 5 * time.Microsecond, ""},
		{"5µs", 5 * time.Microsecond, ""},
		{"365d", maxDuration, ""},
		{"365d1ns", 0, `"365d1ns" is longer than 365d`},
		{"8761h", 0, `"8761h" is longer than 365d`},
		{"200000d", 0, `"200000d" is longer than 365d`},
		{"99999999999999999999h", 0, `"99999999999999999999h" is longer than 365d`},
		{"99999999999999999999d", 0, `"99999999999999999999d" is longer than 365d`},
		{"364d99999999h", 0, `"364d99999999h" is longer than 365d`},
		{"5", 0, `"5" is not a duration`},
		{"", 0, `"" is not a duration`},
		{"-5s", 0, `"-5s" is not a duration`},
		{"+5s", 0, `"+5s" is not a duration`},
		{"5 s", 0, `"5 s" is not a duration`},
		{".5s", 0, `".5s" is not a duration`},
		{"5S", 0, `"5S" is not a duration`},
		{"5w", 0, `"5w" is not a duration`},
		{"5s\n", 0, `"5s\n" is not a duration`},
		{"1e3s", 0, `"1e3s" is not a duration`},
		{"infd", 0, `"infd" is not a duration`},
	} {
		got, err := parseDuration(c.text)
		if got != c.want || errText(err) != c.err {
			t.Errorf("%q: got %v and %q, want %v and %q", c.text, got, errText(err), c.want, c.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAFormattedDurationIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(maxDuration)).Draw(t, "d"))
		if rapid.Bool().Draw(t, "whole") {
			d = d.Truncate(time.Hour)
		}
		for _, text := range []string{formatDuration(d), d.String()} {
			if got, err := parseDuration(text); got != d || err != nil {
				t.Fatalf("%s of %d: got %d, %v", text, d, got, err)
			}
		}
	})
}

func TestDurationsAreWrittenWithoutEmptyParts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h", 10 * time.Minute: "10m",
		20 * time.Second: "20s", 48 * time.Hour: "2d", 36 * time.Hour: "36h", time.Hour + time.Second: "1h0m1s", 10 * time.Hour: "10h",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}

func TestRatesAreEventsPerSecond(t *testing.T) {
	for text, want := range map[string]float64{"200/s": 200, "12/m": 0.2, "9/h": 0.0025, "0.5/s": 0.5, "0/s": 0} {
		if got, err := parseRate(text); got != want || err != nil {
			t.Errorf("%q: got %g, %v, want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "200", "200/d", "200 /s", "-1/s", "1e3/s", "/s", "inf/s"} {
		if got, err := parseRate(text); err == nil {
			t.Errorf("%q: got %g, want an error", text, got)
		}
	}
}

func TestPercentagesAreShares(t *testing.T) {
	for text, want := range map[string]float64{"0%": 0, "5%": 0.05, "12.5%": 0.125, "100%": 1} {
		if got, err := parsePercent(text); got != want || err != nil {
			t.Errorf("%q: got %g, %v, want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "100.1%", "-1%", "%", "NaN%"} {
		if got, err := parsePercent(text); err == nil {
			t.Errorf("%q: got %g, want an error", text, got)
		}
	}
}

func TestEachLawOfDelaysIsReadWithItsArguments(t *testing.T) {
	ms := time.Millisecond
	for _, want := range []Delay{
		{Text: "20ms", Law: "constant", A: 20 * ms},
		{Text: "constant(20ms)", Law: "constant", A: 20 * ms},
		{Text: "uniform(10ms, 50ms)", Law: "uniform", A: 10 * ms, B: 50 * ms},
		{Text: "uniform(0s,1ms)", Law: "uniform", B: ms},
		{Text: "normal(20ms, p99=40ms)", Law: "normal", A: 20 * ms, B: 40 * ms, Quantile: 0.99},
		{Text: "normal(0s, p51=1ms)", Law: "normal", B: ms, Quantile: 0.51},
		{Text: "lognormal(20ms, p99.9=150ms)", Law: "lognormal", A: 20 * ms, B: 150 * ms, Quantile: 0.999},
		{Text: "lognormal(20ms, p50.1=150ms)", Law: "lognormal", A: 20 * ms, B: 150 * ms, Quantile: 0.501},
		{Text: "exponential(10m)", Law: "exponential", A: 10 * time.Minute},
	} {
		if got, err := parseDelay(want.Text); got != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", want.Text, got, err, want)
		}
	}
}

func TestMalformedDelaysAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "()", "20ms)", "constant()", "constant(20ms", "constant(20ms) ", "constant(20ms, 30ms)", "uniform(1ms)",
		"uniform(2ms, 2ms)", "normal(1ms, p50=2ms)", "normal(1ms, p5=2ms)", "normal(1ms, p100=2ms)", "normal(2ms, p99=2ms)",
		"lognormal(0s, p99=1ms)", "exponential(0s)", "exponential(366d)", "Constant(1ms)", "uniform(1ms, 2ms))", "uniform((1ms, 2ms)",
	} {
		if got, err := parseDelay(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}

// Editors check with the patterns of the schema; what the parser takes must be right for them too.
func TestAPatternOfTheSchemaMatchesWhatTheParserTakes(t *testing.T) {
	pieces := []string{"1", "20", "0.5", "s", "ms", "d", "/", "%", "(", ")", ", ", "p99=", "uniform", "normal", "constant", " ", "h"}
	texts := rapid.OneOf(
		rapid.StringMatching(delayPattern()),
		rapid.StringMatching(ratePattern),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8), func(p []string) (s string) {
			for _, piece := range p {
				s += piece
			}
			return s
		}))
	duration, rate, share := regexp.MustCompile(`^`+durationPattern+`$`), regexp.MustCompile(ratePattern), regexp.MustCompile(percentPattern)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		if _, err := parseDelay(text); err == nil && !delayForm.MatchString(text) {
			t.Fatalf("delay %q is taken, and not in the schema", text)
		}
		if _, err := parseDuration(text); err == nil && !duration.MatchString(text) {
			t.Fatalf("duration %q is taken, and not in the schema", text)
		}
		if _, err := parseRate(text); err == nil && !rate.MatchString(text) {
			t.Fatalf("rate %q is taken, and not in the schema", text)
		}
		if _, err := parsePercent(text); err == nil && !share.MatchString(text) {
			t.Fatalf("percentage %q is taken, and not in the schema", text)
		}
	})
}

func TestAWordIsSuggestedWhenItIsNear(t *testing.T) {
	known := []string{"timeout", "to", "ttl", "call", "respond", "http"}
	for wrong, want := range map[string]string{
		"timout": "timeout", "timeotu": "timeout", "tiemotu": "timeout", "tt": "to", "ttll": "ttl", "clal": "call", "repsond": "respond",
		"htpp": "http", "responded": "respond", "xyz": "", "count": "", "timeouts_ms": "", "a": "", "": "",
	} {
		if got, _ := nearest(wrong, known); got != want {
			t.Errorf("%q: got %q, want %q", wrong, got, want)
		}
	}
}

func TestEditsCountsSwapsOnceAndStopsAtThree(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "a", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "acb", 1}, {"abcd", "badc", 2}, {"abc", "xyz", 3},
		{"abcdef", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2},
	} {
		if got := edits(c.a, c.b); got != c.want || edits(c.b, c.a) != c.want {
			t.Errorf("%q %q: got %d and %d, want %d", c.a, c.b, got, edits(c.b, c.a), c.want)
		}
	}
}
