package page

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

// given is a folder with a report.html to test instead of one that is made here:
//
//	go test ./report/page -run Browser -args -folder DIR
var given = flag.String("folder", "", "test the report.html of this folder")

func TestABrowserShowsTheNumbersOfTheSummaryAndTheKeyboardZooms(t *testing.T) {
	file, run := filepath.Join(*given, "report.html"), mixed(t)
	if *given != "" {
		var err error
		run, err = folder.Read(*given)
		must(t, err)
	} else {
		file = filepath.Join(t.TempDir(), "report.html")
		twoSides(t, file, run)
	}
	b := open(t)
	b.visit(file)
	numbersShown(t, b, run.Summary)
	chartsDrawn(t, b)
	zoomed(t, b)
	fitsPhoneDarkAndPaper(t, b)
	for _, c := range b.complaints() {
		t.Errorf("the browser complains: %s", c)
	}
}

// twoSides writes a page with a figure of two curves.
func twoSides(t *testing.T, file string, run *folder.Run) {
	t.Helper()
	lines := []Line{{Name: "base", Profile: curve(run.Loads[0].Latency)}, {Name: "head", Profile: curve(run.Loads[0].LatencyOK), Hue: 1}}
	page := write(t, &Page{Run: run, Sections: []Section{{ID: "extra", Title: "Extra", Figures: []Figure{{Title: "Both", Lines: lines}}}}})
	must(t, os.WriteFile(file, []byte(page), 0o644))
}

// numbersShown compares what a reader sees, and what the charts are drawn from, with summary.json.
func numbersShown(t *testing.T, b *browser, s *report.Summary) {
	t.Helper()
	var j bytes.Buffer
	must(t, report.WriteJSON(&j, s))
	var all any
	d := json.NewDecoder(&j)
	d.UseNumber()
	must(t, d.Decode(&all))
	var shown [][3]string
	b.eval(`[...document.querySelectorAll("data[data-path]")].filter((e) => e.getClientRects().length).map((e) => [e.dataset.path, e.value, e.innerText])`, &shown)
	seen := map[string]bool{}
	for _, n := range shown {
		want, ok := lookup(all, n[0])
		if !ok || want != json.Number(n[1]) || n[2] != text(n[0], json.Number(n[1])) && n[2] != "–" {
			t.Errorf("%s is shown as %q of %s, and the summary has %v", n[0], n[2], n[1], want)
		}
		seen[n[0]] = true
	}
	walk(all, "", func(path string) {
		if path != "schema" && !seen[path] {
			t.Errorf("%s is not to be seen", path)
		}
	})
	var sums []map[string]int64
	b.eval(`JSON.parse(document.getElementById("data").textContent).loads.map((l) => {
		const sum = (list) => list.reduce((a, v) => a + v, 0), of = { due: sum(l.due) };
		for (const o in l.outcomes) of[o] = sum(l.outcomes[o]);
		return of })`, &sums)
	for i, l := range s.Loads {
		if sums[i]["due"] != l.Arrivals {
			t.Errorf("%s: %d calls are due in the chart, the summary has %d", l.Name, sums[i]["due"], l.Arrivals)
		}
		for _, o := range report.Outcomes {
			if got := sums[i][o.String()]; got != l.Outcomes.Count(o) {
				t.Errorf("%s: %d %s in the chart, the summary has %d", l.Name, got, o, l.Outcomes.Count(o))
			}
		}
	}
}

// blank lists the charts that have nothing drawn.
const blank = `[...document.querySelectorAll("figure.plot")].filter((f) => {
	const c = f.querySelector("canvas");
	return !c || !c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v) }).map((f) => f.innerText)`

func chartsDrawn(t *testing.T, b *browser) {
	t.Helper()
	var figures int
	var empty []string
	b.eval(`document.querySelectorAll("figure.plot").length`, &figures)
	b.eval(`new Promise((done) => setTimeout(done, 50)).then(() => `+blank+`)`, &empty)
	if figures < 15 && *given == "" || len(empty) > 0 {
		t.Errorf("%d charts, and these are blank: %q", figures, empty)
	}
	var shift float64
	b.eval(`new Promise((done) => new PerformanceObserver((l) => done(l.getEntries().reduce((a, e) => a + e.value, 0))).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 200))`, &shift)
	if shift > 0.01 {
		t.Errorf("the layout shifts by %v while the page comes up", shift)
	}
}

// zoomed zooms by keyboard: all timelines show the same part of the run.
func zoomed(t *testing.T, b *browser) {
	t.Helper()
	var zoom string
	state := func() string { b.eval(`document.documentElement.dataset.zoom || ""`, &zoom); return zoom }
	b.eval(`document.querySelector(".shared").focus()`, nil)
	b.press("+")
	first := state()
	b.press("+")
	second := state()
	b.press("ArrowRight")
	third := state()
	if first == "" || second == "" || first == second || second == third {
		t.Errorf("two presses of + and one of → show %q, %q and %q", first, second, third)
	}
	b.press(".")
	var crosshair string
	b.eval(`document.querySelector(".shared .u-value").innerText`, &crosshair)
	if crosshair == "–" || crosshair == "" {
		t.Errorf("the crosshair is at %q after a step", crosshair)
	}
	b.press("0")
	if state() != "" {
		t.Errorf("0 leaves %q, want the whole run", zoom)
	}
}

func fitsPhoneDarkAndPaper(t *testing.T, b *browser) {
	t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}, nil)
	var paper string
	b.eval(`getComputedStyle(document.body).backgroundColor`, &paper)
	if paper != "rgb(20, 23, 26)" {
		t.Errorf("in the dark the paper is %s", paper)
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 800, "deviceScaleFactor": 2, "mobile": true}, nil)
	var size [2]int
	b.eval(`[document.scrollingElement.scrollWidth, innerWidth]`, &size)
	if size[0] > 390 || size[1] != 390 {
		t.Errorf("on a phone of 390 the page is %d wide in a view of %d", size[0], size[1])
	}
	var pdf struct{ Data []byte }
	b.call("Page.printToPDF", map[string]any{}, &pdf)
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF")) {
		t.Error("it does not print")
	}
}
