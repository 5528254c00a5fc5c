package hunt

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Pool is a number of processes that make runs, each one run after the other. A process that dies, or does not come
// to an end in time, is a result like any other, and is replaced.
//
// A worker reads jobs from its standard input and writes results to file 3, a JSON value a line; it ends with its input.
type Pool struct {
	Command func() *exec.Cmd // one worker, not started
	Jobs    int              // how many
	Bound   time.Duration    // of a run, on the wall clock, without the time for which the machine stood still

	mu   sync.Mutex
	idle []*worker
	all  map[*worker]bool
}

// Run makes one run. It may be called concurrently; an end of ctx ends it without a result. A job that is no scenario is
// an error.
//
// A worker that is killed says nothing about its run: somebody did it, or the kernel for want of memory. Such a run is
// made once more, and is a finding if that is killed, too.
func (p *Pool) Run(ctx context.Context, j Job) (Result, error) {
	r, err := p.once(ctx, j)
	if err == nil && r.Invalid != "" {
		err = fmt.Errorf("what was to run with seed %d is no scenario: %s", j.Seed, r.Invalid)
	}
	if err != nil || !r.killed {
		return r, err
	}
	r, err = p.once(ctx, j)
	r.killed = true
	return r, err
}

// Twice makes one run two times. That they are not the same is a failure, beside those that the first has if it came to its
// end.
func (p *Pool) Twice(ctx context.Context, j Job) (Result, error) {
	j.Digest = true
	r, err := p.Run(ctx, j)
	first, failed := r.Fails()
	if err != nil || failed && !first.judged() {
		return r, err
	}
	again, err := p.Run(ctx, j)
	if err != nil {
		return Result{}, err
	}
	r.killed = r.killed || again.killed
	switch f, second := again.Fails(); {
	case second && !f.judged():
		r.Failures = append(r.Failures, Failure{Kind: Unlike, Example: "one run with this seed came to its end, and the next did not: " + f.String()})
	case second && !failed:
		r.Failures = []Failure{{Kind: Unlike, Example: "the first run has no fault, and the second has: " + f.String()}}
	case again.Digest != r.Digest:
		r.Failures = append(r.Failures, Failure{Kind: Unlike, Example: "two runs with this seed have different histories"})
	}
	return r, nil
}

func (p *Pool) once(ctx context.Context, j Job) (Result, error) {
	w, err := p.take()
	if err != nil {
		return Result{}, err
	}
	answer := make(chan Result, 1)
	go func() { answer <- w.run(j) }()
	tick := time.NewTicker(p.Bound/parts + 1)
	defer tick.Stop()
	r, err := await(ctx, answer, tick.C)
	switch {
	case errors.Is(err, errHang):
		w.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines go to its stderr
		p.endAfter(w, answer)
		r = Result{Failures: []Failure{{Kind: Hang, Example: fmt.Sprintf("no end within %v\n%s", p.Bound, w.words.String())}}}
	case err != nil:
		p.end(w)
		<-answer
		return Result{}, err
	}
	if f, failed := r.Fails(); failed && !f.judged() && f.Kind != Broken {
		p.end(w) // what it holds is not to be trusted
		return r, nil
	}
	p.mu.Lock()
	p.idle = append(p.idle, w)
	p.mu.Unlock()
	return r, nil
}

// parts are those of a bound, a tick each. While the machine stands still, suspended or frozen, nobody counts: ticks are
// missed, and of all that time one counts.
const parts = 100

var errHang = errors.New("no end within the bound")

// await waits for a result, for as many ticks as a bound has.
func await(ctx context.Context, answer <-chan Result, tick <-chan time.Time) (Result, error) {
	for range parts {
		select {
		case r := <-answer:
			return r, nil
		case <-ctx.Done():
			return Result{}, context.Cause(ctx)
		case <-tick:
		}
	}
	return Result{}, errHang
}

func (p *Pool) take() (*worker, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return w, nil
	}
	w, err := start(p.Command())
	if err != nil {
		return nil, fmt.Errorf("a worker could not be started: %w", err)
	}
	if p.all == nil {
		p.all = map[*worker]bool{}
	}
	p.all[w] = true
	return w, nil
}

func (p *Pool) end(w *worker) {
	p.mu.Lock()
	delete(p.all, w)
	p.mu.Unlock()
	w.cmd.Process.Kill()
	w.close()
}

func (p *Pool) endAfter(w *worker, answer <-chan Result) {
	select {
	case <-answer:
	case <-time.After(2 * time.Second):
	}
	p.end(w)
}

// Close ends all workers. No Run may be under way.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.all {
		w.in.Close()
		w.close()
	}
	p.all, p.idle = nil, nil
}

// worker is one process.
type worker struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	pipe  *os.File
	words *tail // what it said on stderr
	ended sync.Once
	how   error
}

func start(cmd *exec.Cmd) (*worker, error) {
	r, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	w := &worker{cmd: cmd, pipe: r, out: bufio.NewReaderSize(r, 1<<16), words: &tail{}}
	cmd.ExtraFiles, cmd.Stderr = []*os.File{out}, w.words
	if w.in, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return w, nil
}

func (w *worker) run(j Job) (r Result) {
	line, err := json.Marshal(j)
	if err == nil {
		_, err = w.in.Write(append(line, '\n'))
	}
	if err == nil {
		line, err = w.out.ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err == nil {
		return r
	}
	w.close()
	what := "the worker ended"
	if w.how != nil {
		what = w.how.Error()
	}
	return Result{Failures: []Failure{{Kind: Death, Example: firstWords(w.words.String(), what)}}, killed: wasKilled(w.how)}
}

func wasKilled(how error) bool {
	end, ok := errors.AsType[*exec.ExitError](how)
	if !ok {
		return false
	}
	status, ok := end.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// firstWords puts the line that says why in front of everything else that a dying process said.
func firstWords(said, otherwise string) string {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return strings.TrimSpace(line) + "\n" + said
		}
	}
	return otherwise + "\n" + said
}

func (w *worker) close() {
	w.ended.Do(func() {
		w.in.Close()
		w.how = w.cmd.Wait()
		w.pipe.Close()
	})
}

// tail keeps the beginning and the end of what is written, so that neither the reason of a death nor a flood is lost.
type tail struct {
	mu    sync.Mutex
	first bytes.Buffer
	last  []byte
}

const keep = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(b), keep-t.first.Len())
	t.first.Write(b[:n])
	t.last = append(t.last, b[n:]...)
	t.last = t.last[max(0, len(t.last)-keep):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first.String() + string(t.last)
}

// Serve is a worker's side of a pool: it makes the runs that in asks for, until it ends. A run after which the process
// is not to be trusted is its last.
func Serve(in io.Reader, out io.Writer, run func(Job) (r Result, last bool)) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var j Job
		if err := dec.Decode(&j); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, last := run(j)
		if err := enc.Encode(r); err != nil || last {
			return err
		}
	}
}
