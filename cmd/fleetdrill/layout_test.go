package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of who may know whom. A package that is not in it has no place yet.
var mayImport = map[string][]string{
	"report":          {},
	"report/ci":       {"report"},
	"report/folder":   {"report"},
	"platform/bug":    {},
	"platform/broker": {"platform/bug"},
	"platform/pipe":   {},
	"sim/mqtt":        {},
	"sim/chance":      {},

	"platform/front": {},

	"platform":             {"platform/broker", "platform/bug"},
	"platform/admin":       {"platform"},
	"platform/enos":        {"platform", "platform/broker"},
	"platform/alibaba":     {"platform", "platform/broker"},
	"platform/huawei":      {"platform", "platform/broker"},
	"platform/dialecttest": {"platform", "platform/broker", "platform/pipe", "sim/mqtt"},

	"scenarios":  {"report"},
	"sim/check":  {"platform"},
	"sim/hunt":   {"platform", "report", "scenarios", "sim/chance"},
	"sim/device": {"platform", "platform/bug", "scenarios", "sim/chance", "sim/mqtt"},
	"sim":        {"platform", "report", "scenarios", "sim/chance", "sim/check", "sim/device"},

	"cmd/fleetdrill": {"platform", "platform/admin", "platform/alibaba", "platform/broker", "platform/enos", "platform/front", "platform/huawei", "platform/pipe", "report", "report/ci", "scenarios", "sim", "sim/check", "sim/device", "sim/hunt"},
}

// topLevel is everything the root folder may hold, beside dotfiles.
var topLevel = []string{"cmd", "sim", "scenarios", "platform", "report", "go.mod", "go.sum", "Makefile", "README.md"}

const root = "../.."

func TestPackagesImportOnlyWhomTheyMay(t *testing.T) {
	for dir, files := range goFiles(t) {
		allowed, known := mayImport[dir]
		if !known {
			t.Errorf("%s: not in the table of this test: add a line that says whom it may import", dir)
			continue
		}
		for _, f := range files {
			for _, imp := range f.imports {
				if ours, ok := strings.CutPrefix(imp, "fleetdrill/"); ok && !slices.Contains(allowed, ours) {
					t.Errorf("%s: imports %s, which %s may not", f.name, ours, dir)
				}
				if imp == "gopkg.in/yaml.v3" && dir != "scenarios" {
					t.Errorf("%s: imports %s, which only scenarios may", f.name, imp)
				}
			}
		}
	}
}

func TestEveryPackageHasAPackageComment(t *testing.T) {
	for dir, files := range goFiles(t) {
		if !slices.ContainsFunc(files, func(f goFile) bool { return f.doc }) {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}

func TestTheCoreNamesNoVendor(t *testing.T) {
	for dir, files := range goFiles(t) {
		for _, f := range files {
			text, err := os.ReadFile(f.name)
			if err != nil {
				t.Fatal(err)
			}
			for _, vendor := range []string{"enos", "alibaba", "huawei"} {
				core := dir == "platform" || dir == "platform/broker" || dir == "platform/pipe"
				foreign := strings.HasPrefix(dir, "platform/") && !core && dir != "platform/dialecttest" && path.Base(dir) != vendor
				if (core || foreign) && strings.Contains(strings.ToLower(code(text)), vendor) {
					t.Errorf("%s: names %s outside of a comment", f.name, vendor)
				}
			}
		}
	}
}

// code is the text without line comments.
func code(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		before, _, _ := strings.Cut(line, "//")
		b.WriteString(before + "\n")
	}
	return b.String()
}

func TestTheTopLevelHoldsWhatWasAskedForAndNothingElse(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topLevel, e.Name()) && !ignored(e.Name()) {
			t.Errorf("%s: does not belong to the top level", e.Name())
		}
	}
}

// ignored names are what builds and runs leave: they are in .gitignore.
func ignored(name string) bool {
	text, _ := os.ReadFile(filepath.Join(root, ".gitignore"))
	return slices.ContainsFunc(strings.Fields(string(text)), func(pattern string) bool {
		ok, _ := path.Match(strings.Trim(pattern, "/"), name)
		return ok
	})
}

type goFile struct {
	name    string
	imports []string
	doc     bool
}

// goFiles parses the imports of all files that are not tests, by folder.
func goFiles(t *testing.T) map[string][]goFile {
	t.Helper()
	found := map[string][]goFile{}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		g := goFile{name: name, doc: f.Doc != nil}
		for _, imp := range f.Imports {
			p, _ := strconv.Unquote(imp.Path.Value)
			g.imports = append(g.imports, p)
		}
		dir, _ := filepath.Rel(root, filepath.Dir(name))
		found[filepath.ToSlash(dir)] = append(found[filepath.ToSlash(dir)], g)
		return nil
	})
	if err != nil || len(found) < 5 {
		t.Fatalf("%d folders with Go files: %v", len(found), err)
	}
	return found
}
