package pipe

import "time"

// deadline bounds the waits of one side of a half, under the half's mutex.
//
// MQTT brokers set a deadline before every packet, nearly always to a later time. So the timer is not moved with it: it
// fires when it was armed for, finds the deadline further away, and is armed again.
type deadline struct {
	at      time.Time // zero: none
	armed   time.Time // when the timer fires; zero: it does not
	waiters int
	timer   *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// move sets the deadline. Those who wait look again if it is now nearer than the timer.
func (d *deadline) move(h *half, t time.Time) {
	d.at = t
	if d.waiters == 0 || t.IsZero() {
		return
	}
	if d.armed.IsZero() || t.Before(d.armed) {
		h.change.Broadcast()
	}
}

// arm makes sure that the timer fires no later than the deadline.
func (d *deadline) arm(h *half) {
	if d.at.IsZero() || !d.armed.IsZero() && !d.at.Before(d.armed) {
		return
	}
	d.armed = d.at
	wait := time.Until(d.at)
	if d.timer == nil {
		d.timer = time.AfterFunc(wait, func() { d.fire(h) })
		return
	}
	d.timer.Reset(wait)
}

func (d *deadline) fire(h *half) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.armed.IsZero() || time.Now().Before(d.armed) {
		return // stopped or moved while it fired
	}
	d.armed = time.Time{}
	switch {
	case d.waiters == 0: // whoever waits next arms it again
	case d.passed():
		h.change.Broadcast()
	default:
		d.arm(h)
	}
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer, d.armed = nil, time.Time{}
}
