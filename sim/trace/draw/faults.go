package draw

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"fleetdrill/report"
	"fleetdrill/report/columns"
	"fleetdrill/sim/trace"
)

// faults lists the faults of the scenario that are to blame, the worst first: one fault may be the reason of several
// causes.
func (s *sheet) faults(counts []trace.Count) {
	all, by := map[string]int{}, map[string]map[trace.Cause]int{}
	for _, c := range counts {
		for fault, n := range c.Faults {
			if by[fault] == nil {
				by[fault] = map[trace.Cause]int{}
			}
			all[fault] += n
			by[fault][c.Cause] += n
		}
	}
	names := mostFirst(all)
	wide := 0
	for _, fault := range names {
		wide = max(wide, columns.Width(fault))
	}
	for i, fault := range names {
		if i == 0 {
			s.Line()
			s.Line(" ", s.Paint(columns.Dim, columns.Left("BY FAULT", wide)+columns.Right("CALLS", 9)))
		}
		var causes string
		for j, c := range mostFirst(by[fault]) {
			if j > 0 {
				causes += " · "
			}
			causes += fmt.Sprintf("%s %s", c, report.FormatCount(int64(by[fault][c])))
		}
		s.Wrap(" "+columns.Left(fault, wide)+columns.Right(report.FormatCount(int64(all[fault])), 9)+"  ", 1+wide+9+2, columns.Dim, causes)
	}
}

// mostFirst are the keys of counts, the most frequent first, equals by name.
func mostFirst[K cmp.Ordered](counts map[K]int) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
}
