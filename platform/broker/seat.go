package broker

import "github.com/mochi-mqtt/server/v2/packets"

// seat is what one session has alone. The client id is not enough: devices choose it, and two may choose the same.
type seat struct {
	owner    any
	clientID string
}

func (s *Session) seat() seat { return seat{s.Owner, s.Login.ClientID} }

// claim makes s the only session of its seat: an older one has been Offline when claim returns. The error is errBusy.
func (b *Broker) claim(s *Session) error {
	b.mu.Lock()
	if b.seats[s.Owner] == 0 && len(b.seats) >= b.cfg.MaxConnections {
		b.mu.Unlock()
		return errBusy
	}
	b.seats[s.Owner]++
	old := b.sessions[s.seat()]
	b.sessions[s.seat()] = s
	b.mu.Unlock()
	s.conn.claimed.Store(true)
	if old != nil {
		old.end(packets.ErrSessionTakenOver, ErrTakenOver)
		<-old.done
	}
	return nil
}

// vacateLocked takes back what claim gave.
func (b *Broker) vacateLocked(c *conn) {
	if !c.claimed.Load() {
		return
	}
	s := c.session
	if b.sessions[s.seat()] == s {
		delete(b.sessions, s.seat())
	}
	if b.seats[s.Owner]--; b.seats[s.Owner] == 0 {
		delete(b.seats, s.Owner)
	}
}
