package scenarios

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata/bad")

// A bad file begins with the messages that it must give, each behind this mark. They stand in the file itself and
// take part in its line numbers.
const wantMark = "# want: "

func TestEachBadFileGivesAllItsMistakesAtTheirPlaces(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 34 {
		t.Fatalf("only %d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				text = rewrite(t, file, text)
			}
			want := wanted(text)
			if got := messages(t, text); got != want || want == "" {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// messages gives what is wrong with a text, without the name of its file.
func messages(t *testing.T, text []byte) string {
	t.Helper()
	s, err := Parse("x", text, nil)
	var ms Mistakes
	if !errors.As(err, &ms) || s != nil || len(ms) == 0 {
		t.Fatalf("got scenario %v and error %v, want nothing and mistakes", s, err)
	}
	var b strings.Builder
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintln(&b, strings.TrimLeft(strings.TrimPrefix(line, "x:"), " "))
	}
	return b.String()
}

func wanted(text []byte) string {
	var b strings.Builder
	for _, line := range strings.Split(string(text), "\n") {
		if want, ok := strings.CutPrefix(line, wantMark); ok {
			fmt.Fprintln(&b, want)
		}
	}
	return b.String()
}

// rewrite puts the messages of today at the head of a bad file. There are as many with marks above the text as
// without, so the second reading has the right line numbers.
func rewrite(t *testing.T, file string, text []byte) []byte {
	return rewriteWith(t, file, text, messages)
}

func rewriteWith(t *testing.T, file string, text []byte, messages func(*testing.T, []byte) string) []byte {
	t.Helper()
	body := string(text)
	for strings.HasPrefix(body, wantMark) {
		_, body, _ = strings.Cut(body, "\n")
	}
	first := messages(t, []byte(body))
	marks := strings.Repeat(wantMark+"\n", strings.Count(first, "\n"))
	var b strings.Builder
	for _, line := range strings.SplitAfter(messages(t, []byte(marks+body)), "\n") {
		if line != "" {
			b.WriteString(wantMark + line)
		}
	}
	b.WriteString(body)
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}
