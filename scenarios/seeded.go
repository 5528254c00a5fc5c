package scenarios

import (
	"bytes"
	"fmt"
	"strconv"
)

// Seeded is the text of a scenario with its seed, which the text may leave to the default. The rest is as it was written,
// with its comments, unless a line more is no YAML there.
func (s *Scenario) Seeded() []byte {
	d, err := NewDraft(s.Text)
	if err != nil {
		return s.Text
	}
	if _, said := d.Value("seed"); said {
		return s.Text
	}
	more := fmt.Appendf(bytes.Clone(bytes.TrimRight(s.Text, "\n")), "\nseed: %d\n", s.Seed)
	if with, err := NewDraft(more); err == nil {
		if _, said := with.Value("seed"); said {
			return more
		}
	}
	if d.Set("seed", strconv.FormatUint(s.Seed, 10)) != nil {
		return s.Text
	}
	return d.Text()
}
