package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
	"fleetdrill/sim/check"
	"fleetdrill/sim/hunt"
)

// workerCommand is this binary as a worker of a hunt.
func workerCommand() *cobra.Command {
	return &cobra.Command{Use: workerName, Hidden: true, Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		signal.Ignore(os.Interrupt, syscall.SIGTERM) // the hunt ends its workers itself
		// What a bubble leaves goes with the second collection that finds it: to the first it looks alive, so that the
		// percentage alone would let the heap grow by a factor from each to the next.
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(workerMemory)
		results := os.NewFile(3, "results") // stdout belongs to whoever cannot keep from printing
		inBubbles(func(open func(func()) error) int {
			w := worker{open: open}
			if err := hunt.Serve(os.Stdin, results, w.run); err != nil {
				fmt.Fprintln(os.Stderr, "fleetdrill: worker:", err)
				return exitNoAnswer
			}
			return exitPass
		})
		return nil
	}}
}

const workerName = "worker"

// workerMemory is from how many bytes on a worker collects its garbage more often. A run may need more.
const workerMemory = 256 << 20

// newWorker is the command for one more process of this binary.
func newWorker() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self, workerName)
	cmd.Args[0] = os.Args[0]                       // in tests this binary is what it is called
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // a run has one thing to do at a time; more processes, not more threads
	return cmd
}

// worker makes one run after the other, each in a bubble of its own.
type worker struct {
	open func(inside func()) error

	text   string // of the last scenario
	parsed *scenarios.Scenario

	dir  string // of the last history
	then *check.History
}

func (w *worker) run(j hunt.Job) (hunt.Result, bool) {
	broken := func(err error) hunt.Result {
		return hunt.Result{Failures: []hunt.Failure{{Kind: hunt.Broken, Example: err.Error()}}}
	}
	s, err := w.scenario(j)
	if err != nil {
		return hunt.Result{Invalid: err.Error()}, false
	}
	seen := hunt.NewCoverage()
	d := newDrill(s)
	if j.Then != "" {
		then, err := w.history(j.Then)
		if err != nil {
			return broken(err), false
		}
		d.script = sim.NewScript(s, then)
	}
	d.watch, d.alone = seen.Note, true
	if err := w.open(func() { d.run(context.Background(), settle) }); err != nil {
		return hunt.Result{Failures: []hunt.Failure{{Kind: hunt.Panic, Example: err.Error() + "\n" + stacks()}}}, true
	}
	if d.err != nil {
		return broken(d.err), false
	}
	seen.Ended(d.summary.Loads)
	r := hunt.Result{Commands: int(d.summary.Arrivals()), Virtual: d.summary.Elapsed, Seen: seen.Seen()}
	r.Failures, r.Doubts = hunt.Failures(d.summary)
	r.Endings = hunt.Endings(d.summary)
	if j.Digest {
		h := sha256.New()
		if err := d.history.WriteJSONL(h); err != nil {
			return broken(err), false
		}
		r.Digest = hex.EncodeToString(h.Sum(nil))
	}
	if j.Out != "" {
		if err := w.keep(d, j.Out); err != nil {
			r.Unkept = err.Error()
		}
	}
	return r, false
}

// scenario is the job's, parsed once for all jobs that have nothing but their seeds apart.
func (w *worker) scenario(j hunt.Job) (*scenarios.Scenario, error) {
	if j.Out != "" {
		return scenarios.Parse("scenario", []byte(j.Text), []string{"seed=" + strconv.FormatUint(j.Seed, 10)})
	}
	if w.parsed == nil || w.text != j.Text {
		s, err := scenarios.Parse("scenario", []byte(j.Text), nil)
		if err != nil {
			return nil, err
		}
		w.text, w.parsed = j.Text, s
	}
	s := *w.parsed
	s.Seed, s.Load = j.Seed, slices.Clone(s.Load)
	return &s, nil
}

// history is an earlier run's, read once for all jobs that make it again.
func (w *worker) history(dir string) (*check.History, error) {
	if w.dir == dir {
		return w.then, nil
	}
	h, err := readHistory(dir, nil)
	if err == nil {
		w.dir, w.then = dir, h
	}
	return h, err
}

// keep leaves everything about a run in a folder.
func (w *worker) keep(d *drill, dir string) error {
	out, err := openFolder(dir, true)
	if err != nil {
		return err
	}
	defer out.close()
	return out.write(d.result)
}

func stacks() string {
	b := make([]byte, 1<<18)
	return string(b[:runtime.Stack(b, true)])
}
