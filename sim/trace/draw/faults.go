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

// faults lists the faults that struck, with what each did and when: the worst first, those that are to blame for nothing
// last. One fault may be the reason of several causes.
func (s *sheet) faults(struck []*trace.Fault, counts []trace.Count) {
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
	struck = slices.Clone(struck)
	slices.SortStableFunc(struck, func(a, b *trace.Fault) int { return cmp.Compare(all[b.Name], all[a.Name]) })
	wide := columns.Width("BY FAULT")
	for _, f := range struck {
		wide = max(wide, columns.Width(f.Name))
	}
	for i, f := range struck {
		if i == 0 {
			s.Line()
			s.Line(" ", s.Paint(columns.Dim, columns.Left("BY FAULT", wide)+columns.Right("CALLS", 9)))
		}
		causes, style := "", ""
		for j, c := range mostFirst(by[f.Name]) {
			if j > 0 {
				causes += " · "
			}
			causes += fmt.Sprintf("%s %s", c, report.FormatCount(int64(by[f.Name][c])))
		}
		if all[f.Name] == 0 {
			causes, style = "it struck, and is to blame for nothing", columns.Dim
		}
		s.Wrap(" "+columns.Left(f.Name, wide)+columns.Right(report.FormatCount(int64(all[f.Name])), 9)+"  ", 1+wide+9+2, style, causes)
		s.items(3, columns.Dim, f.What()...)
	}
}

// worstFault is the one that is to blame for most, empty if none is for any.
func worstFault(counts []trace.Count) string {
	all := map[string]int{}
	for _, c := range counts {
		for fault, n := range c.Faults {
			all[fault] += n
		}
	}
	return append(mostFirst(all), "")[0]
}

// mostFirst are the keys of counts, the most frequent first, equals by name.
func mostFirst[K cmp.Ordered](counts map[K]int) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
}
