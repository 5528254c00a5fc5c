package platform

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Record is what the platform knows of one command.
type Record struct {
	Command
	State                State
	Err                  error     // why it ended without success
	Reply                Reply     // what the device answered, once it has
	Created, Sent, Ended time.Time // Sent is the first time, if there were several
	Delivered            time.Time // its receipt; zero for a command that has none
	Sends                int       // how often its message went out
}

// firstID is below the vendors' 19-digit samples, so that IDs look and parse like theirs.
const firstID ID = 2_078_724_684_846_989_312

const (
	shardBits = 6
	shards    = 1 << shardBits
)

// Store holds the records of all commands. Apply is the only way to change one.
//
// Note: there is no Store interface. Durability would be a journal that Apply writes, not a second store.
type Store struct {
	// Keep is how many ended records stay readable, over all devices, and Bytes how long the inputs and the replies of
	// these may be in all.
	Keep, Bytes int

	next   ID
	nextMu sync.Mutex
	shard  [shards]shard
}

type shard struct {
	mu      sync.Mutex
	records map[ID]*Record
	ended   []*Record // the oldest first
	bytes   int       // that they hold
}

func (st *Store) of(id ID) *shard { return &st.shard[id%shards] }

// Add takes in a command in state Waiting and returns it with its ID.
func (st *Store) Add(c Command, at time.Time) Command {
	st.nextMu.Lock()
	st.next++
	c.ID = firstID + st.next
	st.nextMu.Unlock()
	sh := st.of(c.ID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.records == nil {
		sh.records = make(map[ID]*Record)
	}
	sh.records[c.ID] = &Record{Command: c, State: Waiting, Created: at}
	return c
}

// Change is what comes with an event.
type Change struct {
	Wire  Wire  // Publish, Repeat
	Reply Reply // Answer, and Refuse by the device
	Err   error // endings without success

	answers bool // it is the command's first reply
}

// Apply moves a command along the transition table. It returns the record as it is now, and whether the event was
// possible; an impossible one changes nothing.
func (st *Store) Apply(id ID, e Event, ch Change, at time.Time) (Record, bool) {
	sh := st.of(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.records[id]
	if r == nil {
		return Record{}, false
	}
	next, ok := r.State.Next(e)
	if !ok {
		return *r, false
	}
	r.State = next
	r.note(e, ch, at)
	if next.Final() {
		sh.retireLocked(r, st.Keep/shards, st.Bytes/shards)
	}
	return *r, true
}

// note keeps what came with an event.
func (r *Record) note(e Event, ch Change, at time.Time) {
	switch {
	case e == Publish || e == Repeat:
		r.Sends++
		r.Wire = ch.Wire
		if r.Sent.IsZero() {
			r.Sent = at
		}
	case e == Receive:
		r.Delivered = at
	case r.State.Final():
		r.Ended, r.Reply, r.Err = at, ch.Reply, ch.Err
		if r.OneWay && e == Answer {
			r.Delivered = at
		}
	}
}

// retireLocked lets go of the oldest that are too many, or hold too much.
func (sh *shard) retireLocked(r *Record, keep, bytes int) {
	sh.ended = append(sh.ended, r)
	sh.bytes += r.size()
	for len(sh.ended) > keep || sh.bytes > bytes {
		old := sh.ended[0]
		sh.bytes -= old.size()
		delete(sh.records, old.ID)
		sh.ended[0] = nil
		sh.ended = sh.ended[1:]
	}
}

// size is how long the texts are that a record holds.
func (r *Record) size() int {
	return len(r.Input) + max(len(r.Reply.Raw), len(r.Reply.Data)) + len(r.Reply.Message)
}

// Lookup returns a command's record.
func (st *Store) Lookup(id ID) (Record, bool) {
	sh := st.of(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if r := sh.records[id]; r != nil {
		return *r, true
	}
	return Record{}, false
}

// published returns a command's number on the wire; 0 if it has none or is not known any more.
func (st *Store) published(id ID) Wire {
	sh := st.of(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if r := sh.records[id]; r != nil {
		return r.Wire
	}
	return 0
}

// find returns a device's commands that are known and that match, the newest first. match is called under a lock: it
// must not call the store. nil matches all.
//
// Note: it walks over all devices' records, 1.5 ms for 20,000 of them. An index by device would cost every command
// something, for a call that few make.
func (st *Store) find(a Address, match func(*Record) bool) []ID {
	var all []ID
	for i := range st.shard {
		sh := &st.shard[i]
		sh.mu.Lock()
		for id, r := range sh.records {
			if r.Device == a && (match == nil || match(r)) {
				all = append(all, id)
			}
		}
		sh.mu.Unlock()
	}
	slices.SortFunc(all, func(x, y ID) int { return cmp.Compare(y, x) })
	return all
}
