//go:build !zoo

package bug

// Built tells whether bugs can be switched on in this binary.
const Built = false

// On tells whether a bug is on.
func On(Name) bool { return false }
