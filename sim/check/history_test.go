package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fleetdrill/platform"
)

var update = flag.Bool("update", false, "write golden files")

// everything tells a story in which every kind of fact occurs.
func everything(s *story) {
	s.presence(platform.WentOnline, -2*time.Second)
	s.Device(DeviceFact{Device: 1, Kind: DeviceConnected, At: -2 * time.Second})
	s.Device(DeviceFact{Device: 3, Kind: DeviceRefused, At: -1500 * ms})
	s.answered(0, 0)
	s.Device(DeviceFact{Device: 1, Kind: DeviceSeen, At: ms, Wire: s.wire(0)})
	s.stray(platform.Written, ms, s.wire(0))
	s.Device(DeviceFact{Device: 1, Kind: DeviceAnswered, At: ms + 500, Wire: s.wire(0)})
	s.Device(DeviceFact{Device: 1, Kind: DeviceAnswered, At: ms + 600, Wire: s.wire(0), Answer: AnswerGarbled})
	s.stray(platform.Duplicate, 2*ms, s.wire(0))
	s.sent(0, 1)
	s.fact(platform.Acked, 5*ms, 1, platform.Fact{Wire: s.wire(1)})
	s.end(1001*ms+1, 1, platform.TimedOut, platform.ErrUnanswered, 1)
	s.done(1001*ms+1, 1, platform.Timeout, "11915")
	s.stray(platform.Late, 1500*ms, s.wire(1))
	s.dev = 2
	s.stray(platform.Foreign, 1500*ms, s.wire(0)-platform.WireStride)
	s.stray(platform.Unknown, 1500*ms, 77)
	s.stray(platform.Garbled, 1500*ms, 0)
	s.rest(2*time.Second, 2, time.Hour)
	s.fact(platform.LinkDropped, 2*time.Second, 2, platform.Fact{})
	s.fact(platform.Dequeued, 2500*ms, 2, platform.Fact{})
	s.deliver(2500*ms, 2)
	s.Device(DeviceFact{Device: 2, Kind: DeviceHungUp, At: 2600 * ms, Wire: s.wire(2)})
	s.message(2700*ms, 4)
	s.oneWay(platform.Resent, 2800*ms, 4, platform.Fact{Wire: s.wire(4)})
	s.recall(2900*ms, 4)
	s.receive(2950*ms, 4)
	s.mode, s.dev = platform.Instant, 3
	s.call(CallDue, 3*time.Second, 3)
	s.call(CallDropped, 3*time.Second, 3)
	s.dev = 1
	s.Call(CallFact{Seq: 5, Kind: CallDue, At: 3 * time.Second, Device: 1, AtOnce: true})
	s.Call(CallFact{Seq: 5, Kind: CallSent, At: 3 * time.Second, Device: 1, AtOnce: true})
	s.accept(3*time.Second, 5, time.Second)
	s.fact(platform.Published, 3001*ms, 5, platform.Fact{Wire: s.wire(5), Limit: s.zero.Add(4 * time.Second), QoS: 1})
	s.fact(platform.CallerGone, 3500*ms, 5, platform.Fact{})
	s.Call(CallFact{Seq: 5, Kind: CallDone, At: 3500 * ms, Device: 1, AtOnce: true, Outcome: platform.Broken, Code: "\"gone\"", Answer: s.wire(5)})
	s.end(3600*ms, 5, platform.Failed, platform.ErrClosed, 0)
	s.Fault(FaultFact{Fault: "faults[0] disconnect", At: 4 * time.Second, For: 2 * time.Second, Device: 1})
	s.Fault(FaultFact{Fault: "faults[1] restart", At: 4 * time.Second})
	s.Device(DeviceFact{Device: 1, Kind: DeviceLost, At: 4 * time.Second})
	s.presence(platform.WentOffline, 4*time.Second)
	s.Call(CallFact{Load: 1, Kind: CallDue, At: 0, Device: 1})
	s.Call(CallFact{Load: 1, Kind: CallDropped, At: 0, Device: 1})
}

func jsonl(t testing.TB, h *History) string {
	var b bytes.Buffer
	if err := h.WriteJSONL(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADeviceThatKnowsOnlyIDsIsJoinedToTheSameCommands(t *testing.T) {
	s := newStory()
	s.fact(platform.Accepted, 0, 0, platform.Fact{ID: 5})
	s.Device(DeviceFact{Device: 1, Kind: DeviceSeen, At: ms, ID: 5})
	s.Device(DeviceFact{Device: 1, Kind: DeviceSeen, At: ms, ID: 6})
	got := jsonl(t, s.Finish())
	for _, want := range []string{`{"at_us":1000,"load":"reboot","n":0,"device":"m-1","fact":"seen"}`, `{"at_us":1000,"device":"m-1","fact":"seen"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no line %s in\n%s", want, got)
		}
	}
}

func TestAHistoryTellsEveryKindOfFact(t *testing.T) {
	s := newStory()
	everything(s)
	got := jsonl(t, s.Finish())
	if *update {
		os.WriteFile("testdata/everything.jsonl", []byte(got), 0o644)
	}
	want, err := os.ReadFile("testdata/everything.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for _, k := range kindNames[1:] {
		if !strings.Contains(got, `"fact":"`+k+`"`) {
			t.Errorf("no fact %s", k)
		}
	}
	for line := range strings.Lines(got) { // and the header
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

// pieces is one way to tell the same facts: any order in which each device's platform facts keep theirs.
func pieces(s *story, seed uint64) {
	plain := newStory()
	everything(plain)
	var all []fact
	for i := range plain.shards {
		all = append(all, unpacked(&plain.shards[i])...)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for i := range maxWords { // words get other numbers
		if i%100 == int(seed%100) {
			s.words.number(string(rune('a' + i%26)))
		}
	}
	for _, f := range all {
		f.word = s.words.number(plain.words.text(f.word))
		s.add(&f, false)
	}
}

func TestAHistoryDoesNotDependOnTheOrderInWhichFactsCame(t *testing.T) {
	s := newStory()
	everything(s)
	want := jsonl(t, s.Finish())
	for seed := range uint64(50) {
		s := newStory()
		pieces(s, seed)
		if got := jsonl(t, s.Finish()); got != want {
			t.Fatalf("shuffled with seed %d:\n%s\nin order:\n%s", seed, got, want)
		}
	}
}

func TestNoFactIsLostWhateverRunsInParallel(t *testing.T) {
	const callers, each, devices = 8, 3000, 3
	s := peopled()
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			mine := &story{Ledger: s.Ledger, zero: s.zero, dev: c%3 + 1}
			for i := range uint64(each) {
				mine.answered(time.Duration(i)*ms, i*callers+uint64(c))
			}
		})
	}
	wg.Wait()
	h := s.Finish()
	if n := h.Commands(); n != callers*each {
		t.Errorf("%d commands, want %d", n, callers*each)
	}
	if n := strings.Count(jsonl(t, h), "\n"); n != 1+callers*each*7+devices {
		t.Errorf("%d lines, want %d", n, 1+callers*each*7+devices)
	}
	for _, r := range Check(h, Limits{}) {
		if r.Breaches > 0 {
			t.Errorf("%s: %v", r.Rule, r.Examples)
		}
	}
}

func TestTagsHaveAnInverse(t *testing.T) {
	l := NewLedger([]string{"a", "b"}, nil)
	for _, load := range []int{0, 1} {
		for _, seq := range []uint64{0, 1, 1<<40 - 2} {
			if a, b, ok := l.Untag(l.Tag(load, seq)); a != load || b != seq || !ok {
				t.Errorf("load %d seq %d comes back as %d %d %v", load, seq, a, b, ok)
			}
		}
	}
	for _, tag := range []platform.Tag{0, 5, 1 << 40, l.Tag(2, 0)} {
		if _, _, ok := l.Untag(tag); ok {
			t.Errorf("%d is taken for a tag of two loads", tag)
		}
	}
}

func TestNumbersThatNobodyGaveOutDoNoHarm(t *testing.T) {
	s := newStory()
	for _, tag := range []platform.Tag{1 << 63, ^platform.Tag(0), s.Tag(0, 1<<40-2), s.Tag(9, 3), 7} {
		s.Platform(&platform.Fact{Kind: platform.Accepted, At: s.zero, Device: 999, Tag: tag, Limit: s.zero})
	}
	for _, w := range []platform.Wire{1, platform.WireStride, ^platform.Wire(0), 3*platform.WireStride + 9} {
		s.stray(platform.Late, 0, w)
		s.Device(DeviceFact{Device: -1, Kind: DeviceSeen, Wire: w})
	}
	h := s.Finish()
	Check(h, Limits{})
	h.Stats(Limits{})
	if n := strings.Count(jsonl(t, h), "\n"); n != 14 {
		t.Errorf("%d lines, want 13 facts and the header", n)
	}
}

func TestAnEmptyHistoryIsFine(t *testing.T) {
	h := NewLedger(nil, nil).Finish()
	if text := jsonl(t, h); text != `{"schema":2,"facts":0,"loads":[],"devices":[]}`+"\n" || h.Commands() != 0 {
		t.Errorf("%d commands: %s", h.Commands(), text)
	}
	if st := h.Stats(Limits{}); st.Fired != 0 || st.FillRate != 0 {
		t.Errorf("%+v", st)
	}
	for _, r := range Check(h, Limits{CachedPerDevice: 1}) {
		if r.Breaches+r.Commands > 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestInventedCodesAreBounded(t *testing.T) {
	var w words
	for i := range 3 * maxWords {
		w.number(strings.Repeat("x", i))
	}
	if n := len(*w.list.Load()); n != maxWords {
		t.Errorf("%d words, want %d", n, maxWords)
	}
	if got := w.text(w.number("one more")); got != otherWord {
		t.Errorf("got %q, want %q", got, otherWord)
	}
	if got := w.text(w.number("xxx")); got != "xxx" {
		t.Errorf("an early word is %q now", got)
	}
}

// big is a run of n calls on 1,000 devices, with ten facts each, told as a real one is: nearly in the order of time.
func big(n int) *Ledger {
	devices := make([]string, 1000)
	for i := range devices {
		devices[i] = "m-" + string(rune('0'+i%10))
	}
	s := &story{Ledger: NewLedger([]string{"reboot"}, devices)}
	s.zero = s.base()
	s.Begin(s.zero)
	for i := range devices {
		s.dev = i + 1
		s.presence(platform.WentOnline, 0)
	}
	counts := make([]platform.Wire, 1001)
	for i := range n {
		s.dev = i%1000 + 1
		at, seq := time.Duration(i)*100*time.Microsecond, uint64(i)
		counts[s.dev]++
		w := platform.Wire(s.dev)*platform.WireStride + counts[s.dev]
		s.call(CallDue, at, seq)
		s.call(CallSent, at, seq)
		s.accept(at, seq, time.Second)
		s.fact(platform.Queued, at, seq, platform.Fact{})
		s.fact(platform.Published, at+ms, seq, platform.Fact{Wire: w, Limit: s.zero.Add(at + time.Second)})
		s.Device(DeviceFact{Device: s.dev, Kind: DeviceSeen, At: at + ms, Wire: w})
		s.Device(DeviceFact{Device: s.dev, Kind: DeviceAnswered, At: at + 2*ms, Wire: w})
		s.match(at+2*ms, seq)
		s.done(at+3*ms, seq, platform.OK, "0")
	}
	return s.Ledger
}

func BenchmarkHistory(b *testing.B) {
	const n = 1_000_000
	for range b.N {
		b.StopTimer()
		l := big(n)
		runtime.GC()
		b.StartTimer()
		begin := time.Now()
		l.Watch(Limits{CachedPerDevice: 50}).Close()
		b.ReportMetric(time.Since(begin).Seconds()*1e9/n, "check-ns/cmd")
		begin = time.Now()
		h := l.Finish()
		finished := time.Since(begin)
		begin = time.Now()
		h.WriteJSONL(io.Discard)
		b.ReportMetric(finished.Seconds()*1e9/n, "finish-ns/cmd")
		b.ReportMetric(time.Since(begin).Seconds()*1e9/n, "write-ns/cmd")
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/n, "B/cmd")
		runtime.KeepAlive(h)
	}
}

func BenchmarkNote(b *testing.B) {
	l := NewLedger([]string{"a"}, slices.Repeat([]string{"m"}, 1000))
	b.RunParallel(func(p *testing.PB) {
		for i := 0; p.Next(); i++ {
			l.Call(CallFact{Seq: uint64(i), Kind: CallDone, Device: i%1000 + 1, Outcome: platform.OK, Code: "0"})
		}
	})
}
