package report

import (
	"fmt"
	"strings"
)

// Threshold is one line of a scenario's expect list, parsed: a figure of the summary, a comparison and a limit. The
// zero value is never met.
type Threshold struct {
	Expr string // as written, but with single blanks

	path, op string
	limit    float64 // in the unit of the summary
}

// ThresholdResult says what became of a threshold.
type ThresholdResult struct {
	Expr  string `json:"expr"`
	Value string `json:"value"` // what was measured, in human units; or why nothing was: NoData, NotMeasured
	OK    bool   `json:"ok"`
}

// NoData is the value of a figure that nothing was measured for, such as a percentile of no calls.
const NoData = "no data"

// NotMeasured is the value of a figure of the harness on the virtual clock: what a run takes of the machine differs
// each time, and a run on the virtual clock is the same each time.
const NotMeasured = "not measured on the virtual clock"

var operators = map[string]func(v, limit float64) bool{
	"<":  func(v, limit float64) bool { return v < limit },
	"<=": func(v, limit float64) bool { return v <= limit },
	">":  func(v, limit float64) bool { return v > limit },
	">=": func(v, limit float64) bool { return v >= limit },
	"==": func(v, limit float64) bool { return v == limit },
	"!=": func(v, limit float64) bool { return v != limit },
}

// ParseThreshold reads an expression like "reboot.latency.p99 < 250ms" about loads with these names. An error is one
// sentence without the expression itself.
func ParseThreshold(expr string, loads []string) (Threshold, error) {
	path, op, value, err := split(expr)
	if err != nil {
		return Threshold{}, err
	}
	f, ok := findFigure(path, loads)
	if !ok {
		return Threshold{}, unknownFigure(path, loads)
	}
	limit, err := f.unit.parse(value)
	if err != nil {
		return Threshold{}, fmt.Errorf("%s is compared with %s, not with %q", path, want[f.unit], value)
	}
	return Threshold{Expr: strings.Join([]string{path, op, value}, " "), path: path, op: op, limit: limit}, nil
}

// split takes an expression apart. Blanks around the operator are optional.
func split(expr string) (path, op, value string, err error) {
	i := strings.IndexAny(expr, "<>=!")
	if i < 0 {
		return "", "", "", fmt.Errorf("has no comparison: write a figure, one of < <= > >= == !=, and a limit")
	}
	j := i + 1
	for j < len(expr) && strings.IndexByte("<>=!", expr[j]) >= 0 {
		j++
	}
	path, op, value = strings.TrimSpace(expr[:i]), expr[i:j], strings.TrimSpace(expr[j:])
	switch {
	case op == "=":
		err = fmt.Errorf(`"=" is not a comparison: did you mean "=="`)
	case operators[op] == nil:
		err = fmt.Errorf("%q is not a comparison: it is one of < <= > >= == !=", op)
	case path == "":
		err = fmt.Errorf("names no figure before %q", op)
	case value == "":
		err = fmt.Errorf("has no limit after %q", op)
	}
	return path, op, value, err
}

func unknownFigure(path string, loads []string) error {
	best, distance := "", len(path)/2+1
	for _, f := range figures(loads) {
		if d := editDistance(path, f.path); d < distance {
			best, distance = f.path, d
		}
	}
	if best == "" {
		return fmt.Errorf("%q is not a figure of the summary", path)
	}
	return fmt.Errorf("%q is not a figure of the summary: did you mean %q", path, best)
}

// editDistance is the number of single letters to put in, take out or exchange to get from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// Eval compares the threshold with what was measured. Without data it is not met, whatever it says.
func (t Threshold) Eval(s *Summary) ThresholdResult {
	r := ThresholdResult{Expr: t.Expr, Value: NoData}
	var names []string
	for _, l := range s.Loads {
		names = append(names, l.Name)
	}
	f, ok := findFigure(t.path, names)
	if !ok {
		return r
	}
	if s.Clock == "virtual" && strings.HasPrefix(t.path, "harness.") {
		r.Value = NotMeasured
		return r
	}
	v, ok := f.value(s)
	switch {
	case !ok:
	case f.grows != nil && f.grows(s) > 0 && !t.settled(v):
		r.Value = fmt.Sprintf("%s: %s still owed", NoData, Plural(f.grows(s), "answer", "answers"))
	default:
		r.Value, r.OK = f.unit.format(v), operators[t.op](v, t.limit)
	}
	return r
}

// settled tells whether a figure that can only grow has decided the comparison: it is beyond the limit. "At least" is
// decided at the limit, too, and so is "less".
func (t Threshold) settled(v float64) bool {
	return v > t.limit || v == t.limit && (t.op == ">=" || t.op == "<")
}
