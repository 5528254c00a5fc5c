//go:build zoo

package platform

// Mutate makes one entry of the transition table another, or takes it away if next is 0, and returns what puts it back.
// No platform may be running.
func Mutate(s State, e Event, next State) (undo func()) {
	row := transitions[s]
	if row == nil {
		row = map[Event]State{}
		transitions[s] = row
	}
	old, had := row[e]
	if row[e] = next; next == 0 {
		delete(row, e)
	}
	return func() {
		if row[e] = old; !had {
			delete(row, e)
		}
	}
}
