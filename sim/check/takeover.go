package check

import "slices"

// presence is what the order of facts about connections hangs on.
type presence struct {
	at     int64
	kind   Kind
	device int
}

// rightTakeovers puts right what happened to connections in one instant, in a list that is sorted by time and kind. A
// device that connects again before the platform has seen it go is gone and back in one instant, and is there afterwards;
// one that comes and is lost in an instant is not. What it was before tells which of the two it is.
func rightTakeovers[T any](list []T, of func(T) presence) {
	there := map[int]int{} // by device: 1 if it is online, as far as the list was looked at
	for from, to := 0, 0; from < len(list); from = to {
		at := of(list[from]).at
		for to = from + 1; to < len(list) && of(list[to]).at == at; {
			to++
		}
		again := stayed(list[from:to], of, there)
		if len(again) == 0 {
			continue
		}
		slices.SortStableFunc(list[from:to], func(a, b T) int { return of(a).place(again) - of(b).place(again) })
	}
}

// stayed are the devices that went and came in an instant, and are there after it, which there learns.
func stayed[T any](instant []T, of func(T) presence, there map[int]int) (devices []int) {
	var came []int
	went := map[int]bool{}
	for _, f := range instant {
		switch p := of(f); p.kind {
		case Online:
			came = append(came, p.device)
			there[p.device]++
		case Offline:
			went[p.device] = true
			there[p.device]--
		}
	}
	for d := range went {
		there[d] = max(there[d], 0)
	}
	for _, d := range came {
		if there[d] = min(max(there[d], 0), 1); there[d] == 1 && went[d] {
			devices = append(devices, d)
		}
	}
	return devices
}

// place is where it belongs among what happened in the same instant, where those devices were there before and after it.
func (p presence) place(again []int) int {
	switch {
	case p.kind == Fault:
		return 0
	case (p.kind == Lost || p.kind == HungUp || p.kind == Offline) && slices.Contains(again, p.device):
		return 1
	}
	return 2
}
