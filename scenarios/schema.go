package scenarios

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Schema is the scenario file's JSON Schema (draft 2020-12), for editors. It says what the parser says about keys,
// types, words and forms; what depends on several values at once is the parser's alone.
func Schema() []byte { return schemaOf("fleetdrill scenario", scenarioFields(new(Scenario))) }

// ServiceSchema is that of the service file.
func ServiceSchema() []byte {
	return schemaOf("fleetdrill service file", serviceFields(new(Service)))
}

func schemaOf(title string, fields []field) []byte {
	s := objectSchema(fields, nil)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = title
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // maps, slices, texts and numbers only
	}
	return append(text, '\n')
}

func objectSchema(fields []field, oneOf []string) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fields {
		p := f.rule.schema()
		p["description"] = f.doc
		if f.def != "" && f.def != "{}" {
			p["default"] = defaultValue(f)
		}
		properties[f.key] = p
		if f.must {
			required = append(required, f.key)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	if len(oneOf) > 0 {
		var choices []any
		for _, key := range oneOf {
			choices = append(choices, map[string]any{"required": []string{key}})
		}
		s["oneOf"] = choices
	}
	return s
}

func listSchema(element map[string]any) map[string]any {
	return map[string]any{"type": "array", "minItems": 1, "maxItems": maxItems, "items": element}
}

func defaultValue(f field) any {
	switch f.rule.kind {
	case "integer", "number":
		return json.Number(f.def)
	case "boolean":
		b, _ := strconv.ParseBool(strings.ToLower(f.def)) // a default of our own
		return b
	}
	return f.def
}
