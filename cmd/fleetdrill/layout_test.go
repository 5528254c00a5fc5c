package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of who may know whom. A package that is not in it has no place yet.
var mayImport = map[string][]string{
	"report":          {"report/columns"},
	"report/columns":  {},
	"report/beside":   {"report", "report/columns"},
	"report/ci":       {"report"},
	"report/metrics":  {"report"},
	"report/page":     {"report", "report/folder"},
	"report/folder":   {"report"},
	"platform/bug":    {},
	"platform/broker": {"platform/bug"},
	"report/compare":  {"report", "report/folder"},
	"platform/pipe":   {},
	"sim/mqtt":        {},
	"sim/chance":      {},
	"sim/link":        {},

	"platform/front":   {},
	"platform/members": {},

	"platform":             {"platform/broker", "platform/bug"},
	"platform/admin":       {"platform"},
	"platform/local":       {"platform", "platform/pipe"},
	"platform/enos":        {"platform", "platform/broker", "platform/members"},
	"platform/alibaba":     {"platform", "platform/broker", "platform/members"},
	"platform/huawei":      {"platform", "platform/broker", "platform/members"},
	"platform/dialecttest": {"platform", "platform/broker", "platform/pipe", "sim/mqtt"},

	"scenarios":      {"report"},
	"sim/check":      {"platform"},
	"sim/trace":      {"platform", "report", "sim/check"},
	"sim/trace/draw": {"report", "report/columns", "sim/trace"},
	"sim/replay":     {"platform", "report", "scenarios", "sim/check"},
	"sim/spell":      {"platform", "report", "scenarios", "sim", "sim/check"},
	"sim/sweep":      {"platform", "report/columns", "sim/check", "sim/device", "sim/mqtt"},
	"sim/hunt":       {"platform", "report", "scenarios", "sim", "sim/chance", "sim/trace"},
	"sim/device":     {"platform", "platform/bug", "scenarios", "sim/chance", "sim/link", "sim/mqtt"},
	"sim":            {"platform", "report", "scenarios", "sim/chance", "sim/check", "sim/device", "sim/link", "sim/trace"},

	"cmd/fleetdrill": {"platform", "platform/admin", "platform/alibaba", "platform/broker", "platform/bug", "platform/enos", "platform/front", "platform/huawei", "platform/pipe", "report", "report/ci", "report/columns", "report/compare", "report/folder", "report/metrics", "report/page", "report/beside", "scenarios", "sim", "sim/check", "sim/device", "sim/hunt", "sim/replay", "sim/spell", "sim/sweep", "sim/trace", "sim/trace/draw"},
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

// vendorWords are what a vendor's folder may be named by, and its names.
var vendorWords = map[string]*regexp.Regexp{
	"enos":    regexp.MustCompile(`(?i)\benos|envision`),
	"alibaba": regexp.MustCompile(`(?i)alibaba|aliyun|\balink`),
	"huawei":  regexp.MustCompile(`(?i)huawei|iotda`),
}

// What they share is said in the core, without a name; what differs is the vendor's, in its folder. That holds for
// comments too. Tests of the core may drive it with a dialect.
func TestTheCoreNamesNoVendorAndNoVendorAnother(t *testing.T) {
	looked := map[string]bool{}
	for dir, files := range goFiles(t) {
		if dir != "platform" && !strings.HasPrefix(dir, "platform/") {
			continue
		}
		for _, f := range files {
			text, err := os.ReadFile(f.name)
			if err != nil {
				t.Fatal(err)
			}
			looked[dir] = true
			for folder, words := range vendorWords {
				if word := words.Find(text); word != nil && path.Base(dir) != folder {
					t.Errorf("%s: names %s", f.name, word)
				}
			}
		}
	}
	for _, dir := range []string{"platform", "platform/broker", "platform/dialecttest", "platform/enos", "platform/alibaba", "platform/huawei"} {
		if !looked[dir] {
			t.Errorf("%s: no file was looked at", dir)
		}
	}
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
