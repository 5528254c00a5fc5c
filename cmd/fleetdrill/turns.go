package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"fleetdrill/report"
	"fleetdrill/report/compare"
	results "fleetdrill/report/folder"
)

// turns runs a scenario with two versions in turns, each run in a process of its own.
type turns struct {
	file       string
	virtual    bool
	most       int
	budget     time.Duration // 0: none
	log        io.Writer
	tolerances func(head []*results.Run) report.Tolerances
	base, head side

	dir     string // of all runs
	passing bool   // dir goes away at the end
	began   time.Time
	longest time.Duration // of a turn
	plan    []int         // at which numbers of runs to look; nil before the first turn
	looked  int           // the last of them
	notes   []string
}

// open makes the folder for the runs: that of --out, or one for the time being.
func (b *turns) open(out string, force bool) (err error) {
	if out == "" {
		b.passing = true
		b.dir, err = os.MkdirTemp("", "fleetdrill-bench-")
		return err
	}
	b.dir = out
	entries, err := os.ReadDir(out)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return os.MkdirAll(out, 0o777)
	case err != nil:
		return fmt.Errorf("--out: %w", err)
	case len(entries) > 0 && !force:
		return fmt.Errorf("--out: %s is not empty; name another folder, or add --force to replace the bench in it", out)
	}
	for _, name := range []string{"base", "head"} {
		if err := b.clear(filepath.Join(out, name)); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	return nil
}

// clear takes away an earlier bench's runs, and nothing else.
func (b *turns) clear(dir string) error {
	old, _ := filepath.Glob(filepath.Join(dir, "[0-9][0-9][0-9]")) // the pattern is right
	for _, run := range old {
		if hasResults(run) || exists(filepath.Join(run, lockName)) {
			if err := os.RemoveAll(run); err != nil {
				return err
			}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (b *turns) close() {
	if b.passing {
		os.RemoveAll(b.dir)
	}
}

// measure makes runs until the answer is clear, there are enough, or the time is up.
func (b *turns) measure(ctx context.Context) (*report.Comparison, error) {
	b.began = time.Now()
	for turn := 0; b.believed() < b.most && turn < 2*b.most && b.timeFor(turn); turn++ {
		if err := b.turn(ctx, turn); err != nil && ctx.Err() == nil {
			return nil, err
		}
		if ctx.Err() != nil {
			break
		}
		if c, err := b.look(b.believed()); err != nil || c != nil {
			return c, err
		}
	}
	if len(b.base.runs) == 0 || len(b.head.runs) == 0 {
		return nil, errors.New("interrupted before there was a run of each side")
	}
	return b.compare(max(len(b.plan), 1))
}

// believed is how many runs of each side there are that are not inconclusive themselves. A baseline has what it has.
func (b *turns) believed() int {
	base, head := len(compare.Believed(b.base.runs)), len(compare.Believed(b.head.runs))
	if b.virtual || b.base.fixed {
		return len(b.head.runs)
	}
	return min(base, head)
}

// timeFor tells whether the next turn would end within the budget. The first one always begins.
func (b *turns) timeFor(turn int) bool {
	if b.budget == 0 || turn == 0 || time.Since(b.began)+b.longest <= b.budget {
		return true
	}
	b.note("the time is up after %s", several(turn, "turn"))
	return false
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (b *turns) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintln(b.log, "fleetdrill: "+text)
}

// turn makes a run of each side, every other time the other one first. A baseline is not run again.
func (b *turns) turn(ctx context.Context, turn int) error {
	began := time.Now()
	order := []*side{&b.base, &b.head}
	if turn%2 == 1 {
		slices.Reverse(order)
	}
	var said []string
	for _, s := range order {
		if s.fixed {
			continue
		}
		run, err := b.run(ctx, s, turn)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, run)
		said = append(said, s.name+" "+brief(run.Summary))
	}
	b.longest = max(b.longest, time.Since(began))
	fmt.Fprintf(b.log, "%3d of %d  %s\n", turn+1, b.most, strings.Join(said, "  ·  "))
	return nil
}

// brief is a run in a few words.
func brief(s *report.Summary) string {
	var parts []string
	for _, l := range s.Loads {
		parts = append(parts, fmt.Sprintf("%s p50 %s p99 %s", l.Name, report.FormatMicros(l.Latency.P50), report.FormatMicros(l.Latency.P99)))
	}
	return strings.Join(parts, ", ")
}

// farewellOfRun is how long a run that is interrupted may take for its last words.
const farewellOfRun = 30 * time.Second

// run makes one run, in a process group of its own: Ctrl-C is for this process, which passes it on once.
func (b *turns) run(ctx context.Context, s *side, turn int) (*results.Run, error) {
	dir := filepath.Join(b.dir, s.name, fmt.Sprintf("%03d", turn+1))
	args := []string{"run", b.file, "--out", dir, "--quiet"}
	for _, set := range s.sets {
		args = append(args, "--set", set)
	}
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Args[0] = "fleetdrill"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = farewellOfRun
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), os.RemoveAll(dir)) // half a run is not to be taken for one
	}
	var end *exec.ExitError
	if err != nil && (!errors.As(err, &end) || !hasResults(dir)) {
		return nil, fmt.Errorf("the run of %s failed: %w: %s", s.name, err, cmp.Or(strings.TrimSpace(said.String()), "it said nothing"))
	}
	if !hasResults(dir) {
		return nil, fmt.Errorf("the run of %s left no results: is %s a build of fleetdrill", s.name, s.binary)
	}
	return results.Read(dir)
}

// look compares when the plan says so, and returns the comparison if that ends the bench.
func (b *turns) look(runs int) (*report.Comparison, error) {
	if b.plan == nil { // how often to look depends on the number of figures, which the first turn tells
		c, err := b.compare(1)
		if err != nil {
			return nil, err
		}
		b.plan = b.planned(len(c.Figures))
		if b.virtual { // another run would be the same, and no evidence
			return c, nil
		}
	}
	if runs == b.most || runs <= b.looked || !slices.Contains(b.plan, runs) {
		return nil, nil
	}
	b.looked = runs
	c, err := b.compare(len(b.plan))
	if err != nil || !settled(c) {
		return nil, err
	}
	b.note("the answer is clear after %s", several(runs, "turn"))
	return c, nil
}

func (b *turns) planned(figures int) []int {
	need, given := compare.Enough(figures), len(compare.Believed(b.base.runs))
	switch {
	case b.virtual:
	case b.base.fixed && !compare.Tells(figures, given, b.most):
		b.note("%s of the baseline and %d of head cannot call anything worse: with %d figures that takes %d of each", several(given, "run"), b.most,
			figures, need)
	case !b.base.fixed && b.most < need:
		b.note("%s of each side cannot call anything worse: with %d figures that takes %d (-n %d)", several(b.most, "run"), figures, need, need)
	}
	return compare.Plan(figures, b.most)
}
