package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

// drillIn runs a scenario in a bubble and returns it judged. Nothing of it is left when it returns, or the bubble
// panics.
func drillIn(t *testing.T, text string, change func(*drill)) *drill {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(text), []string{"clock=virtual"})
	if err != nil {
		t.Fatal(err)
	}
	d := newDrill(s)
	if change != nil {
		change(d)
	}
	synctest.Test(t, func(*testing.T) { d.run(context.Background(), settle) })
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d
}

const steady = `
name: steady
devices: [{group: meters, count: 50, behaviour: [{respond: {after: 10ms}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 10s, arrivals: [{rate: 100/s, for: 5s}]}]
`

func TestAFrozenPlatformShowsInEveryCallThatWasDueMeanwhile(t *testing.T) {
	const begin, length = 2 * time.Second, time.Second
	var frozen freeze
	d := drillIn(t, steady, func(d *drill) {
		d.listen = func(s *scenarios.Scenario) (listener, listener, error) {
			mqtt, api, err := listen(s)
			frozen.begin, frozen.end = time.Now().Add(begin), time.Now().Add(begin+length)
			return mqtt, listener{Listener: frozenListener{api.Listener, &frozen}, dial: api.dial}, err
		}
	})
	// The load begins once the devices are connected; every figure is an offset from the start of the run.
	end := frozen.end.Sub(d.began)
	during, slow := 0, 0
	for _, c := range calls(t, d) {
		if c.Due < begin || c.Due >= end {
			if c.Due >= end && c.Done-c.Due > 50*time.Millisecond {
				t.Errorf("call due at %v, after the freeze, took %v", c.Due, c.Done-c.Due)
			}
			continue
		}
		during++
		if c.Done-c.Due >= end-c.Due {
			slow++
		} else {
			t.Errorf("call due at %v was done at %v, within the freeze that ends at %v", c.Due, c.Done, end)
		}
	}
	if during < 99 || slow != during {
		t.Errorf("%d calls were due in the freeze of 1s at 100/s and %d show it; want about 100, all of them", during, slow)
	}
	// Half of the calls of that second waited half a second or more: one in ten of all 500.
	if p90 := d.summary.Loads[0].Latency.P90; p90 < 400_000 {
		t.Errorf("p90 is %dµs: a fifth of the calls was due in the freeze, half of these waited 500ms or more", p90)
	}
	if p99 := d.summary.Loads[0].Latency.P99; p99 < 900_000 {
		t.Errorf("p99 is %dµs, want the freeze in it", p99)
	}
}

// calls reads when each call was due and done from the history.
func calls(t *testing.T, d *drill) map[int]*timed {
	var jsonl bytes.Buffer
	must(t, d.history.WriteJSONL(&jsonl))
	found := map[int]*timed{}
	for line := range bytes.Lines(jsonl.Bytes()) {
		var f struct {
			At   float64 `json:"at_us"`
			N    *int
			Fact string
		}
		must(t, json.Unmarshal(line, &f))
		if f.N == nil {
			continue
		}
		if found[*f.N] == nil {
			found[*f.N] = &timed{}
		}
		switch at := time.Duration(f.At * 1000); f.Fact {
		case "due":
			found[*f.N].Due = at
		case "done":
			found[*f.N].Done = at
		}
	}
	return found
}

type timed struct{ Due, Done time.Duration }

// freeze is a time in which the platform reads nothing that its applications send.
type freeze struct{ begin, end time.Time }

type frozenListener struct {
	net.Listener
	*freeze
}

func (l frozenListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return frozenConn{c, l.freeze}, err
}

type frozenConn struct {
	net.Conn
	*freeze
}

func (c frozenConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if now := time.Now(); !now.Before(c.begin) && now.Before(c.end) {
		time.Sleep(c.end.Sub(now))
	}
	return n, err
}

func TestALateAnswerIsATimeoutAtTheTimeoutAndOneLateReplyAndNothingElse(t *testing.T) {
	d := drillIn(t, `
name: late
devices: [{group: meters, count: 1, behaviour: [{delay: {after: 7s}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 5s, arrivals: [{burst: 1}]}]
`, nil)
	l, s := d.summary.Loads[0], d.summary
	if l.Codes["11915"] != 1 || l.Outcomes.Timeout != 1 || l.Latency.Min != 5_000_000 || l.Latency.Max != 5_000_000 {
		t.Errorf("codes %v, outcomes %+v, latency %+v; want one 11915 after exactly 5s", l.Codes, l.Outcomes, l.Latency)
	}
	want := report.Timeouts{Fired: 1, LateReplies: 1, Overshoot: report.Quantiles{Count: 1}}
	if s.Timeouts != want || s.Breaches() != 0 || s.Verdict != report.Pass {
		t.Errorf("timeouts %+v, %d breaches, %s %v; want %+v and a pass", s.Timeouts, s.Breaches(), s.Verdict, s.Reasons, want)
	}
}

func TestTheSameSeedGivesTheSameHistoryByteByByte(t *testing.T) {
	for _, name := range []string{"everything", "coincidences", "clouds", "faults", "cut_short"} {
		t.Run(name, func(t *testing.T) { sameEachTime(t, "testdata/"+name+".yaml") })
	}
}

// sameEachTime runs a scenario here on two cores and on one, and as a user does on one and on two: with the race
// detector here is the scheduler that picks at random, and there the one that people have.
func sameEachTime(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	must(t, err)
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	run := func() (d *drill, history, summary []byte) {
		d = drillIn(t, string(text), nil)
		if d.summary.Verdict == report.Fail {
			t.Errorf("%s: %v", file, d.summary.Reasons)
		}
		var h, s bytes.Buffer
		must(t, d.history.WriteJSONL(&h))
		d.summary.Harness = report.Harness{}
		must(t, report.WriteJSON(&s, d.summary))
		must(t, report.WriteCourse(&s, d.course()))
		return d, h.Bytes(), s.Bytes()
	}
	runtime.GOMAXPROCS(2)
	d, history, summary := run()
	causesAndHops(t, file, d)
	read, err := check.ReadJSONL(bytes.NewReader(history))
	must(t, err)
	var copied bytes.Buffer
	must(t, read.WriteJSONL(&copied))
	if !bytes.Equal(copied.Bytes(), history) {
		t.Fatalf("read and written again it differs: %s", firstDifference(history, copied.Bytes()))
	}
	runtime.GOMAXPROCS(1)
	_, h, s := run()
	if !bytes.Equal(h, history) {
		t.Fatalf("the history differs: %s", firstDifference(history, h))
	}
	if !bytes.Equal(s, summary) {
		t.Fatalf("the summary differs: %s", firstDifference(summary, s))
	}
	for _, cores := range []string{"1", "2"} {
		dir := filepath.Join(t.TempDir(), "out")
		cmd := itself(t, "run", file, "--clock", "virtual", "--quiet", "--out", dir)
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+cores)
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitPass && code != exitNoAnswer {
			t.Fatalf("%v\n%s", err, out)
		}
		h, err := os.ReadFile(filepath.Join(dir, "history.jsonl"))
		must(t, err)
		if !bytes.Equal(h, history) {
			t.Fatalf("the history of a process on %s cores differs: %s", cores, firstDifference(history, h))
		}
	}
}

func firstDifference(a, b []byte) string {
	la, lb := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return string(la[i]) + "\nbecame " + string(lb[i])
		}
	}
	return "one is longer"
}

func TestAnInterruptInEachPhaseLeavesResultsAndNoGoroutine(t *testing.T) {
	slow := func(t *testing.T, phase string) *drill {
		s, err := scenarios.Parse("test.yaml", []byte(`
name: slow
devices: [{group: meters, count: 30, connect: 10/s, behaviour: [{drop: {}}]}]
load: [{name: ask, to: meters, call: invoke, timeout: 60s, arrivals: [{rate: 10/s, for: 10s}]}]
`), []string{"clock=virtual"})
		must(t, err)
		d := newDrill(s)
		synctest.Test(t, func(*testing.T) {
			var watch sync.WaitGroup
			ctx, cancel := context.WithCancel(context.Background())
			watch.Go(func() {
				for d.progress.Phase().String() != phase {
					time.Sleep(100 * time.Millisecond)
				}
				time.Sleep(time.Second)
				cancel()
			})
			d.run(ctx, settle)
			watch.Wait()
		})
		return d
	}
	for _, phase := range []string{"connect", "load", "drain"} {
		t.Run(phase, func(t *testing.T) {
			d := slow(t, phase)
			if d.err != nil || d.summary.Verdict != report.Inconclusive {
				t.Fatalf("%v, %s %v", d.err, d.summary.Verdict, d.summary.Reasons)
			}
			for _, l := range d.summary.Loads {
				if l.Arrivals != l.Outcomes.Sum() {
					t.Errorf("%d arrivals and %d outcomes", l.Arrivals, l.Outcomes.Sum())
				}
			}
			if n := d.summary.Breaches(); n != 0 {
				t.Errorf("%d breaches: %v", n, d.summary.Reasons)
			}
			dir := t.TempDir()
			out, err := openFolder(dir, false)
			must(t, err)
			must(t, out.write(d.result))
			out.close()
			for _, f := range files {
				if _, err := os.Stat(filepath.Join(dir, f.file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
