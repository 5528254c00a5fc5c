package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func schema(t *testing.T) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// validate is as much of JSON Schema as Schema uses.
func validate(schema map[string]any, v any, at string) (problems []string) {
	bad := func(format string, args ...any) {
		problems = append(problems, at+": "+fmt.Sprintf(format, args...))
	}
	switch kind := schema["type"]; v := v.(type) {
	case map[string]any:
		properties, closed := schema["properties"].(map[string]any)
		if kind != "object" {
			bad("an object, not a %v", kind)
			return problems
		}
		for key, value := range v {
			if p, ok := properties[key].(map[string]any); ok {
				problems = append(problems, validate(p, value, at+"."+key)...)
			} else if closed {
				bad("unknown key %s", key)
			}
		}
		required, _ := schema["required"].([]any)
		for _, key := range required {
			if _, ok := v[key.(string)]; !ok {
				bad("%s is missing", key)
			}
		}
		if choices, ok := schema["oneOf"].([]any); ok {
			n := 0
			for _, c := range choices {
				if _, ok := v[c.(map[string]any)["required"].([]any)[0].(string)]; ok {
					n++
				}
			}
			if n != 1 {
				bad("%d of the choices", n)
			}
		}
	case []any:
		if kind != "array" || len(v) < int(schema["minItems"].(float64)) {
			bad("a list")
			return problems
		}
		for i, item := range v {
			problems = append(problems, validate(schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case string:
		if kind != "string" {
			bad("text, not a %v", kind)
		}
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			bad("%q does not match %s", v, p)
		}
		if e, ok := schema["enum"].([]any); ok && !slices.Contains(e, any(v)) {
			bad("%q is none of %v", v, e)
		}
	case bool:
		if kind != "boolean" {
			bad("a boolean, not a %v", kind)
		}
	case int, float64, uint64:
		if kind != "integer" && kind != "number" {
			bad("a number, not a %v", kind)
			return problems
		}
		n := reflect.ValueOf(v).Convert(reflect.TypeFor[float64]()).Float()
		if least, ok := schema["minimum"].(float64); ok && n < least {
			bad("%g is too small", n)
		}
		if most, ok := schema["maximum"].(float64); ok && n > most {
			bad("%g is too large", n)
		}
	default:
		bad("a %T", v)
	}
	return problems
}

func TestWhatTheParserTakesIsRightByTheSchema(t *testing.T) {
	s := schema(t)
	files, _ := filepath.Glob("*.yaml")
	good, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range append(files, good...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all, err := ParseAll(file, text, []string{"seed=1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			var v any
			if err := yaml.Unmarshal(one.Text, &v); err != nil {
				t.Fatal(err)
			}
			for _, problem := range validate(s, v, file) {
				t.Error(problem)
			}
		}
	}
}

// The keys of the schema and of everything.yaml are the same: a key that the parser takes and the schema has not, or
// the other way round, is found here or by the test above.
func TestEachKeyOfTheSchemaIsTakenByTheParser(t *testing.T) {
	var v any
	text := mustParse(t, readGood(t, "everything.yaml")).Text
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	inFile, inSchema := map[string]bool{}, map[string]bool{}
	keysInValue(v, "", inFile)
	keysInSchema(schema(t), "", inSchema)
	delete(inSchema, matrixKey) // which makes several scenarios of a file
	for key := range inSchema {
		if !inFile[key] {
			t.Errorf("%s is in the schema, and not in everything.yaml, which the parser takes", key)
		}
	}
	for key := range inFile {
		if !inSchema[key] && !strings.Contains(key, "input.") && !strings.Contains(key, "output.") {
			t.Errorf("%s is in everything.yaml, and not in the schema", key)
		}
	}
}

func keysInValue(v any, path string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			into[path+key] = true
			keysInValue(value, path+key+".", into)
		}
	case []any:
		for _, item := range v {
			keysInValue(item, path, into)
		}
	}
}

func keysInSchema(s map[string]any, path string, into map[string]bool) {
	if items, ok := s["items"].(map[string]any); ok {
		keysInSchema(items, path, into)
	}
	properties, _ := s["properties"].(map[string]any)
	for key, p := range properties {
		into[path+key] = true
		keysInSchema(p.(map[string]any), path+key+".", into)
	}
}

func TestTheSchemaRefusesWhatIsWrongByItself(t *testing.T) {
	s := schema(t)
	for _, text := range []string{
		"{name: a}", "{name: A, devices: [{group: a, count: 1}]}", "{name: a, devices: []}", "{name: a, devices: [{group: a, count: 0}]}",
		"{name: a, devices: [{group: a, count: 1, keep_alive: 5}]}", "{name: a, devices: [{group: a, count: 1, colour: red}]}",
		"{name: a, devices: [{group: a, count: 1, behaviour: [{drop: {}, respond: {}}]}]}", "{name: a, devices: [{group: a, count: 1}], clock: fake}",
	} {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if len(validate(s, v, "")) == 0 {
			t.Errorf("%s is right by the schema", text)
		}
		if _, err := Parse("x", []byte(text), nil); err == nil {
			t.Errorf("%s is right by the parser", text)
		}
	}
}

func TestEachDefaultIsRightByItsOwnRule(t *testing.T) {
	var walk func(s map[string]any, path string)
	walk = func(s map[string]any, path string) {
		if d, ok := s["default"]; ok {
			for _, problem := range validate(s, d, path) {
				t.Error("default of " + problem)
			}
		}
		if s["description"] == "" {
			t.Errorf("%s says nothing about itself", path)
		}
		if items, ok := s["items"].(map[string]any); ok {
			walk(items, path+"[]")
		}
		properties, _ := s["properties"].(map[string]any)
		for key, p := range properties {
			walk(p.(map[string]any), path+"."+key)
		}
	}
	walk(schema(t), "")
}
