package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/compare"
	results "fleetdrill/report/folder"
)

// selftest tells whether a comparison of runs on this machine is right: it runs a small scenario, the same again, and with
// two changes planted, in turns, and compares stretches of them.
type selftest struct {
	turns
	variants []side // equal, shifted, second mode, equal again: the order of a turn, and of every other turn turned round
	cases    []verdicts

	took        time.Duration
	earlier     time.Duration // of the runs of an earlier selftest
	made, least int           // turns, and runs of each kind that can be believed
}

// window is how many runs of each side a comparison is made of.
const window = 10

// equalCases and plantedCases are how many comparisons are made where there are enough turns for as many.
const equalCases, plantedCases = 200, 20

// selftestScenario is what is run: latencies of tens of milliseconds, so that a change is one of the platform and not of timers.
const selftestScenario = `name: selftest
about: A hundred meters answer within tens of milliseconds; one in fifty may be told to take longer.
devices:
  - group: meters
    count: 100
    behaviour:
      - {weight: 98, respond: {after: "lognormal(40ms, p99=120ms)"}}
      - {weight: 2, respond: {after: "lognormal(40ms, p99=120ms)"}}
load:
  - name: ask
    to: meters
    call: invoke
    timeout: 5s
    arrivals:
      - {rate: 400/s, for: 4s}
harness: {max_lag: 30ms}
compare: {p999: off, overshoot: off}
`

const fast, slow = "devices.meters.behaviour.0.respond.after=", "devices.meters.behaviour.1.respond.after="

func newSelftest(log io.Writer, most int, budget time.Duration, binary string) *selftest {
	shift := `"lognormal(40ms, p99=132ms)"`
	return &selftest{turns: turns{most: most, budget: budget, log: log}, variants: []side{
		{name: "equal", binary: binary},
		{name: "shifted", binary: binary, sets: []string{fast + shift, slow + shift}},
		{name: "second-mode", binary: binary, sets: []string{slow + `"lognormal(200ms, p99=600ms)"`}},
		{name: "equal-again", binary: binary},
	}}
}

// verdicts are those of several comparisons of the same kind.
type verdicts struct {
	what, want string
	ok         func(worse, all int) bool
	all        int
	counts     map[report.Change]int
}

// run measures for as long as the budget lasts, and compares.
func (s *selftest) run(ctx context.Context) error {
	s.file = filepath.Join(s.dir, "selftest.yaml")
	if err := os.WriteFile(s.file, []byte(selftestScenario), 0o644); err != nil {
		return err
	}
	turn, err := s.resume()
	if err != nil {
		return err
	}
	s.began = time.Now()
	for first := turn; turn < s.most && s.timeFor(turn-first); turn++ {
		began := time.Now()
		order := []int{0, 1, 2, 3}
		if turn%2 == 1 {
			slices.Reverse(order)
		}
		for _, i := range order {
			r, err := s.turns.run(ctx, &s.variants[i], turn)
			if err != nil {
				return err
			}
			s.variants[i].runs = append(s.variants[i].runs, r)
		}
		s.longest = max(s.longest, time.Since(began))
		fmt.Fprintf(s.log, "%3d  equal %s  ·  shifted %s\n", turn+1, brief(s.variants[0].runs[turn].Summary), brief(s.variants[1].runs[turn].Summary))
	}
	s.took = time.Since(s.began) + s.earlier
	s.made, s.least = turn, turn
	for i := range s.variants {
		s.variants[i].runs = compare.Believed(s.variants[i].runs)
		s.least = min(s.least, len(s.variants[i].runs))
	}
	if s.least < window {
		return fmt.Errorf("%s were made in which %d runs of each kind can be believed, and a comparison takes %d: give it more --budget, or a quieter machine",
			several(turn, "turn"), s.least, window)
	}
	return s.judge(s.least - window + 1)
}

// resume reads the turns that an earlier selftest has left in the folder.
func (s *selftest) resume() (turns int, err error) {
	for ; ; turns++ {
		for _, v := range s.variants {
			if !hasResults(filepath.Join(s.dir, v.name, fmt.Sprintf("%03d", turns+1))) {
				return turns, nil
			}
		}
		for i := range s.variants {
			r, err := results.Read(filepath.Join(s.dir, s.variants[i].name, fmt.Sprintf("%03d", turns+1)))
			if err != nil {
				return 0, err
			}
			s.variants[i].runs = append(s.variants[i].runs, r)
			s.earlier += time.Duration(r.Summary.Harness.Wall * float64(time.Second))
		}
	}
}

// judge makes the comparisons, over all stretches of a window's length.
func (s *selftest) judge(stretches int) error {
	equal := verdicts{what: "the same thing twice", want: "at most 2 of 200 worse", ok: func(worse, all int) bool { return worse*200 <= 2*all || worse == 0 },
		all: equalCases}
	shifted := verdicts{what: "p99 10% higher", want: "at least 19 of 20 worse", ok: mostly, all: min(plantedCases, 2*stretches)}
	mode := verdicts{what: "2% of the calls 5 times slower", want: shifted.want, ok: mostly, all: shifted.all}
	source := rand.New(rand.NewPCG(1, 1))
	if err := s.each(&equal, func(i int) (base, head []*results.Run) {
		for at := range window { // which of the two equal ones is head is drawn, turn by turn
			pair := []*results.Run{s.variants[0].runs[i%stretches+at], s.variants[3].runs[i%stretches+at]}
			if source.IntN(2) == 1 {
				slices.Reverse(pair)
			}
			base, head = append(base, pair[0]), append(head, pair[1])
		}
		return base, head
	}); err != nil {
		return err
	}
	for i, v := range []*verdicts{&shifted, &mode} {
		if err := s.each(v, func(k int) (base, head []*results.Run) {
			from := k * stretches / v.all
			if v.all > stretches {
				from = k / 2
			}
			return s.variants[k%2*3].runs[from : from+window], s.variants[i+1].runs[from : from+window]
		}); err != nil {
			return err
		}
	}
	return nil
}

func mostly(worse, all int) bool { return worse*20 >= 19*all }

func (s *selftest) each(v *verdicts, sides func(int) (base, head []*results.Run)) error {
	v.counts = map[report.Change]int{}
	for i := range v.all {
		base, head := sides(i)
		c, err := compare.Runs(base, head, compare.Options{Tolerances: s.tolerances(head)})
		if err != nil {
			return err
		}
		v.counts[c.Verdict]++
	}
	s.cases = append(s.cases, *v)
	return nil
}

// table shows what came out, and whether all of it is right.
func (s *selftest) table(w io.Writer) (right bool, err error) {
	text := fmt.Sprintf("%d turns of 4 runs in %s; of each kind %d runs or more can be believed, and %d in a row of each side are\n"+
		"compared, which takes %s of measuring. With fewer than %d the stretches overlap, so that the comparisons are not\nindependent.\n\n"+
		"| what is compared | comparisons | worse | inconclusive | same | better | wanted | |\n|---|--:|--:|--:|--:|--:|---|---|\n",
		s.made, s.took.Round(time.Second), s.least, window, (s.took / 2 * window / time.Duration(s.least)).Round(time.Second), window*plantedCases)
	right = true
	for _, v := range s.cases {
		mark := "✓"
		if !v.ok(v.counts[report.Worse], v.all) {
			mark, right = "✗", false
		}
		text += fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %s | %s |\n", v.what, v.all, v.counts[report.Worse], v.counts[report.Unclear],
			v.counts[report.Same], v.counts[report.Better], v.want, mark)
	}
	_, err = io.WriteString(w, text)
	return right, err
}
