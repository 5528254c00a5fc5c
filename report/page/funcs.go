package page

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"fleetdrill/report"
)

// funcs are what the template may call.
func (v *view) funcs() template.FuncMap {
	return template.FuncMap{
		"num":      v.num,
		"outcomes": func() []string { return outcomes },
		"words":    func(name string) string { return strings.ReplaceAll(name, "_", " ") },
		"share":    share,
		"percent":  percent,
		"codes":    func(l report.Load) []code { return byNumber(l, l.Codes) },
		"causes":   func(l report.Load) []code { return byNumber(l, l.Causes) },
		"rate":     rate,
		"micros":   report.FormatMicros,
		"count":    report.FormatCount,
		"mark":     mark,
		"sets":     func() []set { return sets },
		"columns":  func() []column { return columns },
		"used":     used,
		"numeric":  func(t Table, i int) bool { return i < len(t.Num) && t.Num[i] },
		"rest":     v.rest,
	}
}

var outcomes = func() (list []string) {
	for _, o := range report.Outcomes {
		list = append(list, o.String())
	}
	return list
}()

// set is one row of a table of percentiles, column one column.
type set struct{ Key, Name string }

type column struct{ Key, Name string }

var sets = []set{{"latency_us", "latency"}, {"latency_ok_us", "ok only"}, {"service_us", "service"}, {"lag_us", "lag"}}

var columns = []column{{"count", "n"}, {"min", "min"}, {"mean", "mean"}, {"p50", "p50"}, {"p90", "p90"}, {"p99", "p99"}, {"p999", "p99.9"}, {"max", "max"}}

func count(l report.Load, outcome string) int64 {
	i := slices.Index(outcomes, outcome)
	return l.Outcomes.Count(report.Outcomes[i])
}

func share(l report.Load, outcome string) string {
	if l.Arrivals == 0 {
		return "–"
	}
	return report.FormatShare(float64(count(l, outcome)) / float64(l.Arrivals))
}

// percent is a width for CSS.
func percent(l report.Load, outcome string) string {
	if l.Arrivals == 0 {
		return "0"
	}
	return fmt.Sprintf("%.4g", 100*float64(count(l, outcome))/float64(l.Arrivals))
}

// used are the outcomes that a load had, ok always among them.
func used(l report.Load) (list []string) {
	for _, o := range outcomes {
		if o == "ok" || count(l, o) > 0 {
			list = append(list, o)
		}
	}
	return list
}

// code is a vendor's code, or a cause.
type code struct{ Code, Share string }

// byNumber lists codes, the most frequent first.
func byNumber(l report.Load, codes map[string]int64) (list []code) {
	order := slices.SortedFunc(maps.Keys(codes), func(a, b string) int {
		return cmp.Or(cmp.Compare(codes[b], codes[a]), strings.Compare(a, b))
	})
	for _, c := range order {
		list = append(list, code{c, report.FormatShare(float64(codes[c]) / float64(max(l.Arrivals, 1)))})
	}
	return list
}

func rate(l report.Load) string {
	r, ok := l.Rate()
	if !ok {
		return "–"
	}
	return report.FormatRate(r)
}

func mark(ok bool) template.HTML {
	if ok {
		return `<span class="good" role="img" aria-label="holds">✓</span>`
	}
	return `<span class="bad" role="img" aria-label="does not hold">✗</span>`
}
