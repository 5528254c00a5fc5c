package compare

// mostLooks is how often a growing comparison is looked at, at the most. Each look makes the least number of runs greater
// and every verdict harder.
const mostLooks = 3

// Plan is at which numbers of runs of each side to look at a comparison that grows to n of them: as often as there is a
// number of runs that can make any of so many figures significant at that look's part of Alpha. The last look is at n, so
// Options.Looks is the length of the plan, whatever is seen. It is fixed before the first look, and a look that comes
// earlier than planned, because time is up, takes the place of the next one.
func Plan(figures, n int) []int {
	for looks := mostLooks; looks > 1; looks-- {
		first := leastRuns(figures, DefaultAlpha/float64(looks))
		if first > n-(looks-1) {
			continue
		}
		var plan []int
		for i := range looks {
			plan = append(plan, first+(n-first)*i/(looks-1))
		}
		return plan
	}
	return []int{n}
}

// Enough is how many runs of each side can make one of so many figures significant at the last of a plan's looks.
func Enough(figures int) int { return leastRuns(figures, DefaultAlpha) }

// Tells is whether so many runs of base and of head can make one of so many figures significant at the last of a plan's
// looks.
func Tells(figures, base, head int) bool {
	return leastP(base, head)*float64(max(figures, 1)) <= DefaultAlpha
}
