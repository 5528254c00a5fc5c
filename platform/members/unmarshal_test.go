package members

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Name string `json:"name"`
	Raw  json.RawMessage
}

type outer struct {
	inner
	One   *inner          `json:"one,omitempty"`
	Many  []inner         `json:"many"`
	Words []string        `json:"words"`
	Any   json.RawMessage `json:"any"`
	Other map[string]int  `json:"other"`
}

func TestAMemberIsTakenForTheFieldThatIsSpeltLikeIt(t *testing.T) {
	for doc, want := range map[string]outer{
		`{"name":"a","Name":"b","NAME":"c","ſ":1}`:                        {inner: inner{Name: "a"}},
		` {"One":{"name":"a"},"one":{"Name":"b","name":"c"},"x":{}}`:      {One: &inner{Name: "c"}},
		`{"many":[{"NAME":"a"},{"name":"b"}],"MANY":[],"words":["A",""]}`: {Many: []inner{{}, {Name: "b"}}, Words: []string{"A", ""}},
		`{"any":{"Name": [1]},"other":{"A":1},"many":[],"one":null}`:      {Any: json.RawMessage(`{"Name": [1]}`), Other: map[string]int{"A": 1}, Many: []inner{}},
		`{"n\u0061me":"a"}`: {inner: inner{Name: "a"}},
		`{}`:                {},
		`null`:              {},
	} {
		var got outer
		if err := Unmarshal([]byte(doc), &got); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(outer{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", doc, d)
		}
	}
	for _, doc := range []string{``, `{`, `[]`, `{"name":1}`, `{"many":{}}`, `{"one":[1]}`, `{"words":[1]} x`} {
		var a, b outer
		got, want := Unmarshal([]byte(doc), &a), json.Unmarshal([]byte(doc), &b)
		if got == nil || got.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", doc, got, want)
		}
	}
}
