package report

import (
	"errors"
	"fmt"
	"slices"
)

// Tolerance is the least change of a figure that matters. The zero value takes every change for one.
type Tolerance struct {
	Amount   float64 // 0.05: 5%, of the figure or in points of a share, as Gauge says; or microseconds
	Duration bool    // Amount is in microseconds
	Off      bool    // the figure is not judged
}

// Tolerances are those of a comparison, by the names of Gauges. A name that is missing has its default.
type Tolerances map[string]Tolerance

// Gauge is a figure, or several that share a tolerance, that comparisons judge.
type Gauge struct {
	Name, Doc string
	Default   string
	Duration  bool // a tolerance may be a duration, too
	Points    bool // its percentages are points of a share, not parts of the figure
}

// Gauges lists what has a tolerance, in the order of every table.
var Gauges = []Gauge{
	{"p50", "Latency, all outcomes: the median.", "5%", true, false},
	{"p90", "The 90th percentile.", "5%", true, false},
	{"p99", "The 99th percentile, and that of ok alone.", "5%", true, false},
	{"p999", "The 99.9th percentile.", "20%", true, false},
	{"rate", "Calls that were over per second.", "2%", false, false},
	{"outcomes", "Share of the arrivals with each outcome, in points.", "1%", false, true},
	{"shape", "Share of the calls that became slower, or faster, than the change of the median explains, in points.", "1%", false, true},
	{"overshoot", "How late timeouts fire: the 99th percentile.", "5ms", true, false},
	{"drain", "Cached commands that a device takes per second after its return.", "10%", false, false},
	{"memory", "Memory of a device.", "10%", false, false},
}

// Of returns the tolerance of a gauge.
func (t Tolerances) Of(name string) Tolerance {
	if own, ok := t[name]; ok {
		return own
	}
	i := slices.IndexFunc(Gauges, func(g Gauge) bool { return g.Name == name })
	own, err := Gauges[i].Parse(Gauges[i].Default)
	if err != nil {
		panic(err) // a test parses all defaults
	}
	return own
}

// Want says how a tolerance of the gauge is written.
func (g Gauge) Want() string {
	if g.Duration {
		return "a percentage such as 5%, a duration such as 2ms, or off"
	}
	return "a percentage such as 5%, or off"
}

// ErrZero is what is wrong with a tolerance of 0: no figure could be the same by it, and a shape could not be worse.
var ErrZero = errors.New("leaves no change that is too little to matter")

// Parse reads a tolerance: "5%", "2ms" where the gauge is a duration, or "off".
func (g Gauge) Parse(text string) (Tolerance, error) {
	if text == "off" {
		return Tolerance{Off: true}, nil
	}
	t := Tolerance{}
	share, err := ParseShare(text)
	if err == nil {
		t = Tolerance{Amount: share}
	} else if d, e := ParseDuration(text); e == nil && g.Duration {
		t, err = Tolerance{Amount: float64(d) / 1e3, Duration: true}, nil
	}
	switch {
	case err != nil:
		return t, fmt.Errorf("%q is not %s", text, g.Want())
	case t.Amount == 0:
		return t, fmt.Errorf("%q %w: write %s", text, ErrZero, g.Want())
	}
	return t, nil
}
