package replay

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// Only narrows a scenario to what is asked for: a load, a call as load/number, a group, or a device. Everything keeps its
// numbers; faults of loads that are left out are left out with them. An error says what there is.
func Only(s *scenarios.Scenario, h *check.History, what string) (*scenarios.Scenario, error) {
	if what == "" {
		return s, nil
	}
	narrow := *s
	narrow.Load, narrow.Devices, narrow.Expect = nil, slices.Clone(s.Devices), nil
	load, number, isCall := strings.Cut(what, "/")
	for _, l := range s.Load {
		calls, ok := part(h, l, what, load, number, isCall)
		if ok {
			l.Only = calls
			narrow.Load = append(narrow.Load, l)
		}
	}
	if len(narrow.Load) == 0 {
		return nil, fmt.Errorf("nothing was called %s: write a load, a call such as %s, a group, or a device such as %s",
			strconv.Quote(what), example(s.Load, "/0"), example(s.Load, ""))
	}
	narrow.Faults = slices.DeleteFunc(slices.Clone(s.Faults), func(f scenarios.Fault) bool {
		return f.Load != "" && !slices.ContainsFunc(narrow.Load, func(l scenarios.Load) bool { return l.Name == f.Load })
	})
	return &narrow, write(&narrow, s)
}

// write makes the text of a narrowed scenario from that of the whole one.
func write(narrow, s *scenarios.Scenario) error {
	d, err := scenarios.NewDraft(s.Text)
	if err != nil {
		return err
	}
	d.Drop("expect")
	stays := map[string]bool{"": true}
	for i, l := range slices.Backward(s.Load) {
		at := fmt.Sprintf("load.%d", i)
		n := slices.IndexFunc(narrow.Load, func(n scenarios.Load) bool { return n.Name == l.Name })
		switch stays[l.Name] = n >= 0; {
		case n < 0:
			d.Drop(at)
		case len(narrow.Load[n].Only) > 0:
			err = errors.Join(err, d.Set(at+".only", strings.ReplaceAll(fmt.Sprint(narrow.Load[n].Only), " ", ", ")))
		}
	}
	for i, f := range slices.Backward(s.Faults) {
		if !stays[f.Load] {
			d.Drop(fmt.Sprintf("faults.%d", i))
		}
	}
	narrow.Text = d.Text()
	return err
}

func example(loads []scenarios.Load, suffix string) string {
	switch {
	case len(loads) == 0:
		return "reboot" + suffix
	case suffix == "":
		return loads[0].To + "-1"
	}
	if only := loads[0].Only; len(only) > 0 {
		suffix = "/" + strconv.Itoa(only[0])
	}
	return loads[0].Name + suffix
}

// part is which of a load's calls are meant; none is all of them.
func part(h *check.History, l scenarios.Load, what, load, number string, isCall bool) (calls []int, ok bool) {
	i := index(h.Loads(), l.Name)
	switch {
	case isCall:
		n, err := strconv.ParseUint(number, 10, 32)
		return []int{int(n)}, l.Name == load && err == nil && i >= 0 && len(h.Facts(i, n, nil)) > 0
	case what == l.Name, what == l.To:
		return l.Only, true
	case i < 0:
		return nil, false
	}
	for n := range h.Calls(i) {
		if d := deviceOf(h.Facts(i, n, nil)); d >= 1 && d <= len(h.Devices()) && h.Devices()[d-1] == what && wanted(l, n) {
			calls = append(calls, int(n))
		}
	}
	return calls, len(calls) > 0
}

func wanted(l scenarios.Load, n uint64) bool {
	return len(l.Only) == 0 || slices.Contains(l.Only, int(n))
}

func index(names []string, name string) int { return slices.Index(names, name) }
