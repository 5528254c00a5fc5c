package scenarios

import (
	"slices"
	"strings"
	"testing"
)

const threeCells = `name: same
devices: [{group: a, count: 1}, {group: b, count: 1}]
load: [{name: ask, to: a, call: invoke, arrivals: [{burst: 1}]}]
matrix:
  one: {devices.*.dialect: alibaba}
  two: {devices.*.dialect: huawei, load.ask.via: direct}
  three: {}
`

func TestEachCellOfAMatrixIsAScenario(t *testing.T) {
	all, err := ParseAll("x.yaml", []byte(threeCells), []string{"devices.*.count=3"})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d scenarios: %v", len(all), err)
	}
	for i, want := range []struct{ cell, dialect, via string }{{"one", "alibaba", "http"}, {"two", "huawei", "direct"}, {"three", "enos", "http"}} {
		s := all[i]
		if s.Cell != want.cell || s.Name != "same-"+want.cell || s.Load[0].Via != want.via {
			t.Errorf("got cell %s, name %s, via %s; want %+v", s.Cell, s.Name, s.Load[0].Via, want)
		}
		for _, g := range s.Devices {
			if g.Dialect != want.dialect || g.Count != 3 {
				t.Errorf("%s: group %s is of %s and has %d", s.Cell, g.Name, g.Dialect, g.Count)
			}
		}
		again, err := Parse("x.yaml", s.Text, nil)
		if err != nil || again.Name != s.Name || again.Devices[1].Dialect != want.dialect {
			t.Errorf("its text gives %+v, %v", again, err)
		}
	}
}

func TestAnOverridePicksACell(t *testing.T) {
	s := mustParse(t, []byte(threeCells), "matrix=two")
	if s.Cell != "" || s.Name != "same-two" || s.Devices[0].Dialect != "huawei" {
		t.Errorf("got %+v", s)
	}
	for set, want := range map[string]string{
		"":           "x.yaml: matrix: there are several scenarios in this file, and one is wanted; add --set matrix=CELL, with one or two or three",
		"matrix=tow": `--set matrix: the matrix has no cell "tow"; did you mean two?`,
	} {
		_, err := Parse("x.yaml", []byte(threeCells), slices.DeleteFunc([]string{set}, func(s string) bool { return s == "" }))
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", set, err, want)
		}
	}
	_, err := Parse("x.yaml", readGood(t, "smallest.yaml"), []string{"matrix=one"})
	if want := "--set matrix: the file has no matrix; leave it out"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMistakesInAMatrixHaveTheirPlaceAndTheirCell(t *testing.T) {
	for change, want := range map[string]string{
		"one: {devices.*.dialect: alibaba}=>one: {devices.*.dialect: alibabba}": `x.yaml:5:28: devices[0].dialect: in matrix.one: "alibabba" is unknown; did you mean alibaba?
x.yaml:5:28: devices[1].dialect: in matrix.one: "alibabba" is unknown; did you mean alibaba?`,
		"via: direct}=>vai: direct}":                       `x.yaml:6:36: load[0].vai: in matrix.two: unknown key "vai"; did you mean via?`,
		"one: {devices.*.dialect=>one: {devices.c.dialect": `x.yaml:5:9: matrix.one.devices.c.dialect: in matrix.one: devices has no element "c"; known: a, b`,
		"count: 1}]=>count: 0}]":                           "x.yaml:2:51: devices[1].count: 0 is out of range; write a whole number of 1 to 1000000",
		"invoke,=>invoke, timeout: 2s,": `x.yaml:3:50: load[0].timeout: in matrix.one: in alibaba no call chooses it: it is 8s; leave it out, or write platform.dialects.alibaba.sync_timeout
x.yaml:3:50: load[0].timeout: in matrix.two: in huawei no call chooses it: it is 20s; leave it out, or write platform.dialects.huawei.sync_timeout`,
		"  three: {}=>  one: {}":                                           `x.yaml:7:3: matrix.one: key "one" is there twice; the first stands in line 5`,
		"  three: {}=>  Three: {}":                                         `x.yaml:7:3: matrix.Three: "Three" does not fit; write a name of a–z, 0–9 and -`,
		"  three: {}=>  three: {seed: 1, seed: 2}":                         `x.yaml:7:20: matrix.three.seed: in matrix.three: key "seed" is there twice; the first stands in line 7`,
		"  three: {}=>  three: {matrix.one: {}}":                           `x.yaml:7:11: matrix.three.matrix.one: in matrix.three: a cell has no cells; write its values as cells of their own`,
		"  three: {}=>  three: 3":                                          `x.yaml:7:10: matrix.three: 3 is a number; write a mapping of paths to values, such as devices.*.dialect: huawei`,
		threeCells[strings.Index(threeCells, "matrix:"):] + "=>matrix: {}": `x.yaml:4:9: matrix: it is empty; write a mapping: each key names a cell, and has a mapping of paths to values`,
		"matrix:=>matrxi:":                                                 `x.yaml:4:1: matrxi: unknown key "matrxi"; did you mean matrix?`,
	} {
		from, to, _ := strings.Cut(change, "=>")
		_, err := ParseAll("x.yaml", []byte(strings.Replace(threeCells, from, to, 1)), nil)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", change, err, want)
		}
	}
}
