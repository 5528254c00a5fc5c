// Package folder reads the results that a run has left in a folder: what `fleetdrill run --out DIR` writes.
//
//	run, err := folder.Read(dir)      // err says in a sentence why there is nothing to believe
//	run.Summary                       // summary.json
//	run.Load("reboot").Rows           // the timeline, a second a row, with a histogram in each
//	run.Load("reboot").Latency        // the same calls in one histogram; LatencyOK, Lag and Service beside it
//
// Read is strict: a file of another version, a file that is missing or cut off, or files that do not tell of the same
// calls are errors and never numbers. Histograms count nanoseconds, with three digits. Reading changes nothing in the
// folder. A Run is not to be changed and may be read concurrently.
package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"fleetdrill/report"
)

// Names of the files that Read needs. Their writers are report.WriteJSON, WriteHDRLog and WriteTimeline.
const (
	SummaryFile  = "summary.json"
	LatencyFile  = "latency.hlog"
	TimelineFile = "timeline.csv"
	ScenarioFile = "scenario.yaml"
	CourseFile   = "course.json"
)

// Run is one folder.
type Run struct {
	Dir      string
	Began    time.Time // on the run's clock, in whole seconds
	Summary  *report.Summary
	Loads    []Load         // in the order of the summary
	Scenario []byte         // scenario.yaml; nil if the folder has none
	Course   *report.Course // course.json; nil if the folder has none
}

// Load is one stream of calls over time. A histogram of nothing is nil.
type Load struct {
	Name               string
	Rows               []Row                         // from the start of the run, without gaps, all of one width
	Latency, LatencyOK *hdrhistogram.PackedHistogram // due to done: all outcomes but dropped, and ok alone
	Lag, Service       *hdrhistogram.PackedHistogram // due to sent, sent to done
}

// Row is one interval: its counts, and the latency of the calls that were over in it. A histogram of nothing is nil.
type Row = report.Interval

// Load returns the load with that name; nil if there is none.
func (r *Run) Load(name string) *Load {
	for i := range r.Loads {
		if r.Loads[i].Name == name {
			return &r.Loads[i]
		}
	}
	return nil
}

// Read reads a folder.
func Read(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	for _, step := range []func() error{r.readSummary, r.readTimeline, r.readLatency, r.readScenario, r.readCourse, r.check} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// open reads a file whole, and says what its absence means.
func (r *Run) open(name, absent string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(r.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Stat(r.Dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s is not a folder with results: name one that fleetdrill run --out has written", r.Dir)
		}
		return nil, fmt.Errorf("%s has no %s: %s", r.Dir, name, absent)
	}
	return text, err
}

func (r *Run) readSummary() error {
	text, err := r.open(SummaryFile, "its run is not over or was killed; name the folder of a whole run")
	if err != nil {
		return err
	}
	if r.Summary, err = report.ReadSummary(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(r.Dir, SummaryFile), err)
	}
	for _, l := range r.Summary.Loads {
		r.Loads = append(r.Loads, Load{Name: l.Name})
	}
	return nil
}

const older = "an older version of this program wrote the folder, or the file was lost; run the scenario again"

func (r *Run) readTimeline() error {
	text, err := r.open(TimelineFile, older)
	if err != nil {
		return err
	}
	rows, err := report.ReadTimeline(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(r.Dir, TimelineFile), err)
	}
	for i := range r.Loads {
		for _, row := range rows[r.Loads[i].Name] {
			r.Loads[i].Rows = append(r.Loads[i].Rows, Row{Row: row})
		}
	}
	return nil
}

// startTime is where an HdrHistogram log says when it began.
var startTime = regexp.MustCompile(`(?m)^#\[StartTime: ([0-9]+)`)

func (r *Run) readLatency() error {
	text, err := r.open(LatencyFile, older)
	if err != nil {
		return err
	}
	if m := startTime.FindSubmatch(text); m != nil {
		s, _ := strconv.ParseInt(string(m[1]), 10, 64) // digits; one that is too long is no time, and ends at the last
		r.Began = time.Unix(s, 0).UTC()
	}
	log := hdrhistogram.NewHistogramLogReader(bytes.NewReader(text))
	for {
		h, err := log.NextIntervalHistogram()
		if err == nil && h == nil {
			return nil
		}
		if err == nil {
			err = r.place(h)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(r.Dir, LatencyFile), err)
		}
	}
}

func (r *Run) readCourse() error {
	text, err := os.ReadFile(filepath.Join(r.Dir, CourseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		r.Course, err = report.ReadCourse(bytes.NewReader(text))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(r.Dir, CourseFile), err)
	}
	return nil
}

func (r *Run) readScenario() error {
	text, err := os.ReadFile(filepath.Join(r.Dir, ScenarioFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.Scenario = text
	return err
}
