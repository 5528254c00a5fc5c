package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// CourseSchema is the version of course.json. It changes when a key changes its meaning or goes away.
const CourseSchema = 1

// Course is what went on around the loads in the course of a run: course.json. Rows are as in timeline.csv, and so is
// what they begin with: the start of the run. Apart from Machine it is the same in every run on the virtual clock.
type Course struct {
	Schema   int             `json:"course"`
	Width    float64         `json:"width_s"` // of a row
	Phases   []Phase         `json:"phases"`
	Faults   []Phase         `json:"faults"` // To is From where a fault is over at once
	Rows     CourseRows      `json:"rows"`
	Machine  []MachineSample `json:"machine"`    // none on the virtual clock
	LateBy   Quantiles       `json:"late_by_us"` // late replies: from their command's ending
	Away     Quantiles       `json:"away_us"`    // from a device's loss of its connection to its next one
	Over     Profile         `json:"over_curve"` // timeouts.overshoot_us of summary.json
	LateLine Profile         `json:"late_curve"` // late_by_us
	Wait     Profile         `json:"wait_curve"` // cache.wait_us of summary.json
	AwayLine Profile         `json:"away_curve"` // away_us
}

// Phase is a stretch of a run, or a fault in it.
type Phase struct {
	Name string  `json:"name"`
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

// CourseRows are columns, each of one number a row.
type CourseRows struct {
	Online  []int64 `json:"online"`  // devices, at the end of the row
	Open    []int64 `json:"open"`    // commands without ending on the platform, at the end of the row
	Waiting []int64 `json:"waiting"` // those of them that rest in the cache

	Connected []int64 `json:"connected"` // devices that connected in the row, again or for the first time
	Lost      []int64 `json:"lost"`      // connections that ended, wanted or not
	Refused   []int64 `json:"refused"`   // connections that failed
	Fired     []int64 `json:"fired"`     // timeouts
	Late      []int64 `json:"late"`      // late replies
	Filled    []int64 `json:"filled"`    // cached commands: accepted,
	Drained   []int64 `json:"drained"`   // delivered after a rest,
	Expired   []int64 `json:"expired"`   // expired

	Lag []int64 `json:"lag_max_us"` // how late the load generator sent a call, at worst
}

// MachineSample is the process at a moment of a run on the real clock.
type MachineSample struct {
	At         float64 `json:"at_s"`
	CPU        float64 `json:"cpu_share"` // of all cores, since the sample before
	Heap       int64   `json:"heap_bytes"`
	Stacks     int64   `json:"stack_bytes"`
	Goroutines int64   `json:"goroutines"`
	GCPause    int64   `json:"gc_pause_max_us"` // since the sample before
}

// Profile is a distribution for the percentile axis of HdrHistogram: pairs of a share of the values, from 0 to 1, and a
// duration in microseconds that so many do not exceed. Halfway to 1 there are as many points again.
type Profile [][2]float64

// ProfileTicks is how many points a curve has on each half of the way that is left to 1.
const ProfileTicks = 8

// Shares yields the shares at which a curve of n values has points; the last is 1.
func Shares(n int64) []float64 {
	var list []float64
	for left := 1.0; n > 0 && left*float64(n) >= 1; left /= 2 {
		for tick := range ProfileTicks {
			list = append(list, 1-left*(1-float64(tick)/(2*ProfileTicks)))
		}
	}
	return append(list, 1)
}

// ProfileOf is the curve of a list. It sorts the list.
func ProfileOf(list []time.Duration) Profile {
	if len(list) == 0 {
		return Profile{}
	}
	slices.Sort(list)
	var c Profile
	for _, share := range Shares(int64(len(list))) {
		i := max(int(math.Ceil(share*float64(len(list))-1e-9)), 1)
		c = c.Append(share, micros(list[min(i, len(list))-1]))
	}
	return c
}

// Append adds a point; of points that lie on one level it keeps the ends, and the last in any case.
func (c Profile) Append(share float64, us int64) Profile {
	if n := len(c); n > 1 && share < 1 && c[n-1][1] == float64(us) && c[n-2][1] == float64(us) {
		c[n-1][0] = share
		return c
	}
	return append(c, [2]float64{math.Round(share*1e9) / 1e9, float64(us)})
}

// WriteCourse writes course.json.
func WriteCourse(w io.Writer, c *Course) error {
	filled := *c
	filled.Schema = CourseSchema
	if err := json.NewEncoder(w).Encode(&filled); err != nil {
		return fmt.Errorf("writing course: %w", err)
	}
	return nil
}

// ReadCourse reads what WriteCourse wrote. A file of another version is an error that says so.
func ReadCourse(r io.Reader) (*Course, error) {
	var c Course
	text, err := io.ReadAll(r)
	if err == nil {
		var head struct{ Course int }
		if err = json.Unmarshal(text, &head); err == nil && head.Course != CourseSchema {
			return nil, fmt.Errorf("reading course: its schema is version %d, this program reads version %d", head.Course, CourseSchema)
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return nil, fmt.Errorf("reading course: %w", err)
	}
	return &c, nil
}

// RowWidth is how long the rows of a run of this length are: what a Recorder's timeline has.
func RowWidth(elapsed time.Duration) time.Duration {
	width := time.Second
	for elapsed/width >= maxRows {
		width *= 2
	}
	return width
}
