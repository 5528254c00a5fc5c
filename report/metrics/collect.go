package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"fleetdrill/report"
)

// collector asks a source at each scrape.
type collector struct {
	source Source
	descs  map[string]*prometheus.Desc
}

func newCollector(s Source) *collector {
	c := &collector{s, map[string]*prometheus.Desc{}}
	for _, m := range Table {
		c.descs[m.Name] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
	}
	return c
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range Table {
		to <- c.descs[m.Name]
	}
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	if c.source.Loads != nil {
		for _, l := range c.source.Loads() {
			c.load(to, l)
		}
	}
	if c.source.Phase != nil {
		now := c.source.Phase()
		for _, p := range c.source.Phases {
			here := 0.0
			if p == now {
				here = 1
			}
			c.gauge(to, "run_phase", here, p)
		}
	}
	if c.source.Platform != nil {
		if p, ok := c.source.Platform(); ok {
			c.platform(to, p)
		}
	}
}

func (c *collector) load(to chan<- prometheus.Metric, l Load) {
	c.counter(to, "arrivals_total", float64(l.Due), l.Name)
	c.gauge(to, "calls_open", float64(l.Open), l.Name)
	c.gauge(to, "call_lag_seconds", l.Lag.Seconds(), l.Name)
	for e, n := range l.Endings {
		c.counter(to, "calls_total", float64(n), l.Name, e.Outcome.String(), e.Code)
	}
	to <- &histogram{c.descs["fleetdrill_call_latency_seconds"], []string{l.Name}, l.Latency}
}

func (c *collector) platform(to chan<- prometheus.Metric, p Platform) {
	for name, d := range p.Dialects {
		c.gauge(to, "devices", float64(d.Online), name, "online")
		c.gauge(to, "devices", float64(d.Registered-d.Online), name, "offline")
		c.gauge(to, "commands_open", float64(d.Open), name)
		c.gauge(to, "cache_depth", float64(d.Waiting), name)
	}
	c.counter(to, "commands_accepted_total", float64(p.Accepted))
	for state, n := range p.Ended {
		c.counter(to, "commands_ended_total", float64(n), state)
	}
	for kind, n := range p.Replies {
		c.counter(to, "replies_ignored_total", float64(n), kind)
	}
	c.counter(to, "connections_refused_total", float64(p.Refused))
	c.counter(to, "messages_dropped_total", float64(p.Dropped))
}

func (c *collector) counter(to chan<- prometheus.Metric, name string, v float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(c.descs["fleetdrill_"+name], prometheus.CounterValue, v, labels...)
}

func (c *collector) gauge(to chan<- prometheus.Metric, name string, v float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(c.descs["fleetdrill_"+name], prometheus.GaugeValue, v, labels...)
}

// perOctave is how many native buckets a power of two has.
const perOctave = 1 << report.BucketSchema
