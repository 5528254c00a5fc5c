package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes summary.json: indented, every key present, in a fixed order.
func WriteJSON(w io.Writer, s *Summary) error {
	filled := *s
	filled.Schema = Schema
	filled.fill()
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&filled); err != nil {
		return fmt.Errorf("writing summary: %w", err)
	}
	return nil
}

// fill makes empty lists of missing ones: a reader need not expect null.
func (s *Summary) fill() {
	if s.Reasons == nil {
		s.Reasons = []string{}
	}
	if s.Checks == nil {
		s.Checks = []Check{}
	}
	if s.Thresholds == nil {
		s.Thresholds = []ThresholdResult{}
	}
	s.Loads = append([]Load{}, s.Loads...)
	for i := range s.Loads {
		if s.Loads[i].Codes == nil {
			s.Loads[i].Codes = map[string]int64{}
		}
	}
}

// ReadSummary reads what WriteJSON wrote. A file of another schema version is an error that says so.
func ReadSummary(r io.Reader) (*Summary, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading summary: %w", err)
	}
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("reading summary: %w", err)
	}
	if head.Schema == nil {
		return nil, fmt.Errorf(`reading summary: it has no "schema", so it is not a summary of a run`)
	}
	if *head.Schema != Schema {
		return nil, fmt.Errorf("reading summary: its schema is version %d, this program reads version %d: read it with the program that wrote it, or run the scenario again",
			*head.Schema, Schema)
	}
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("reading summary: %w", err)
	}
	s.fill()
	return &s, nil
}
