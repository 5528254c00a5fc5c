package sdktest

import "encoding/json"

// plainJSON is a value of the SDK's as encoding/json has it: the SDK keeps numbers as text.
func plainJSON(v any) (plain any) {
	text, err := json.Marshal(v)
	if err != nil || json.Unmarshal(text, &plain) != nil {
		return v
	}
	return plain
}

// jsonNumber keeps a number as it is written.
func jsonNumber(text string) json.Number { return json.Number(text) }
