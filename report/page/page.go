// Package page makes report.html: one file that shows a run, with everything it needs inside.
//
//	run, err := folder.Read(dir)                    // or folder.Of, right after the run
//	p := page.Page{Run: run}
//	p.Sections = append(p.Sections, page.Section{...}) // parts that others have made: causes of endings, a comparison
//	err = p.Write(w)
//
// The numbers are made here, as text, so that the page says them without JavaScript; each carries the value of
// summary.json that it is, and its path there. The charts are drawn in the browser by uPlot (uplot/, MIT) from one block
// of JSON: chart.go says what is in it, app.js draws it.
//
// A new number is a {{num "path"}} in page.gohtml. A new chart is a row in charts of app.js and a place for it in the
// template. Whatever is not about one run's summary is a Section.
package page

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"fleetdrill/report"
	"fleetdrill/report/folder"
)

//go:embed page.gohtml style.css app.js uplot
var files embed.FS

// Page is what the file shows.
type Page struct {
	Run      *folder.Run
	About    string    // what the scenario is for
	Sections []Section // in their order: those of the top behind the loads at a glance, the others behind the loads
}

// Section is a part of the page that somebody else has made.
type Section struct {
	ID, Title string   // ID: of the link to it
	Top       bool     // it is what the reader wants to know first
	Word      string   // beside the verdict of the run
	Mark      string   // of the word and the notes: "good", "bad", "doubt" or none
	Notes     []string // marked, before anything else
	Lead      string   // a sentence or two
	Figures   []Figure
	Tables    []Table
	Texts     []Text
}

// Table is a table. Cells of Num columns are flush right.
type Table struct {
	Head []string
	Num  []bool // by column; a missing one is false
	Rows [][]Cell
}

// Cell is a text, with a link to a part of the page where To is its ID, and a mark: "good", "bad", "doubt" or none.
type Cell struct{ Text, To, Mark string }

// Text is preformatted, folded under its title.
type Text struct{ ID, Title, Body string }

// Figure is a chart of latency by percentile.
type Figure struct {
	Title string
	Lines []Line
}

// Line is one curve of a Figure, with a hue: 0 and 1 for two sides that are compared, from 2 on as many as there are.
type Line struct {
	Name    string
	Profile report.Profile
	Hue     int
	Dashed  bool
}

// Write writes the page.
func (p *Page) Write(w io.Writer) error {
	v, err := newView(p)
	if err != nil {
		return fmt.Errorf("writing report.html: %w", err)
	}
	t, err := template.New("page.gohtml").Funcs(v.funcs()).ParseFS(files, "page.gohtml")
	if err != nil {
		return fmt.Errorf("writing report.html: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("writing report.html: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing report.html: %w", err)
	}
	return nil
}

// view is what the template sees.
type view struct {
	*Page
	S        *report.Summary
	Course   *report.Course
	numbers  any             // summary.json as it is
	shown    map[string]bool // paths of numbers that the page has
	Data     template.JS
	Style    template.CSS
	UPlot    template.JS
	UPlotCSS template.CSS
	App      template.JS
	License  string
	Began    string
}

func newView(p *Page) (*view, error) {
	v := &view{Page: p, S: p.Run.Summary, Course: p.Run.Course, shown: map[string]bool{}}
	var b bytes.Buffer
	if err := report.WriteJSON(&b, v.S); err != nil {
		return nil, err
	}
	d := json.NewDecoder(&b)
	d.UseNumber()
	if err := d.Decode(&v.numbers); err != nil {
		return nil, err
	}
	data, err := json.Marshal(chartData(p))
	if err != nil {
		return nil, err
	}
	v.Data = template.JS(data) // json.Marshal writes < as \u003c: nothing in it ends the script
	v.Style, v.UPlotCSS = template.CSS(asset("style.css")), template.CSS(asset("uplot/uPlot.min.css"))
	v.App, v.UPlot = template.JS(asset("app.js")), template.JS(asset("uplot/uPlot.iife.min.js"))
	v.License = strings.TrimSpace(asset("uplot/LICENSE"))
	if v.S.Clock == "real" {
		v.Began = p.Run.Began.Format("2006-01-02 15:04:05 UTC")
	}
	return v, nil
}

// Stray tells whether the folder does not say what went on around the loads.
func (v *view) Stray() bool { return v.Course == nil }

// Cached tells whether there is anything to say about the cache.
func (v *view) Cached() bool { return v.S.Cache.Filled+v.S.Cache.Rejected > 0 }

// Part are the sections of the top, or the others.
func (p *Page) Part(top bool) (list []Section) {
	for _, s := range p.Sections {
		if s.Top == top {
			list = append(list, s)
		}
	}
	return list
}

// Lateness tells whether there is anything to draw of deadlines.
func (v *view) Lateness() bool {
	return v.Course != nil && v.S.Timeouts.Overshoot.Max+v.Course.LateBy.Max > 0
}

// Slow tells whether any call took time that can be drawn: on the virtual clock none may have.
func (v *view) Slow() bool {
	return slices.ContainsFunc(v.S.Loads, func(l report.Load) bool { return l.Latency.Max > 0 })
}

// Again is how to make the run again.
func (v *view) Again() string {
	return fmt.Sprintf("fleetdrill run scenario.yaml --out again        # seed %d, %s clock", v.S.Seed, v.S.Clock)
}

func asset(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}
