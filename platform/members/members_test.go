package members

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzMembers holds the reading of objects against encoding/json.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{`{}`, ` { } `, `{"a":1}`, `{"a" : [1,{"b":"]}"}] , "c":"\"\\","d":null,"a":2}`, `{"\u0061":-1.5e3}`, `{"":{"":{}}}`, `[]`, `1`, ``, `{"a":1}x`, `{"a"`, `{"a":true,"b":"x"}`,
		`{"a":"{\"b\":\"\\\\\"}","c":"\\","d":"\"\n\/","e":"é\"\u0041"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(doc, &want)
		o, err := Parse(doc)
		if string(bytes.TrimSpace(doc)) == "null" {
			return // a map takes it
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: error %v, want %v", doc, err, wantErr)
		}
		if err != nil || !utf8.Valid(doc) { // encoding/json puts a sign in place of what is not UTF-8
			return
		}
		got := map[string]json.RawMessage{}
		for o.Next() {
			got[string(o.Key)] = o.Value
			var text string
			json.Unmarshal(o.Value, &text) // "" for what is no string
			if Text(o.Value) != text {
				t.Fatalf("text of %s is %q, want %q", o.Value, Text(o.Value), text)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q (-want +got):\n%s", doc, d)
		}
	})
}

func TestAWordIsReadAsWhatItIs(t *testing.T) {
	for value, want := range map[string][2]string{ // what Plain and Text make of it
		`12`: {"12", ""}, `-1.5e3`: {"-1.5e3", ""}, `"12"`: {"12", "12"}, `""`: {"", ""}, `"a\u0062\n"`: {`a\u0062\n`, "ab\n"},
		`"{\"a\":\"\\\"}"`: {`{\"a\":\"\\\"}`, `{"a":"\"}`}, `"\`: {"", ""},
		"\"\xff\"": {"\xff", "\ufffd"}, `true`: {}, `null`: {}, `{"a":1}`: {}, `[1]`: {}, ``: {},
	} {
		if got := [2]string{Plain([]byte(value)), Text([]byte(value))}; got != want {
			t.Errorf("%s: Plain and Text are %q, want %q", value, got, want)
		}
	}
}
