package platform

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Service is the core: it takes commands, sees them to their ending and tells what happened. All methods may be called
// concurrently.
type Service struct {
	dialects []Dialect // in the order in which they are asked
	lanes    map[string][]Lane
	observer
	late    func(Tag) Lateness // nil: nobody makes a run again
	log     *slog.Logger
	reg     registry
	store   Store
	open    atomic.Int64 // commands without ending
	denied  atomic.Uint64
	closed  atomic.Bool
	down    atomic.Bool // it has crashed and does not serve yet
	forgets atomic.Bool // the broker goes down and loses its sessions
}

// Log is for what a dialect has to say to whoever runs the platform. It tells no secrets, and nothing of what is in a command.
func (s *Service) Log() *slog.Logger { return s.log }

// Pushes counts the notifications of all dialects.
func (s *Service) Pushes() (sum Pushes) {
	for _, d := range s.dialects {
		if p, ok := d.(Pusher); ok {
			n := p.Pushes()
			sum = Pushes{sum.Told + n.Told, sum.Acked + n.Acked, sum.Lost + n.Lost, sum.Waiting + n.Waiting,
				sum.Attempts + n.Attempts, sum.Blocked + n.Blocked}
		}
	}
	return sum
}

// Invoke takes a command and waits for its ending, or for ctx; then the command lives on without its caller. The error
// is nil, or one of the sentinels of this package; with ErrDevice the record holds what the device answered.
func (s *Service) Invoke(ctx context.Context, c Command) (Record, error) {
	p, rec, err := s.accept(c)
	if err != nil {
		return rec, err
	}
	return s.await(ctx, p)
}

func (s *Service) await(ctx context.Context, p *pending) (Record, error) {
	select {
	case rec := <-p.done:
		return rec, rec.Err
	case <-ctx.Done():
		return s.forsaken(p), ErrCallerGone
	}
}

// forsaken notes that nobody waits for p any more, and returns what is known of it.
func (s *Service) forsaken(p *pending) Record {
	d := s.Device(p.cmd.Device)
	if d == nil { // it was removed, and p has ended
		return Record{Command: p.cmd}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s.note(d, p, CallerGone, time.Now())
	return Record{Command: p.cmd}
}

// Submit takes a command and returns at once, with its record as it then stands: Waiting, Sent, or ended with the error
// that Submit returns, because it was refused or could not be sent.
func (s *Service) Submit(c Command) (Record, error) {
	d := s.Device(c.Device)
	if err := d.refuses(); err != nil {
		return Record{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p, rec, err := s.acceptLocked(d, c)
	if err != nil {
		return rec, err
	}
	return s.standLocked(p)
}

// standLocked tells how a command stands that was just accepted.
func (s *Service) standLocked(p *pending) (Record, error) {
	if p.ended {
		rec := <-p.done
		return rec, rec.Err
	}
	rec, _ := s.store.Lookup(p.cmd.ID)
	return rec, nil
}

// SubmitOrInvoke does what some vendors do with a cached command: it waits for the ending if the device is there and
// nothing is in the way, and otherwise returns at once.
func (s *Service) SubmitOrInvoke(ctx context.Context, c Command) (Record, error) {
	p, rec, err := s.submitIfBusy(c)
	if p == nil {
		return rec, err
	}
	return s.await(ctx, p)
}

// submitIfBusy accepts a command, and returns it if its device was idle. It looks and accepts under one lock: of two
// commands at once only the first finds nothing in its way.
func (s *Service) submitIfBusy(c Command) (*pending, Record, error) {
	d := s.Device(c.Device)
	if err := d.refuses(); err != nil {
		return nil, Record{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	idle := d.idleLocked(c.Lane)
	p, rec, err := s.acceptLocked(d, c)
	if err != nil || idle {
		return p, rec, err
	}
	rec, err = s.standLocked(p)
	return nil, rec, err
}

// Lookup returns what is known of a command, for as long as it is kept.
func (s *Service) Lookup(id ID) (Record, bool) { return s.store.Lookup(id) }

// Find returns the commands of one device that are still known and that match, the newest first. match must not call
// the Service; nil matches all.
func (s *Service) Find(a Address, match func(*Record) bool) []ID { return s.store.find(a, match) }

// Known returns what is known of commands, without those that are forgotten by now.
func (s *Service) Known(ids []ID) []Record {
	all := make([]Record, 0, len(ids))
	for _, id := range ids {
		if r, ok := s.store.Lookup(id); ok {
			all = append(all, r)
		}
	}
	return all
}

// Pending is how many commands have no ending yet.
func (s *Service) Pending() int { return int(s.open.Load()) }

// Cancel takes back a device's waiting command, or all of them if id is 0, and returns their records. One whose lifetime
// ends in this instant has expired.
func (s *Service) Cancel(a Address, id ID) []Record {
	d := s.Device(a)
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var taken []Record
	now := time.Now()
	for _, p := range d.allLocked() {
		if !p.sent && (id == 0 || p.cmd.ID == id) && !s.overLocked(d, p, now) {
			taken = append(taken, s.endLocked(d, p, Cancel, Change{Err: ErrCanceled}, now))
		}
	}
	s.pumpLocked(d)
	return taken
}
