package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Run it with -fuzzminimizetime 50x: with the default the fuzzer spends a minute on making each find smaller.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"*.yaml", "testdata/*/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text, "seed=2")
		}
	}
	f.Add([]byte(setBase), "load.reboot.input={a: [b]}")
	f.Add([]byte(setBase), "devices.0.behaviour.1.drop.x=*a")
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		for _, sets := range [][]string{nil, {set}} {
			s, err := Parse("x", text, sets)
			var ms Mistakes
			switch {
			case err == nil:
				again, err := Parse("x", s.Text, nil)
				if err != nil || !reflect.DeepEqual(s, again) {
					t.Fatalf("parsed again: %v\nfirst %+v\nagain %+v\ntext\n%s", err, s, again, s.Text)
				}
			case !errors.As(err, &ms) || len(ms) == 0:
				t.Fatalf("error of type %T: %v", err, err)
			}
			checkPlaces(t, ms)
		}
	})
}

// checkPlaces finds mistakes without a place, or out of order.
func checkPlaces(t *testing.T, ms Mistakes) {
	t.Helper()
	for i, m := range ms {
		if m.File == "" || m.Problem == "" || m.Line < 0 || m.Col < 0 || (m.Line == 0) != (m.Col == 0) {
			t.Fatalf("mistake without a place: %+v", m)
		}
		if i > 0 && m.File == "x" && m.Line > 0 && m.Line < ms[i-1].Line {
			t.Fatalf("mistakes out of order: %+v", ms)
		}
	}
}
