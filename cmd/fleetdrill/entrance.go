package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"fleetdrill/sim"
)

// entrance is a way into the platform that outlives its listener: after a restart the same dial leads to the next one.
type entrance struct{ now atomic.Pointer[listener] }

func newEntrance(l listener) *entrance {
	e := &entrance{}
	e.now.Store(&l)
	return e
}

func (e *entrance) dial(ctx context.Context) (net.Conn, error) { return e.now.Load().dial(ctx) }

// reopen listens again.
func (e *entrance) reopen() (net.Listener, error) {
	again := e.now.Load().again
	if again == nil {
		return nil, errors.New("the platform cannot be started again here")
	}
	l, err := again()
	if err == nil {
		e.now.Store(&l)
	}
	return l.Listener, err
}

// outages takes a house's platform down and brings it up again. Outages of the broker and of the whole may overlap: what
// is down comes up when the last of them is over.
type outages struct {
	*house
	mu             sync.Mutex
	whole, brokers int // outages that go on
}

func (o *outages) Down(what sim.Outage) {
	o.mu.Lock()
	defer o.mu.Unlock()
	up := o.whole == 0
	switch {
	case what == sim.WholePlatform:
		if o.whole++; up {
			o.platform.Crash()
		}
	default:
		if o.brokers++; up && o.brokers == 1 {
			o.platform.StopBroker(what == sim.BrokerKeeps)
		}
	}
}

func (o *outages) Up(what sim.Outage) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if what == sim.WholePlatform {
		o.whole--
	} else {
		o.brokers--
	}
	switch {
	case o.whole > 0:
		return nil
	case what == sim.WholePlatform:
		return o.revive()
	case o.brokers > 0:
		return nil
	}
	l, err := o.mqtt.reopen()
	if err == nil {
		o.platform.StartBroker(l)
	}
	return err
}

// revive brings up all but a broker that another outage keeps down.
func (o *outages) revive() error {
	api, err := o.api.reopen()
	if err != nil {
		return err
	}
	if o.brokers > 0 {
		o.platform.Revive(nil, api)
		return nil
	}
	mqtt, err := o.mqtt.reopen()
	if err == nil {
		o.platform.Revive(mqtt, api)
	}
	return err
}
