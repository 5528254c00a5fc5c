package sim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/pipe"
	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
	"fleetdrill/sim/device"
)

// truth is a platform whose latency is known: the call with number i is answered draws[i] after it came, and from frozen
// on for a while nothing happens at all.
type truth struct {
	draws  []time.Duration
	rate   float64
	frozen [2]time.Duration // from the first call: when nothing happens; equal: never

	next atomic.Int64
	mu   sync.Mutex
	zero time.Time // when the first call was due, as far as the calls so far tell: none comes before it is due
}

// law draws what n calls take. The seed is fixed: what is true is the same each time.
func law(n int, draw func(*rand.Rand) time.Duration) []time.Duration {
	r, list := rand.New(rand.NewPCG(11, 12)), make([]time.Duration, n)
	for i := range list {
		list[i] = draw(r)
	}
	return list
}

// ends is when the call that came at a time is answered, both from the first call.
func (p *truth) ends(came time.Duration, draw time.Duration) time.Duration {
	return p.thaw(p.thaw(came) + draw)
}

func (p *truth) thaw(at time.Duration) time.Duration {
	if at >= p.frozen[0] && at < p.frozen[1] {
		return p.frozen[1] + time.Duration(float64(backlog)*(at-p.frozen[0]).Seconds()/(p.frozen[1]-p.frozen[0]).Seconds())
	}
	return at
}

// backlog is how long it takes after a freeze to catch up, in order: nothing answers tens of thousands at one instant.
const backlog = time.Second

// answer takes as long as the next call takes.
func (p *truth) answer() {
	i, now := int(p.next.Add(1)-1), time.Now()
	p.mu.Lock()
	if first := now.Add(-p.due(i)); p.zero.IsZero() || first.Before(p.zero) {
		p.zero = first
	}
	zero := p.zero
	p.mu.Unlock()
	time.Sleep(time.Until(zero.Add(p.ends(now.Sub(zero), p.draws[i%len(p.draws)]))))
}

func (p *truth) due(i int) time.Duration {
	return time.Duration(float64(i) / p.rate * float64(time.Second))
}

func (p *truth) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/warm" {
		time.Sleep(time.Second)
		return
	}
	p.answer()
	w.WriteHeader(http.StatusNoContent)
}

func (p *truth) Call(context.Context, platform.Command) (platform.Outcome, error) {
	p.answer()
	return platform.Outcome{Kind: platform.OK, Code: "0"}, nil
}

// quantiles are those of the very calls that are made, from when each is due: a sample of the law, so that chance is no
// part of a difference, and without the way there and back, which is.
func (p *truth) quantiles() report.Quantiles {
	var list []time.Duration
	for i, draw := range p.draws {
		due := p.due(i)
		list = append(list, p.ends(due, draw)-due)
	}
	return report.QuantilesOf(list)
}

// measured is what a run of all calls, one after the other at the rate, says of p.
func (p *truth) measured(tb testing.TB, caller Caller, settle func()) report.Load {
	tb.Helper()
	l := ping(scenarios.Arrivals{Rate: p.rate, To: p.rate, For: time.Duration(float64(len(p.draws)) / p.rate * float64(time.Second)), Process: "constant"})
	l.Timeout, l.MaxOpen = time.Hour, 1<<20
	s := meters(1, l)
	s.Devices[0].Presence.Start = "never"
	ids := map[string][]device.Identity{"meters": {{Number: 1, Address: platform.Address{Product: "meters", Device: "meters-1"}}}}
	cfg := Config{Scenario: s, Identities: ids, Ledger: check.NewLedger([]string{"ping"}, []string{"meters-1"}),
		Recorder: report.NewRecorder([]string{"ping"}), Settle: settle,
		Target: Target{Dial: pipe.Listen("nobody").Dial, Callers: map[string]Caller{"town/invoke/direct": caller},
			Codecs: map[string]device.Codec{"town": townCodec{}}}}
	if _, err := Run(context.Background(), cfg); err != nil {
		tb.Fatal(err)
	}
	cfg.Recorder.Close()
	load := cfg.Recorder.Loads()[0]
	if load.Outcomes.OK != int64(len(p.draws)) {
		tb.Fatalf("%+v, want %d calls, all ok", load.Outcomes, len(p.draws))
	}
	return load
}

// wrong is the greatest relative error of the percentiles.
func wrong(want, got report.Quantiles) float64 {
	most := 0.0
	for _, pair := range [][2]int64{{want.P50, got.P50}, {want.P99, got.P99}, {want.P999, got.P999}} {
		most = max(most, math.Abs(float64(pair[1]-pair[0]))/float64(pair[0]))
	}
	return most
}

func TestAFreezeShowsInEveryCallThatWasDueDuringIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &truth{draws: law(2500, func(*rand.Rand) time.Duration { return 50 * time.Millisecond }), rate: 100,
			frozen: [2]time.Duration{5 * time.Second, 20 * time.Second}}
		want, got := p.quantiles(), p.measured(t, p, synctest.Wait).Latency
		if e := wrong(want, got); e > 0.0011 || got.Max < 15_000_000 || got.P50 < 2_000_000 {
			t.Errorf("measured %+v, true is %+v: %.2f%% wrong; histograms are right to 0.1%%", got, want, 100*e)
		}
	})
}

// BenchmarkTruth measures platforms whose latency is known at 2,000 calls a second over real HTTP, and says how wrong the
// report is, beside what a tool sees that waits for an answer before it sends the next call.
func BenchmarkTruth(b *testing.B) {
	ms := time.Millisecond
	lognormal := func(r *rand.Rand) time.Duration {
		return time.Duration(float64(400*ms) * math.Exp(0.6*r.NormFloat64()))
	}
	bimodal := func(r *rand.Rand) time.Duration {
		if r.IntN(50) == 0 {
			return 1500 * ms
		}
		return 300 * ms
	}
	rows := []string{"| law | | p50 | p99 | p99.9 | max |", "|---|---|--:|--:|--:|--:|"}
	for _, c := range []struct {
		name   string
		calls  int
		draw   func(*rand.Rand) time.Duration
		frozen [2]time.Duration
	}{
		{"constant 800ms", 20_000, func(*rand.Rand) time.Duration { return 800 * ms }, [2]time.Duration{}},
		{"lognormal, median 400ms", 20_000, lognormal, [2]time.Duration{}},
		{"98% 300ms, 2% 1.5s", 20_000, bimodal, [2]time.Duration{}},
		{"50ms, and a freeze of 15s", 50_000, func(*rand.Rand) time.Duration { return 50 * ms }, [2]time.Duration{5 * time.Second, 20 * time.Second}},
	} {
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			p := &truth{draws: law(c.calls, c.draw), rate: 2000, frozen: c.frozen}
			measure := overHTTP
			if p.frozen[1] > 0 { // 30,000 calls are open then, and connections of as many take more files than processes may open
				measure = func(b *testing.B, p *truth) report.Load { return p.measured(b, p, nil) }
			}
			want, load, closed := p.quantiles(), measure(b, p), closedLoop(b, p)
			e := wrong(want, load.Latency)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(100*e, "%wrong")
			b.ReportMetric(float64(load.Lag.P99), "lag-p99-µs")
			for _, r := range []struct {
				name string
				q    report.Quantiles
			}{{"true", want}, {"fleetdrill", load.Latency}, {"closed loop", closed}} {
				rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", c.name, r.name, report.FormatMicros(r.q.P50),
					report.FormatMicros(r.q.P99), report.FormatMicros(r.q.P999), report.FormatMicros(r.q.Max)))
				c.name = ""
			}
			switch late := load.Lag.P99 > 2000; {
			case e > 0.01 && late:
				b.Logf("%.2f%% wrong, and the load generator was late: %s; the machine is too busy to tell", 100*e, report.FormatMicros(load.Lag.P99))
			case e > 0.01:
				b.Errorf("%.2f%% wrong: measured %+v, true is %+v", 100*e, load.Latency, want)
			}
		})
	}
	fmt.Println(strings.Join(rows, "\n"))
}

// overHTTP measures p behind a real server and a real client.
func overHTTP(b *testing.B, p *truth) report.Load {
	url, client := serve(b, p)
	return p.measured(b, callFunc(func(ctx context.Context, _ platform.Command) (platform.Outcome, error) {
		return platform.Outcome{Kind: platform.OK, Code: "0"}, get(ctx, client, url)
	}), nil)
}

func serve(b *testing.B, h http.Handler) (url string, client *http.Client) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go s.Serve(l)
	b.Cleanup(func() { s.Close() })
	url, client = "http://"+l.Addr().String(), &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1 << 16}}
	var group sync.WaitGroup
	for range 2000 { // connections are made before the measuring
		group.Go(func() { get(context.Background(), client, url+"/warm") })
	}
	group.Wait()
	return url, client
}

func get(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// closedLoop measures p as a tool does that has as many connections as the rate takes, and on each waits for the answer
// before it sends the next call: for as long, and from sent to done.
func closedLoop(b *testing.B, p *truth) report.Quantiles {
	again := &truth{draws: p.draws, rate: math.Inf(1), frozen: p.frozen} // due when they come
	url, client := serve(b, again)
	var mean float64
	for _, d := range p.draws {
		mean += d.Seconds() / float64(len(p.draws))
	}
	end := time.Now().Add(time.Duration(float64(len(p.draws)) / p.rate * float64(time.Second)))
	workers := int(math.Ceil(mean * p.rate))
	lists := make([][]time.Duration, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			for time.Now().Before(end) {
				sent := time.Now()
				if err := get(context.Background(), client, url); err != nil {
					b.Error(err)
					return
				}
				lists[i] = append(lists[i], time.Since(sent))
			}
		})
	}
	group.Wait()
	return report.QuantilesOf(slices.Concat(lists...))
}
