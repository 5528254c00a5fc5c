package main

import (
	"context"
	"net"

	"fleetdrill/platform"
	"fleetdrill/platform/huawei"
	"fleetdrill/report"
	"fleetdrill/scenarios"
)

// pushed is a house's application that states are pushed to, and who pushes.
type pushed struct {
	*receiver
	by *huawei.Dialect
}

// receive makes the application, if the scenario wants one.
func (h *house) receive(s *scenarios.Scenario) error {
	if !s.Platform.Huawei.Push || !drills(s, huawei.Name) {
		return nil
	}
	l, err := listenAs("push", s)
	if err != nil {
		return err
	}
	h.pushed = &pushed{receiver: newReceiver(l)}
	h.target.Receiver = h.pushed
	return nil
}

// pushDial is the platform's way to the application.
func (h *house) pushDial(ctx context.Context, _, _ string) (net.Conn, error) {
	return h.pushed.door.dial(ctx)
}

// subscribe tells the dialect of the application.
func (h *house) subscribe(d platform.Dialect) error {
	if h.pushed == nil {
		return nil
	}
	h.pushed.by = d.(*huawei.Dialect)
	return h.pushed.by.Subscribe(org, receiverURL)
}

// left is what the platform has still to do: commands that it holds, or states that it has not pushed.
func (h *house) left() int {
	n := h.platform.Pending()
	if h.pushed == nil {
		return n
	}
	return max(n, h.pushed.by.Pushes().Waiting)
}

// pushes are what became of the states, and whether they came in order; nil if nothing is pushed.
func (h *house) pushes() (*report.Push, *report.Check) {
	if h.pushed == nil {
		return nil, nil
	}
	s := h.pushed.by.Pushes()
	return &report.Push{Told: int64(s.Told), Acknowledged: int64(s.Acked), Lost: int64(s.Lost), Waiting: int64(s.Waiting),
		Attempts: int64(s.Attempts), Blocked: int64(s.Blocked)}, h.pushed.order()
}
