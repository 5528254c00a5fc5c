// Package metrics serves how things stand to Prometheus, during a run and of a platform that serves.
//
//	h := metrics.Handler(metrics.Source{Loads: ..., Platform: ...})   // reads when it is asked, never before
//	http.Serve(listener, h)                                           // GET /metrics
//
// Nothing is counted twice for it: a source reads counters that are there anyway, without a lock that the run waits for,
// so that it may belong to a run on the virtual clock. Names follow the conventions of Prometheus; Table lists them.
//
// Latency is a native histogram (16 buckets a power of two) and a classic one, whose buckets end at powers of two seconds:
// these are ends of native buckets, too, so that both are exact.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fleetdrill/report"
)

// Source is what is asked at each scrape. A nil function is nothing to tell.
type Source struct {
	Loads    func() []Load
	Phase    func() string                // of the run, one of Phases
	Phases   []string                     //
	Platform func() (p Platform, ok bool) // ok: there is one, now
}

// Load is a load of a run.
type Load struct {
	Name string
	report.Pulse
}

// Platform is the platform under test. Maps are by name: state of an ending, kind of a reply.
type Platform struct {
	Dialects map[string]Dialect
	Accepted uint64
	Ended    map[string]uint64
	Replies  map[string]uint64
	Refused  uint64 // connections
	Dropped  uint64 // messages
}

// Dialect is one vendor's part of the platform, now.
type Dialect struct{ Registered, Online, Open, Waiting int }

// Metric is a row of the table of metrics.
type Metric struct {
	Name, Type string
	Labels     []string
	Help       string
}

// Table is every metric of this package, beside those of the Go runtime and the process.
var Table = []Metric{
	{"fleetdrill_arrivals_total", "counter", []string{"load"}, "Arrivals that were due."},
	{"fleetdrill_calls_total", "counter", []string{"load", "outcome", "code"}, "Calls that are over, by outcome and the vendor's code."},
	{"fleetdrill_call_latency_seconds", "histogram", []string{"load"}, "Latency from due to done, of all calls but the dropped."},
	{"fleetdrill_calls_open", "gauge", []string{"load"}, "Calls without an answer."},
	{"fleetdrill_call_lag_seconds", "gauge", []string{"load"}, "How late the load generator sent the call that was over last."},
	{"fleetdrill_run_phase", "gauge", []string{"phase"}, "1 for the phase of the run, 0 for the others."},
	{"fleetdrill_devices", "gauge", []string{"dialect", "state"}, "Registered devices that are online or offline."},
	{"fleetdrill_commands_open", "gauge", []string{"dialect"}, "Commands without an ending, on the platform."},
	{"fleetdrill_cache_depth", "gauge", []string{"dialect"}, "Cached commands that wait for their device."},
	{"fleetdrill_commands_accepted_total", "counter", nil, "Commands that the platform accepted."},
	{"fleetdrill_commands_ended_total", "counter", []string{"state"}, "Commands that ended, by their last state."},
	{"fleetdrill_replies_ignored_total", "counter", []string{"kind"}, "Replies that changed nothing: late, duplicate, foreign, unknown, garbled."},
	{"fleetdrill_connections_refused_total", "counter", nil, "Connections of devices that the platform refused."},
	{"fleetdrill_messages_dropped_total", "counter", nil, "Messages to devices that the broker dropped."},
}

// Registry has all metrics of s, of the Go runtime and of the process.
func Registry(s Source) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(newCollector(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Handler serves /metrics in the format that the client asks for.
func Handler(s Source) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(Registry(s), promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("fleetdrill serves its metrics at /metrics\n"))
	})
	return mux
}
