package trace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/report"
)

// Find reads a command's name, such as reboot/1234, or 1234 alone where there is one load. The error tells what there
// is instead.
func (t *Trace) Find(name string) (load string, seq uint64, err error) {
	loads := t.h.Loads()
	if len(loads) == 0 {
		return "", 0, errors.New("the run has no loads, so it has no commands")
	}
	i := strings.LastIndexByte(name, '/')
	number := name[i+1:]
	switch {
	case i >= 0:
		load = name[:i]
	case len(loads) == 1:
		load = loads[0]
	default:
		return "", 0, fmt.Errorf("%q is no command, device, group, cause, fault or load: %s", name, t.instead(name))
	}
	seq, err = strconv.ParseUint(strings.ReplaceAll(number, ",", ""), 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no command, device, group, cause, fault or load: %s", name, t.instead(number))
	}
	_, err = t.find(load, seq)
	return load, seq, err
}

// instead says what to write: a device, a group or a cause with nearly that name, the commands with that number, or if there are
// none which there are.
func (t *Trace) instead(number string) string {
	names := slices.Concat(t.h.Devices(), t.groups())
	for _, c := range Causes {
		names = append(names, string(c))
	}
	if near := nearest(number, names); number != "" && distance(number, near) <= min(2, len(number)/3) {
		return fmt.Sprintf("did you mean %q?", near)
	}
	seq, err := strconv.ParseUint(number, 10, 64)
	var list, all []string
	for i, l := range t.h.Loads() {
		if n := t.numbers(i); n.count > 0 {
			all = append(all, n.of(l))
		}
		if err == nil && t.h.Has(i, seq) {
			list = append(list, fmt.Sprintf("%s/%d", l, seq))
		}
	}
	switch {
	case len(all) == 0:
		return "the run had no calls"
	case len(list) == 0:
		return "the commands are " + strings.Join(all, ", ")
	}
	return "write " + strings.Join(list, " or ")
}

// find is the index of a load that has a command with that number.
func (t *Trace) find(load string, seq uint64) (int, error) {
	loads := t.h.Loads()
	i := slices.Index(loads, load)
	if i < 0 {
		return 0, fmt.Errorf("there is no load %q: did you mean %q? The loads are %s", load, nearest(load, loads), strings.Join(loads, ", "))
	}
	n := t.numbers(i)
	switch {
	case n.count == 0:
		return 0, fmt.Errorf("load %s had no calls", load)
	case n.count == 1 && seq != n.first:
		return 0, fmt.Errorf("there is no %s/%d: the load's only call is %s", load, seq, n.of(load))
	case !t.h.Has(i, seq):
		return 0, fmt.Errorf("there is no %s/%d: the load's %s calls are %s. Did you mean %s/%d?",
			load, seq, report.FormatCount(int64(n.count)), n.of(load), load, t.closest(i, seq, n))
	}
	return i, nil
}

// numbers are those of a load's commands. Where the scenario has only:, they are not all from the first to the last.
type numbers struct{ count, first, last uint64 }

func (t *Trace) numbers(load int) (n numbers) {
	for seq := range t.h.Calls(load) {
		if !t.h.Has(load, seq) {
			continue
		}
		if n.count == 0 {
			n.first = seq
		}
		n.count, n.last = n.count+1, seq
	}
	return n
}

// of says which commands of a load these are.
func (n numbers) of(load string) string {
	switch n.count {
	case 1:
		return fmt.Sprintf("%s/%d", load, n.first)
	case n.last - n.first + 1:
		return fmt.Sprintf("%s/%d to %s/%d", load, n.first, load, n.last)
	}
	return fmt.Sprintf("some from %s/%d to %s/%d", load, n.first, load, n.last)
}

// closest is the number nearest to one that no command has.
func (t *Trace) closest(load int, seq uint64, n numbers) uint64 {
	if seq <= n.first || seq >= n.last {
		return min(max(seq, n.first), n.last)
	}
	for by := uint64(1); ; by++ {
		switch {
		case t.h.Has(load, seq+by):
			return seq + by
		case t.h.Has(load, seq-by):
			return seq - by
		}
	}
}

// nearest is the name with the fewest letters to change.
func nearest(name string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		corner := row[0]
		row[0] = i + 1
		for j := range b {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
