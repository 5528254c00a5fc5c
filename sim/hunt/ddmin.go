package hunt

// minimal returns a part of items that still fails, from which no single one can be left out: Zeller and Hildebrandt's
// delta debugging (2002). fails is asked about parts of items in their order, never about all of them, which are known
// to fail; and about none only if empty says that this is a question. When it is over, nothing is asked anymore: the
// parts of ten thousand items alone would take minutes to make.
func minimal[T any](items []T, empty bool, over func() bool, fails func([]T) bool) []T {
	if empty && len(items) > 0 && fails(nil) {
		return nil
	}
	for n := 2; len(items) > 1 && !over(); {
		n = min(n, len(items))
		part, without, ok := reduce(items, n, over, fails)
		switch {
		case ok && without:
			items, n = part, max(n-1, 2)
		case ok:
			items, n = part, 2
		case n == len(items):
			return items
		default:
			n *= 2
		}
	}
	return items
}

// reduce looks for one of n parts that fails alone, or without which the rest fails.
func reduce[T any](items []T, n int, over func() bool, fails func([]T) bool) (part []T, without, ok bool) {
	for i := 0; i < n && !over(); i++ {
		if one := items[i*len(items)/n : (i+1)*len(items)/n]; fails(one) {
			return one, false, true
		}
	}
	for i := 0; i < n && n > 2 && !over(); i++ {
		from, to := i*len(items)/n, (i+1)*len(items)/n
		rest := append(append(make([]T, 0, len(items)), items[:from]...), items[to:]...)
		if fails(rest) {
			return rest, true, true
		}
	}
	return nil, false, false
}
