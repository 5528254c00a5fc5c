package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/sim/check"
)

// Fault is a fault of the scenario that struck, whether it did any harm or not. All times are since the beginning of the
// run.
type Fault struct {
	Name     string        `json:"fault"` // faults[0] disconnect, as Count has it
	Of       string        `json:"of,omitempty"`
	Settings string        `json:"settings,omitempty"` // such as direction: up
	Devices  int           `json:"devices,omitempty"`  // how many different ones it struck; 0: nobody alone
	Strikes  int           `json:"strikes"`            // of each device, added up
	First    time.Duration `json:"first_ns"`
	Last     time.Duration `json:"last_ns"`
	For      time.Duration `json:"for_ns,omitempty"` // the longest; 0: it is over at once, or nothing heals it
	struck   map[int]bool
}

// Faults are those that struck, in the order of the scenario.
func (t *Trace) Faults() []*Fault {
	byText := map[string]*Fault{}
	for f := range t.h.Alone() {
		if f.Kind == check.Fault && !strings.HasSuffix(f.Text, check.Copied) {
			if byText[f.Text] == nil {
				byText[f.Text] = newFault(f)
			}
			byText[f.Text].add(f)
		}
	}
	list := []*Fault{} // and not null in JSON
	for _, f := range byText {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *Fault) int { return cmp.Compare(indexOf(a.Name), indexOf(b.Name)) })
	return list
}

// indexOf is the place of a fault in the scenario.
func indexOf(fault string) (i int) {
	fmt.Sscanf(fault, "faults[%d]", &i)
	return i
}

func newFault(f check.Fact) *Fault {
	name := withoutSettings(f.Text)
	_, of, _ := strings.Cut(name, " of ")
	settings := strings.TrimSuffix(strings.TrimPrefix(f.Text[len(name):], " ("), ")")
	return &Fault{Name: nameOf(name), Of: of, Settings: settings, First: f.At, struck: map[int]bool{}}
}

func (f *Fault) add(s check.Fact) {
	f.First, f.Last, f.Strikes = min(f.First, s.At), max(f.Last, s.At), f.Strikes+1
	if s.For < endless {
		f.For = max(f.For, s.For)
	}
	if s.Device != 0 {
		f.struck[s.Device] = true
		f.Devices = len(f.struck)
	}
}

// What says whom the fault struck, how and when, in words.
func (f *Fault) What() []string {
	var list []string
	if f.Of != "" {
		list = append(list, "callers of "+f.Of)
	}
	if f.Settings != "" {
		list = append(list, f.Settings)
	}
	once := f.Last-f.First < atOnce
	switch {
	case f.Devices == 1:
		list = append(list, "1 device")
	case f.Devices > 1:
		list = append(list, fmt.Sprintf("%d devices", f.Devices))
	}
	switch {
	case once:
		list = append(list, "at "+Span(f.First)+f.lasting(" for "))
	case f.Devices > 0:
		list = append(list, fmt.Sprintf("%d hits from %s to %s%s", f.Strikes, Span(f.First), Span(f.Last), f.lasting(", each for ")))
	default:
		list = append(list, fmt.Sprintf("%d times from %s to %s%s", f.Strikes, Span(f.First), Span(f.Last), f.lasting(", each for ")))
	}
	return list
}

// atOnce is within what one strike gets to all its devices, when the machine is slow.
const atOnce = 50 * time.Millisecond

func (f *Fault) lasting(word string) string {
	switch kind := check.FaultKind(f.Name); {
	case f.For == 0:
		return ""
	case kind == "disconnect": // each device may stay away for another time
		return strings.Replace(word, "for", "for up to", 1) + Span(f.For)
	default:
		return word + Span(f.For)
	}
}
