package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteLine writes a run in one line: the verdict, and why.
func WriteLine(w io.Writer, s *Summary) error {
	text := fmt.Sprintf("%s: %s", s.Scenario, s.Verdict)
	if len(s.Reasons) > 0 {
		text += ": " + strings.Join(s.Reasons, "; ")
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
