package report

// Threshold is one line of a scenario's expect list, parsed.
type Threshold struct {
	Expr string // as written
	// (the parsed form is unexported)
}
