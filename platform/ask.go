package platform

import "time"

// Deadline is until when the answer to an open command that has been published is in time, as far as can be known: where a
// receipt is awaited first, its answer's time begins with it, and is counted from now. A device cannot ask this; it is for
// those who test what happens around it. Read is w, or id if w is 0.
func (s *Service) Deadline(w Wire, id ID) (at time.Time, ok bool) {
	if w == 0 {
		w = s.wireOf(id)
	}
	d := s.numbered(w.Owner())
	if d == nil {
		return at, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.findOpenLocked(w)
	if p == nil {
		return at, false
	}
	at = p.limit
	if p.cmd.Receipt && p.cmd.AckTimeout > 0 && !p.received {
		at = after(time.Now(), p.cmd.Timeout)
	}
	return at, !at.IsZero()
}
