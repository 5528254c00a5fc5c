package scenarios

import (
	"strconv"
	"strings"
)

// Settings are those of a fault that are its own and not the default, as a scenario has them: "answer: after, by: 1ms".
// When it strikes and whom is not in it.
func (f *Fault) Settings() string {
	var list []string
	add := func(key, value string) {
		if value != "" && value != "both" {
			list = append(list, key+": "+value)
		}
	}
	add("direction", f.Direction)
	add("add", f.Add.Text)
	if f.Rate > 0 {
		add("bytes", strconv.FormatFloat(f.Rate, 'f', -1, 64)+"/s")
	}
	add("copy", f.Copy)
	add("answer", f.Answer)
	if f.By > 0 {
		add("by", formatDuration(f.By))
	}
	if f.Away.Law != "constant" { // or each strike says it
		add("for", f.Away.Text)
	}
	add("after", f.After.Text)
	add("sessions", f.Sessions)
	add("how", f.How)
	return strings.Join(list, ", ")
}
