package report

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is what a figure is counted in, and so how it is written.
type unit uint8

const (
	inCount unit = iota
	inDuration
	inShare
	inRate
)

// want says how a value of each unit is written.
var want = [...]string{"a whole number, such as 100", "a duration, such as 250ms", "a share, such as 5%",
	"a rate, such as 200/s"}

// parse reads a value in the unit of the summary: durations in microseconds, shares from 0 to 1, rates per second.
func (u unit) parse(text string) (float64, error) {
	switch u {
	case inDuration:
		d, err := ParseDuration(text)
		return float64(d) / 1e3, err
	case inShare:
		return ParseShare(text)
	case inRate:
		return ParseRate(text)
	}
	n, err := ParseCount(text)
	return float64(n), err
}

func (u unit) format(v float64) string {
	switch u {
	case inDuration:
		return FormatMicros(int64(v))
	case inShare:
		return FormatShare(v)
	case inRate:
		return FormatRate(v)
	}
	return FormatCount(int64(v))
}

var errUnit = errors.New("not a value of this unit")

// ParseDuration reads a duration with its unit, from ns to h, as in 1.5s or 1m30s. It is never negative.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || text == "0" {
		return 0, fmt.Errorf("%q is not %s: %w", text, want[inDuration], errUnit)
	}
	return d, nil
}

// ParseShare reads a percentage from 0% to 100% as a number from 0 to 1.
func ParseShare(text string) (float64, error) {
	n, ok := strings.CutSuffix(text, "%")
	v, err := parseNumber(n)
	if !ok || err != nil || v > 100 {
		return 0, fmt.Errorf("%q is not %s: %w", text, want[inShare], errUnit)
	}
	return v / 100, nil
}

// ParseRate reads a number per s, m or h as a number per second.
func ParseRate(text string) (float64, error) {
	n, per, _ := strings.Cut(text, "/")
	v, err := parseNumber(n)
	length := map[string]float64{"s": 1, "m": 60, "h": 3600}[per]
	if err != nil || length == 0 {
		return 0, fmt.Errorf("%q is not %s: %w", text, want[inRate], errUnit)
	}
	return v / length, nil
}

// ParseCount reads a whole number from 0 on. Commas may group its digits.
func ParseCount(text string) (int64, error) {
	v, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is not %s: %w", text, want[inCount], errUnit)
	}
	return v, nil
}

func parseNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errUnit
	}
	return v, nil
}

// FormatDuration writes a duration with three digits and one unit, from µs to h: 180ms, 1.23s, 48h. What is below a
// microsecond is 0.
func FormatDuration(d time.Duration) string { return FormatMicros(micros(d)) }

// FormatMicros is FormatDuration for whole microseconds.
func FormatMicros(us int64) string {
	if us < 0 {
		return "-" + FormatMicros(-us)
	}
	steps := []struct {
		unit string
		size float64 // in microseconds
		next float64 // value from which the next unit is used
	}{{"µs", 1, 1000}, {"ms", 1e3, 1000}, {"s", 1e6, 120}, {"m", 60e6, 120}, {"h", 3600e6, math.Inf(1)}}
	if us == 0 {
		return "0"
	}
	for _, s := range steps {
		if v := float64(us) / s.size; roundTo3(v) < s.next {
			return digits3(v) + s.unit
		}
	}
	return ""
}

// FormatShare writes a number from 0 to 1 as a percentage. Only nothing is 0%, and only everything is 100%.
func FormatShare(v float64) string {
	switch {
	case v == 0:
		return "0%"
	case v == 1:
		return "100%"
	case v < 0.001:
		return "<0.1%"
	case v > 0.999 && v < 1:
		return ">99.9%"
	}
	return strconv.FormatFloat(v*100, 'f', 1, 64) + "%"
}

// FormatRate writes a number per second, with three digits below 100 and whole above.
func FormatRate(v float64) string {
	if roundTo3(v) < 100 {
		return digits3(v) + "/s"
	}
	return FormatCount(int64(math.Round(v))) + "/s"
}

// FormatCount writes a whole number with commas between groups of three digits.
func FormatCount(n int64) string {
	if n < 0 {
		return "-" + FormatCount(-n)
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// FormatBytes writes a size in kB, MB or GB, of thousands.
func FormatBytes(n int64) string {
	v := float64(n)
	for _, u := range []string{"B", "kB", "MB"} {
		if roundTo3(v) < 1000 {
			return digits3(v) + " " + u
		}
		v /= 1000
	}
	return digits3(v) + " GB"
}

// digits3 writes three digits that count, without trailing zeros behind the point.
func digits3(v float64) string {
	return strconv.FormatFloat(roundTo3(v), 'f', -1, 64)
}

func roundTo3(v float64) float64 {
	if v == 0 {
		return 0
	}
	unit := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	if unit <= 1 {
		return math.Round(v)
	}
	return math.Round(v*unit) / unit
}
