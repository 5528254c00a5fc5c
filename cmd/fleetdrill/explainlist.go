package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"fleetdrill/sim/trace"
	"fleetdrill/sim/trace/draw"
)

// listedBy are the commands of a device, of a group, of a cause, of a fault and of a load, as far as a name is one: it may
// be several.
func listedBy(t *trace.Trace, name string) (lists []draw.Calls) {
	var as []string
	add := func(what, doc string, calls []trace.Call) {
		as = append(as, what)
		lists = append(lists, draw.Calls{Of: name, Doc: doc, List: calls})
	}
	if calls, ok := t.OfDevice(name); ok {
		add("as a device", "", calls)
	}
	if calls, ok := t.OfGroup(name); ok {
		add("as a group", "", calls)
	}
	if calls, ok := t.OfFault(name); ok {
		add("as a fault", "for these it is to blame", calls)
	}
	if cause := trace.Cause(name); slices.Contains(trace.Causes, cause) {
		add("as a cause", cause.Doc(), t.OfCause(cause))
	}
	if calls, ok := t.OfLoad(name); ok {
		add("as a load", "", calls)
	}
	if len(lists) < 2 {
		return lists
	}
	for i := range lists {
		if l := &lists[i]; l.Doc == "" {
			l.Doc = as[i]
		} else {
			l.Doc = as[i] + ": " + l.Doc
		}
	}
	return lists
}

// explainCalls shows one list after the other, or writes all commands of them as one.
func explainCalls(w io.Writer, lists []draw.Calls, command string, asJSON bool) error {
	if asJSON {
		return indented(w, struct {
			Calls []trace.Call `json:"calls"`
		}{together(lists)})
	}
	for i, c := range lists {
		if i > 0 {
			fmt.Fprintln(w)
		}
		c.Command = command
		if err := draw.List(w, c, drawOptions()); err != nil {
			return err
		}
	}
	return nil
}

// together are the commands of several lists, each of them once, in the order in which they were due.
func together(lists []draw.Calls) []trace.Call {
	if len(lists) == 1 {
		return lists[0].List
	}
	var all []trace.Call
	for _, c := range lists {
		all = append(all, c.List...)
	}
	slices.SortStableFunc(all, func(a, b trace.Call) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Load, b.Load), cmp.Compare(a.Seq, b.Seq))
	})
	return slices.CompactFunc(all, func(a, b trace.Call) bool { return a.Load == b.Load && a.Seq == b.Seq })
}
