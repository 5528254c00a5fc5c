package hunt

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
)

// What a minimal scenario is meant to stay below.
const (
	MostBytes = 4096
	MostTime  = time.Second // of a run, on the wall clock
)

// large tells whether what there is is above one of them.
func (c *cutter) large() bool {
	return len(c.draft.Text())+headRoom > MostBytes || c.took > MostTime
}

// headRoom is what the comment takes that goes above a scenario.
const headRoom = 500

// quicker tries a shorter end of the run, which is most of one in which something stays open.
func (c *cutter) quicker() {
	for _, drain := range []string{"1s", "10s", "1m", "10m", "1h"} {
		if c.took <= MostTime {
			return
		}
		if c.change(func(d *scenarios.Draft) error { return d.Set("drain", drain) }) {
			c.brief = true
			return
		}
	}
}

// perSecond matches rates.
var perSecond = regexp.MustCompile(`^([0-9.]+)(/[smh])$`)

// slower are rates that may stand for one.
func slower(text string) (better []string) {
	m := perSecond.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	rate, _ := strconv.ParseFloat(m[1], 64)
	for _, r := range []float64{1, 10, 100, rate / 2} {
		if r < rate && r >= 1 {
			better = append(better, strconv.FormatFloat(r, 'f', -1, 64)+m[2])
		}
	}
	return better
}

// head is the comment above a minimal scenario. It tells the size of the whole file, and so its own, too. What it says to type
// is for the folder of the file, which is that of the earlier run, if there is one.
func (m *Minimal) head(name string, seed uint64, text []byte) []byte {
	var b bytes.Buffer
	what, more := m.Failure.String(), ""
	if len(what) > mostWords {
		what, more = strings.ToValidUTF8(what[:mostWords], ""), "…"
	}
	fmt.Fprintf(&b, "# Fails: %s%s\n# Cut down from %s, seed %d: %s, %s.\n", what, more, name, seed, report.Plural(m.Devices, "device", "devices"), report.Plural(m.Calls, "call", "calls"))
	if m.Failure.Kind == Expectation && strings.Contains(m.Failure.Name, ".share ") {
		b.WriteString("# A share of so few calls may be missed where nothing is wrong: see whether each of them ended as it should.\n")
	}
	if lacks := m.Lacks(); lacks != "" {
		fmt.Fprintf(&b, "# %s%s.\n", strings.ToUpper(lacks[:1]), lacks[1:])
	}
	again := "run " + cmp.Or(m.name, "minimal.yaml")
	if m.Then != "" {
		again = "replay ."
	}
	size := len(text)
	for { // the number of its digits counts, too
		line := fmt.Sprintf("# %s bytes; a run takes %s.\n#\n#\tfleetdrill %s\n", report.FormatCount(int64(size)), m.about(), again)
		n := b.Len() + len(line) + len(text)
		if n == size {
			b.WriteString(line)
			return b.Bytes()
		}
		size = n
	}
}

// mostWords is how much of a failure's words the comment has.
const mostWords = 300

// about is how long a run takes, as well as a busy machine lets that be known.
func (m *Minimal) about() string {
	for _, most := range []time.Duration{10, 20, 50, 100, 200, 500, 1000} {
		if most *= time.Millisecond; m.Took < most {
			return "less than " + most.String()
		}
	}
	return fmt.Sprintf("%.1fs", m.Took.Seconds())
}
