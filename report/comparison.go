package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Change is what became of a figure from base to head, and of all of them together.
type Change string

const (
	Worse   Change = "worse"        // certainly, and by as much as matters
	Unclear Change = "inconclusive" // it cannot be told, and the reason says what would help
	Better  Change = "better"       // certainly, and by as much as matters
	Same    Change = "same"         // certainly not worse by as much as matters
)

// Comparison is what two sets of runs say about a change. Package compare makes it; its comment says how.
type Comparison struct {
	Schema   int        `json:"schema"`
	Scenario string     `json:"scenario"`
	Clock    string     `json:"clock"`
	Verdict  Change     `json:"verdict"` // worse if any figure is; else inconclusive if any is; else better if any is
	Reasons  []string   `json:"reasons"` // for worse and inconclusive: which figures, and what would make it conclusive
	Warnings []string   `json:"warnings"`
	Base     Side       `json:"base"`
	Head     Side       `json:"head"`
	Alpha    float64    `json:"alpha"`   // chance that any of the figures is called worse or better when nothing has changed
	Skipped  []string   `json:"skipped"` // figures that were not judged, and why
	Figures  []Contrast `json:"figures"` // load after load, then those of the whole run
	Curves   []Curve    `json:"curves"`
}

// Side is one of the two sets of runs.
type Side struct {
	Runs    []string `json:"runs"`    // folders of those that are compared
	Builds  []string `json:"builds"`  // versions of the program, each once
	Limited int      `json:"limited"` // further runs, left out because their own verdict was inconclusive
}

// Contrast is one figure of both sides. Base and Head are medians over the runs, in Unit. Change, Low and High are
// relative (0.1: 10% more) or in Unit, as Relative says; so is Limit.
type Contrast struct {
	Load     string   `json:"load"`      // empty: of the whole run
	Figure   string   `json:"figure"`    // p50 p90 p99 p999 ok_p99 rate shape overshoot_p99 drain memory, or an outcome
	Of       string   `json:"tolerance"` // the key in the scenario's compare that Limit is from
	Unit     string   `json:"unit"`      // us, per_s, share, bytes
	Base     float64  `json:"base"`
	Head     float64  `json:"head"`
	Relative bool     `json:"relative"`
	Change   float64  `json:"change"`
	Low      *float64 `json:"low"` // 95% interval of Change; null: none can be given
	High     *float64 `json:"high"`
	P        float64  `json:"p"`     // of such a change by chance, corrected for the number of figures; 1, too, where nothing was tested
	Noise    bool     `json:"noise"` // P says that it may be chance: the change is shown as ~
	Limit    float64  `json:"limit"` // the least change that matters
	Verdict  Change   `json:"verdict"`
	Reason   string   `json:"reason"`
	Needs    string   `json:"needs,omitempty"` // inconclusive: what would make it conclusive
}

// Curve is the latency of a load by percentile, over all runs of a side together, on the same percentiles.
type Curve struct {
	Load    string    `json:"load"`
	Percent []float64 `json:"percent"`
	Base    []int64   `json:"base_us"`
	Head    []int64   `json:"head_us"`
}

// ComparisonSchema is the version of Comparison's JSON form, with the rule of Schema.
const ComparisonSchema = 1

// WriteComparisonJSON writes compare.json.
func WriteComparisonJSON(w io.Writer, c *Comparison) error {
	filled := *c
	filled.Schema = ComparisonSchema
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&filled); err != nil {
		return fmt.Errorf("writing comparison: %w", err)
	}
	return nil
}

// Count is how many figures have that verdict.
func (c *Comparison) Count(v Change) int {
	n := 0
	for _, f := range c.Figures {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// Title is what the figure is called in tables.
func (k *Contrast) Title() string {
	switch k.Figure {
	case "p999":
		return "p99.9"
	case "overshoot_p99":
		return "overshoot p99"
	case "drain":
		return "cache drain"
	}
	return strings.ReplaceAll(k.Figure, "_", " ")
}

// Name is the title with the load that it is about.
func (k *Contrast) Name() string {
	if k.Load == "" {
		return k.Title()
	}
	return k.Load + " " + k.Title()
}

// Format writes a value of the figure in its unit.
func (k *Contrast) Format(v float64) string {
	switch k.Unit {
	case "us":
		return FormatMicros(int64(math.Round(v)))
	case "per_s":
		return FormatRate(v)
	case "bytes":
		return FormatBytes(int64(v))
	}
	return FormatShare(v)
}

// Sides writes Base and Head; a side without a value has a dash.
func (k *Contrast) Sides() (base, head string) {
	side := func(v float64) string {
		if v == 0 && k.Low == nil {
			return "–"
		}
		return k.Format(v)
	}
	return side(k.Base), side(k.Head)
}

// FormatChange writes a change of the figure with its sign: a percentage, points of a share (pp), or a duration.
func (k *Contrast) FormatChange(v float64) string {
	sign := "+"
	if v < 0 {
		sign, v = "-", -v
	}
	switch {
	case k.Relative && v >= 9.995:
		return sign + digits3(v+1) + "×"
	case k.Relative:
		return sign + percentage(v) + "%"
	case k.Unit == "us":
		return sign + FormatMicros(int64(math.Round(v)))
	}
	return sign + percentage(v) + "pp"
}

// FormatLimit writes the least change that matters, as the scenario has it.
func (k *Contrast) FormatLimit() string {
	switch {
	case k.Unit == "us" && !k.Relative:
		return FormatMicros(int64(k.Limit))
	case k.Relative:
		return strconv.FormatFloat(k.Limit*100, 'g', 4, 64) + "%"
	}
	return strconv.FormatFloat(k.Limit*100, 'g', 4, 64) + "pp"
}

// percentage keeps a digit behind the point, and two of small ones.
func percentage(v float64) string {
	switch v *= 100; {
	case v == 0:
		return "0"
	case v < 0.095:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}
