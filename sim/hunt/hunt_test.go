package hunt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fleetdrill/scenarios"
)

// This binary is a worker, too, that needs no platform: what a run does is in its seed.
func TestMain(m *testing.M) {
	if os.Getenv("HUNT_TEST_WORKER") == "" {
		os.Exit(m.Run())
	}
	err := Serve(os.Stdin, os.NewFile(3, "results"), func(j Job) (Result, bool) {
		r := Result{Commands: 2, Virtual: 1, Seen: map[string]int{"state sent": 1}}
		if j.Digest {
			r.Digest = "same"
		}
		switch j.Seed {
		case diesAgain:
			if os.Remove(os.Getenv("HUNT_TEST_KILL")) != nil {
				return Result{Failures: []Failure{{Kind: Panic, Example: "deadlock"}}}, true
			}
		case noScenario:
			r.Invalid = "scenario:3:1: nonsense"
		case neverTheSame, wrongAndNeverTheSame:
			r.Digest = fmt.Sprint(os.Getpid(), time.Now())
		case killedOnce, killedAlways:
			if j.Seed == killedAlways || os.Remove(os.Getenv("HUNT_TEST_KILL")) == nil {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
		switch j.Seed % 100 {
		case 17:
			r.Failures = []Failure{{Kind: Rule, Name: "one-copy", Example: fmt.Sprintf("ask %d: seen %d times", j.Seed, j.Seed)}}
		case 33:
			panic("pool table broken")
		case 44:
			time.Sleep(time.Hour)
		case 55:
			return Result{Failures: []Failure{{Kind: Panic, Example: "deadlock"}}}, true
		case 77: // what is known from 17, and what that hides
			r.Failures = []Failure{{Kind: Rule, Name: "one-copy", Example: fmt.Sprintf("ask %d: seen %d times", j.Seed, j.Seed)},
				{Kind: Expectation, Name: "ask.ok.share > 99%", Example: "20%"}, {Kind: Expectation, Name: "ask.ok.share > 99%", Example: "20%"}}
		case 66:
			r.Doubts = []string{"no calls were due"}
		}
		return r, false
	})
	if err != nil {
		os.Exit(1)
	}
}

// Seeds whose worker is killed, the first time only and each time, one whose runs differ, and one whose job is none.
const (
	killedOnce   = 1000
	killedAlways = 1001
	neverTheSame = 1100
	noScenario   = 1200

	wrongAndNeverTheSame = 1117
	diesAgain            = 1217 // the first time it comes to its end, with a failure
)

func testPool(t *testing.T) *Pool {
	p := &Pool{Jobs: 2, Bound: 20 * time.Second, Command: func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "HUNT_TEST_WORKER=1")
		return cmd
	}}
	t.Cleanup(p.Close)
	return p
}

func testPlans(t *testing.T) []*Plan {
	s, err := scenarios.Open("liars", nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(s, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return []*Plan{p}
}

func TestAHuntStopsAtTheFirstFindingOrCollectsAllWaysToFail(t *testing.T) {
	alone := testPool(t)
	alone.Jobs = 1 // of two, one may do a dozen runs before the other is heard
	h := &Hunt{Plans: testPlans(t), Pool: alone, From: 10, Seeds: 1000}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := h.Findings(); len(f) != 1 || f[0].Seed != 17 || h.Total().Runs > 9 {
		t.Errorf("%+v after %d runs; want seed 17 and no more than what was under way", f, h.Total().Runs)
	}
	pool := testPool(t)
	more := func() bool { // hangs than those of 44 and 144
		return slices.ContainsFunc(h.Findings(), func(f Finding) bool { return f.Failure.Kind == Hang && (f.Seed != 44 || f.Times != 2) })
	}
	for pool.Bound = 500 * time.Millisecond; ; pool.Bound *= 4 { // the others take none, but a busy machine may need long to start a worker
		h = &Hunt{Plans: h.Plans, Pool: pool, From: 0, Seeds: 220, All: true}
		if err := h.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !more() || pool.Bound > 20*time.Second {
			break
		}
	}
	var got []string
	for _, f := range h.Findings() {
		got = append(got, fmt.Sprintf("%d %s x%d", f.Seed, f.Failure.Kind, f.Times))
	}
	want := "17 rule x5, 33 death x2, 44 hang x2, 55 panic x2, 77 expectation x2"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if total := h.Total(); total.Runs != 220 || total.Failed != 11 || total.Doubtful != 2 || h.Seen(0)["state sent"] != 220-6 {
		t.Errorf("total %+v, seen %v", total, h.Seen(0))
	}
	if doubt := h.Total().Doubt; doubt != "no calls were due (seed 66)" && doubt != "no calls were due (seed 166)" {
		t.Errorf("of runs that say nothing one is named: %s", doubt)
	}
	if f := h.Findings()[1]; !strings.HasPrefix(f.Failure.Example, "panic: pool table broken\n") {
		t.Errorf("a death says why first: %.60q", f.Failure.Example)
	}
}

func TestARunWhoseWorkerIsKilledIsMadeOnceMoreBeforeItCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kill")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HUNT_TEST_KILL", file)
	h := &Hunt{Plans: testPlans(t), Pool: testPool(t), From: killedOnce, Seeds: 3, All: true}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("the first worker was not killed")
	}
	if f := h.Findings(); len(f) != 1 || f[0].Seed != killedAlways || f[0].Failure.Kind != Death || !strings.Contains(f[0].Failure.Example, "killed") {
		t.Errorf("%+v; want the death of seed %d alone", f, killedAlways)
	}
	if total := h.Total(); total.Runs != 3 || total.Failed != 1 || total.Killed != 2 || total.Commands != 4 {
		t.Errorf("%+v; want 3 runs of which 2 were made again", total)
	}
}

func TestAHuntWithoutWorkersOrScenariosIsAnErrorAndOneThatIsInterruptedIsNot(t *testing.T) {
	none := &Pool{Jobs: 2, Bound: time.Second, Command: func() *exec.Cmd { return exec.Command("/does/not/exist") }}
	h := &Hunt{Plans: testPlans(t), Pool: none, Seeds: 10}
	if err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "could not be started") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	h = &Hunt{Plans: h.Plans, Pool: testPool(t), From: noScenario - 1, Seeds: 4, All: true}
	if err := h.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "seed 1200 is no scenario: scenario:3:1: nonsense") || len(h.Findings()) > 0 {
		t.Errorf("%v, %+v", err, h.Findings())
	}
	h = &Hunt{Plans: h.Plans, Pool: h.Pool, From: 44, Seeds: 1} // hangs
	time.AfterFunc(100*time.Millisecond, func() { cancel(errors.New("enough")) })
	if err := h.Run(ctx); err != nil || h.Total().Runs != 0 {
		t.Errorf("%v, %d runs", err, h.Total().Runs)
	}
}

func TestSomeRunsAreMadeTwiceAndHaveToBeTheSame(t *testing.T) {
	plans, pool := testPlans(t), testPool(t)
	for from, want := range map[uint64]string{ // of three seeds the first is run twice
		neverTheSame:         "not the same twice: two runs with this seed have different histories",
		neverTheSame - 1:     "",
		wrongAndNeverTheSame: "rule one-copy: ask 1117: seen 1117 times, not the same twice: two runs with this seed have different histories",
		neverTheSame + 1:     "",
	} {
		h := &Hunt{Plans: plans, Pool: pool, From: from, Seeds: 3, All: true}
		if err := h.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range h.Findings() {
			found = append(found, f.Failure.String())
		}
		if got := strings.Join(found, ", "); got != want || h.Total().Twice != 1 || h.Total().Runs != 3 {
			t.Errorf("from seed %d: %q, want %q; %+v", from, found, want, h.Total())
		}
	}
}

func TestTheCellsOfAMatrixShareTheSeedsAndKeepWhatTheyFindApart(t *testing.T) {
	cells, err := scenarios.OpenAll("three-clouds", nil)
	if err != nil || len(cells) != 3 {
		t.Fatal(cells, err)
	}
	h := &Hunt{Pool: testPool(t), From: 17, Seeds: 8, All: true} // 17 fails
	for _, s := range cells {
		p, err := NewPlan(s, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		h.Plans = append(h.Plans, p)
	}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range h.Findings() {
		found = append(found, SeedOf(f.Cell, f.Seed))
	}
	if got, want := strings.Join(found, ", "), "seed 17 of alibaba, seed 17 of enos, seed 17 of huawei"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	for i, want := range []int{3, 3, 2} {
		if got := h.Seen(i)["state sent"]; got != want {
			t.Errorf("%s had %d runs, want %d", cells[i].Cell, got, want)
		}
	}
	h = &Hunt{Plans: h.Plans, Pool: h.Pool, From: 66, Seeds: 2} // 66 says nothing
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle, doubtful := h.Silent()
	if len(idle) != 1 || idle[0] != cells[2].Cell || len(doubtful) != 2 || doubtful[0] != cells[0].Cell {
		t.Errorf("no run of %s, and %s say nothing; want the last, and the others", idle, doubtful)
	}
}

func TestARunFailsAsAnotherWhicheverOfItsFailuresThatIs(t *testing.T) {
	a, b := Failure{Rule, "one-copy", "ask 17: seen 2 times"}, Failure{Expectation, "ask.ok.share > 90%", "20.1%"}
	r := Result{Failures: []Failure{a, b}}
	if !r.FailsAs(a) || !r.FailsAs(b) || r.FailsAs(Failure{Hang, "", ""}) {
		t.Errorf("%+v fails as it does, and not otherwise", r)
	}
}

func TestFailuresOfTheSameWayHaveTheSameWords(t *testing.T) {
	a := Failure{Rule, "one-copy", "ask 17: it was seen 2 times and published 1 times, 1m3.5s after"}
	b := Failure{Rule, "one-copy", "reboot 3: it was seen 12 times and published 10 times, 20µs after"}
	c := Failure{Rule, "one-copy", "ask 17: no device sees another's"}
	if a.Way() != b.Way() || a.Way() == c.Way() {
		t.Errorf("%q, %q, %q", a.Way(), b.Way(), c.Way())
	}
	missed := Failure{Expectation, "ask.ok.share > 90%", "20.1%"}
	if missed.Way() == (Failure{Expectation, missed.Name, "no data"}).Way() || missed.Way() != (Failure{Expectation, missed.Name, "89%"}).Way() {
		t.Error("no data is not the same as too little")
	}
}
