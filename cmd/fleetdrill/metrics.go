package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"fleetdrill/platform/admin"
	"fleetdrill/report/metrics"
	"fleetdrill/sim"
)

// scrapes is an HTTP server for Prometheus. It lives outside of a run's virtual time and reads counters alone.
type scrapes struct {
	server *http.Server
	done   chan struct{}
}

// serveMetrics serves metrics at an address until stop, and says on stderr where. Without an address it does nothing.
func serveMetrics(address string, s metrics.Source) (*scrapes, error) {
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, whyNot("metrics", address, err)
	}
	m := &scrapes{metricsServer(s), make(chan struct{})}
	go func() {
		defer close(m.done)
		m.server.Serve(l)
	}()
	fmt.Fprintf(os.Stderr, "fleetdrill: metrics at http://%s/metrics\n", l.Addr())
	return m, nil
}

// scrapeTime is how long a client may take to ask, and to read its answer.
const scrapeTime = 10 * time.Second

func metricsServer(s metrics.Source) *http.Server {
	return &http.Server{Handler: metrics.Handler(s), ReadTimeout: scrapeTime, WriteTimeout: scrapeTime}
}

// stop ends it; scrapes under way are cut.
func (m *scrapes) stop() {
	if m != nil {
		m.server.Close()
		<-m.done
	}
}

// source tells of a drill, before, during and after it.
func (d *drill) source() metrics.Source {
	s := metrics.Source{Phase: func() string { return d.progress.Phase().String() }}
	for p := sim.Idle; p <= sim.Over; p++ {
		s.Phases = append(s.Phases, p.String())
	}
	s.Loads = func() (list []metrics.Load) {
		for i, name := range loadNames(d.scenario) {
			list = append(list, metrics.Load{Name: name, Pulse: d.recorder.Pulse(i)})
		}
		return list
	}
	s.Platform = func() (metrics.Platform, bool) {
		if w := d.admin.Load(); w != nil {
			return platformMetrics(w.Status()), true
		}
		return metrics.Platform{}, false
	}
	return s
}

func platformMetrics(s admin.Status) metrics.Platform {
	p := metrics.Platform{Dialects: map[string]metrics.Dialect{}, Accepted: s.Commands.Accepted, Ended: s.Commands.Ended,
		Replies: s.Replies, Refused: s.Broker.Refused, Dropped: s.Broker.Dropped}
	for name, d := range s.Dialects {
		p.Dialects[name] = metrics.Dialect{Registered: d.Registered, Online: d.Online, Open: d.Open, Waiting: d.Waiting}
	}
	return p
}
