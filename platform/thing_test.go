package platform_test

import (
	"errors"
	"strings"
	"testing"

	"fleetdrill/platform"
)

func number(f float64) *float64 { return &f }

// Values are checked as text: what a number looks like counts, not only what it is.
var values = []struct {
	param    platform.Param
	good     []string
	bad      []string
	sentence string // part of what is said about the first bad one
}{
	{platform.Param{Kind: platform.KindInt32}, []string{"0", "-0", "2147483647", "-2147483648"},
		[]string{"2147483648", "-2147483649", "1.0", "1e1", `"1"`, "true", "null"}, "is not an integer of 32 bits"},
	{platform.Param{Kind: platform.KindInt32, Min: number(-5), Max: number(5)}, []string{"-5", "5"}, []string{"6", "-6"}, "6 is above 5"},
	{platform.Param{Kind: platform.KindFloat}, []string{"10.0", "-0.5", "1.0e2", "1.5E+3"},
		[]string{"10", "1e1", "1.0e39", `"1.0"`, "[1.0]"}, "10 has no decimal place, a float needs one"},
	{platform.Param{Kind: platform.KindFloat, Max: number(0.1)}, []string{"0.1", "0.10"}, []string{"0.10000001", "0.2"}, "is above 0.1"},
	{platform.Param{Kind: platform.KindDouble}, []string{"10.0", "1.0e39", "-1.7e308"}, []string{"10", "1.0e309", "0"}, "10 has no decimal place, a double needs one"},
	{platform.Param{Kind: platform.KindText, MaxLength: 4}, []string{`""`, `"abcd"`, `"éé"`, `"\u0041bcd"`}, []string{`"abcde"`, `"ééa"`, "1", "null"},
		"has 5 bytes, the thing model wants at most 4"},
	{platform.Param{Kind: platform.KindFlag}, []string{"0", "1"}, []string{"true", "2", "-1", "1.0", `"1"`}, "is a bool, the thing model wants a number"},
	{platform.Param{Kind: platform.KindEnum, Values: []int32{0, 3}}, []string{"0", "3"}, []string{"1", "3.0", `"3"`}, "1 is not a value of the enumeration"},
	{platform.Param{Kind: platform.KindDate}, []string{`"1524448722000"`, `"0"`}, []string{`"-1"`, `"today"`, `""`, `"1.5"`, "1524448722000"}, `"-1" is not a time in milliseconds`},
	{platform.Param{Kind: platform.KindArray, MaxLength: 2, Item: &platform.Param{Kind: platform.KindInt32}}, []string{"[]", "[ 1 , 2 ]"},
		[]string{"[1,2,3]", "[1.0]", `["1"]`, "{}"}, "has 3 elements, the thing model wants at most 2"},
	{platform.Param{Kind: platform.KindArray}, []string{`[1,"a",{}]`}, []string{"{}"}, "is a object, the thing model wants a array"},
	{platform.Param{Kind: platform.KindStruct, Members: map[string]platform.Param{"x": {Kind: platform.KindDouble, Required: true}, "y": {Kind: platform.KindFlag}}},
		[]string{`{"x":1.0}`, `{"y":1,"x":1.0}`}, []string{`{}`, `{"x":1}`, `{"x":1.0,"z":1}`, "[]"}, "x: is missing"},
	{platform.Param{Kind: platform.KindString}, []string{`"any"`}, []string{"1"}, "is a number, the thing model wants a string"},
	{platform.Param{Kind: platform.KindNumber}, []string{"1", "1.5", "-1e9"}, []string{`"1"`}, "is a string, the thing model wants a number"},
	{platform.Param{Kind: platform.KindBool}, []string{"true", "false"}, []string{"1"}, "is a number, the thing model wants a bool"},
	{platform.Param{Kind: platform.KindObject}, []string{`{"any":[]}`}, []string{"[]"}, "is a array, the thing model wants a object"},
}

func TestAValueIsCheckedAsItIsWritten(t *testing.T) {
	for _, c := range values {
		for _, v := range c.good {
			if err := c.param.Check([]byte(v)); err != nil {
				t.Errorf("%s %s: %v, want it accepted", c.param.Kind, v, err)
			}
		}
		for i, v := range c.bad {
			err := c.param.Check([]byte(v))
			if err == nil || i == 0 && !strings.Contains(err.Error(), c.sentence) {
				t.Errorf("%s %s: error %v, want %q in it", c.param.Kind, v, err, c.sentence)
			}
		}
	}
}

func TestAnInputsMistakeIsNamedByItsPath(t *testing.T) {
	double := platform.Param{Kind: platform.KindDouble}
	point := platform.Param{Kind: platform.KindStruct, Members: map[string]platform.Param{"x": double}}
	m := platform.Model{Input: map[string]platform.Param{"speed": {Kind: platform.KindInt32, Required: true}, "also": {Kind: platform.KindInt32, Required: true},
		"route": {Kind: platform.KindArray, Item: &point}}}
	for input, want := range map[string]string{
		`{"speed":1,"also":2,"route":[{"x":1.0},{"x":1}]}`: "route[1].x: 1 has no decimal place, a double needs one",
		`{"speed":1,"also":2,"route":[{"y":1}]}`:           "route[0].y: no such parameter",
		`{"speed":1,"also":2,"other":0}`:                   "other: no such parameter",
		`{"speed":"1","other":0}`:                          "speed: is a string, the thing model wants a number", // the first in the text
		`{"speed":1,"speed":"x"}`:                          "speed: is a string, the thing model wants a number", // each of a repeated one
		`{}`:                                               "also: is missing",                                   // the first by name
		`[]`:                                               "not an object",
		`{"speed":1`:                                       "not an object",
		`{"speed":1,"also":2}0`:                            "not an object",
	} {
		var p *platform.ParamError
		if err := m.CheckInput([]byte(input)); !errors.As(err, &p) || err.Error() != want {
			t.Errorf("%s: error %v, want %s", input, err, want)
		}
	}
	if err := m.CheckInput([]byte(`{"also":2,"speed":1}`)); err != nil {
		t.Errorf("a good input: %v", err)
	}
}

func TestAModelWithoutParametersTakesAnyAndOneWithNoneTakesNone(t *testing.T) {
	if err := (platform.Model{}).CheckInput([]byte(`{"any":1}`)); err != nil {
		t.Errorf("no parameters said: %v", err)
	}
	none := platform.Model{Input: map[string]platform.Param{}, Output: map[string]platform.Param{}}
	if err := none.CheckInput([]byte(`{"any":1}`)); !errors.Is(err, platform.ErrParamUnknown) {
		t.Errorf("none allowed: error %v, want %v", err, platform.ErrParamUnknown)
	}
	if err := none.CheckOutput([]byte(`{}`)); err != nil {
		t.Errorf("none allowed and none there: %v", err)
	}
}
