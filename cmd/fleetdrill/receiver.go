package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"

	"fleetdrill/platform"
	"fleetdrill/report"
)

// receiver is the application of a drill that states of commands and messages are pushed to. It acknowledges them,
// unless faults have it down, and checks their order: of what a device was told about, nothing comes before something older.
type receiver struct {
	door    *entrance
	serving sync.WaitGroup

	mu      sync.Mutex
	server  *http.Server
	down    map[string]int // faults that act now, by how
	change  chan struct{}  // closed when down changes
	check   report.Check
	times   map[string]string // event time of the last push, by device
	reached map[string]int    // rank of the last state, by device with command or message that may have more
}

// receiverURL is where the platform finds the receiver: whatever the URL, its dial knows the way.
const receiverURL = "http://application/push"

// orderRule is the receiver's check, among those of package check.
const orderRule = "push-order"

func newReceiver(l listener) *receiver {
	r := &receiver{door: newEntrance(l), down: map[string]int{}, change: make(chan struct{}), check: report.Check{Rule: orderRule},
		times: map[string]string{}, reached: map[string]int{}}
	r.serveLocked(l)
	return r
}

func (r *receiver) serveLocked(l net.Listener) {
	server := &http.Server{Handler: platform.BoundBodies(http.HandlerFunc(r.take))}
	r.server = server
	r.serving.Go(func() { server.Serve(l) })
}

// Down implements sim.Receiver. Of several faults refused wins, then silent.
func (r *receiver) Down(how string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down[how]++; how == "refused" && r.down[how] == 1 {
		r.server.Close()
	}
	r.changedLocked()
}

// Up implements sim.Receiver.
func (r *receiver) Up(how string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down[how]--
	r.changedLocked()
	if how != "refused" || r.down[how] > 0 {
		return nil
	}
	l, err := r.door.reopen()
	if err == nil {
		r.serveLocked(l)
	}
	return err
}

func (r *receiver) changedLocked() {
	close(r.change)
	r.change = make(chan struct{})
}

// take is one push. What comes while the receiver is silent waits for its end.
func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	var n notice
	body, err := platform.ReadBody(w, req, 1<<20)
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.down["silent"] > 0 {
		change := r.change
		r.mu.Unlock()
		select {
		case <-change:
		case <-req.Context().Done(): // the platform has given it up
		}
		r.mu.Lock()
		if req.Context().Err() != nil {
			panic(http.ErrAbortHandler) // a return would be a 200
		}
	}
	switch {
	case r.down["error"] > 0:
		w.WriteHeader(http.StatusInternalServerError)
	case err != nil:
		r.breachLocked("a push cannot be read: %v", err)
	default:
		r.noteLocked(&n)
	}
}

// notice is what the receiver reads of a push.
type notice struct {
	Resource string `json:"resource"`
	Millis   string `json:"event_time_ms"`
	Notify   struct {
		Header struct {
			Device string `json:"device_id"`
		} `json:"header"`
		Body struct {
			Command string `json:"command_id"`
			Message string `json:"message_id"`
			Status  string `json:"status"`
		} `json:"body"`
	} `json:"notify_data"`
}

// rankOf orders the states of a command or a message; what is not in it is an end.
var rankOf = map[string]int{"PENDING": 1, "SENT": 2, "DELIVERED": 3}

const lastRank = 4

// noteLocked compares a push with those before it. A push may come twice: an acknowledgement can be lost.
//
// Note: it counts pushes. How many commands told their last state hangs on which of the pushes of one instant were lost,
// and these go in any order.
func (r *receiver) noteLocked(n *notice) {
	r.check.Commands++
	device, id := n.Notify.Header.Device, cmp.Or(n.Notify.Body.Command, n.Notify.Body.Message)
	key, rank := device+" "+id, cmp.Or(rankOf[n.Notify.Body.Status], lastRank)
	switch before := r.reached[key]; {
	case id == "" || device == "":
		r.breachLocked("a push names no device, or neither command nor message: %+v", *n)
	case n.Millis < r.times[device]:
		r.breachLocked("%s of %s at %s was told after something of %s", n.Notify.Body.Status, device, n.Millis, r.times[device])
	case rank < before:
		r.breachLocked("%s of %s of %s was told after a later state", n.Notify.Body.Status, id, device)
	}
	r.times[device] = max(n.Millis, r.times[device])
	if rank == lastRank || n.Notify.Body.Message != "" && rank > 1 {
		delete(r.reached, key)
		return
	}
	r.reached[key] = rank
}

func (r *receiver) breachLocked(format string, args ...any) {
	const examples = 3
	r.check.Breaches++
	if len(r.check.Examples) < examples {
		r.check.Examples = append(r.check.Examples, fmt.Sprintf(format, args...))
	}
}

// close is to be called when nothing is pushed any more.
func (r *receiver) close() {
	r.mu.Lock()
	r.server.Close()
	r.mu.Unlock()
	r.serving.Wait()
}

// order is the result of the check.
func (r *receiver) order() *report.Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.check
	return &c
}
