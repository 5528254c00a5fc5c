package scenarios

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachBuiltInSaysWhatItProvesAndExpects(t *testing.T) {
	list := BuiltIns()
	if len(list) < 8 {
		t.Errorf("only %d built-in scenarios", len(list))
	}
	for _, b := range list {
		all, err := OpenAll(b.Name, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		s := all[0]
		text, _ := builtIns.ReadFile(b.Name + ".yaml")
		if strings.TrimSuffix(s.Name, "-"+s.Cell) != b.Name || s.About == "" || s.About != b.About {
			t.Errorf("%s: the scenario is called %q and is about %q, the list says %q", b.Name, s.Name, s.About, b.About)
		}
		if len(s.Expect) == 0 {
			t.Errorf("%s expects nothing", b.Name)
		}
		if !bytes.HasPrefix(text, []byte("# Proves ")) {
			t.Errorf("%s does not say first what it proves", b.Name)
		}
		if lines := bytes.Count(text, []byte("\n")); lines > 60 {
			t.Errorf("%s has %d lines", b.Name, lines)
		}
	}
}

func TestOpenTakesAFileByItsPath(t *testing.T) {
	s, err := Open("testdata/good/smallest.yaml", []string{"seed=3"})
	if err != nil || s.Name != "smallest" || s.Seed != 3 || s.File != "testdata/good/smallest.yaml" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestOpenPrefersAFileToABuiltInOfItsName(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"quickstart", "other.yml"} {
		if err := os.WriteFile(name, []byte("name: mine\ndevices: [{group: a, count: 1}]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(name, nil); err != nil || s.Name != "mine" {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
}

func TestOpenExplainsANameThatNobodyHas(t *testing.T) {
	for name, want := range map[string]string{
		"quickstrat": `no file and no built-in scenario is called "quickstrat"; did you mean quickstart? built in: alibaba-redelivery, alibaba-throttle, `,
		"nothing":    `no file and no built-in scenario is called "nothing"; built in: alibaba-redelivery, alibaba-throttle, `,
		"":           `no file and no built-in scenario is called ""; built in: alibaba-redelivery, alibaba-throttle, `,
	} {
		if _, err := Open(name, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
	if _, err := Open("testdata/nowhere.yaml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a file that does not exist", err)
	}
	if _, err := Open("./testdata", nil); err == nil {
		t.Error("a folder was opened as a scenario")
	}
}

func TestOpenRefusesALargeFileWithoutReadingItAll(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.yaml")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<40), f.Close()); err != nil {
		t.Skip("no sparse files here: ", err)
	}
	if _, err := Open(name, nil); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("got %v, want a refusal", err)
	}
}
