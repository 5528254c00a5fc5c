package scenarios

import "strings"

// Settings are those of a fault that are its own and not the default, as a scenario has them: "answer: after, by: 1us".
// When it strikes and whom is not in it.
func (f *Fault) Settings() string {
	var list []string
	add := func(key, value, usual string) {
		if value != "" && value != usual {
			list = append(list, key+": "+value)
		}
	}
	add("direction", f.Direction, "both")
	add("add", f.Add.Text, "")
	add("bytes", f.Bytes, "")
	add("copy", f.Copy, "both")
	add("answer", f.Answer, "")
	if f.By > 0 {
		add("by", formatDuration(f.By), formatDuration(usualBy))
	}
	if f.Away.Law != "constant" { // or each strike says it
		add("for", f.Away.Text, "")
	}
	if f.After.Law != "constant" || f.After.A > 0 {
		add("after", f.After.Text, "")
	}
	add("sessions", f.Sessions, "kept")
	add("how", f.How, "refused")
	return strings.Join(list, ", ")
}
