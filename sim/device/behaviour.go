package device

import (
	"fmt"
	"math/rand/v2"
	"time"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// Behaviour is one way to treat a command. Plan appends its steps to into, in any order, drawing from r alone. It has
// no clock, no socket and no memory, and may be called by many devices at once.
type Behaviour interface {
	Plan(c platform.Command, r *rand.Rand, into []Step) []Step
}

// Action is what a device does in a step.
type Action uint8

const (
	Answer Action = iota + 1 // publish Reply
	Garble                   // publish Reply on its topic with a payload that nobody can read
	Ack                      // acknowledge the command's MQTT message
	HangUp                   // break the connection
	note                     // nothing but note a fact of an earlier run: no plan has it
)

var actionNames = [...]string{"", "answer", "garble", "ack", "hang up", "note"}

func (a Action) String() string { return actionNames[a] }

// Step is one thing to do about a command.
type Step struct {
	After  time.Duration // from the command's arrival at the device
	Action Action
	Reply  platform.Reply
	Other  bool          // the command's ID in Reply is to be that of another device's
	Away   time.Duration // HangUp: until the first attempt to return; 0 leaves it to scenarios.Reconnect
}

// kinds is every behaviour by its name in a scenario.
var kinds = map[string]func(scenarios.Behaviour) Behaviour{
	"respond":    newRespond,
	"delay":      newRespond, // an answer that is meant to be slow; the plan is the same
	"drop":       newDrop,
	"fail":       newFail,
	"twice":      newTwice,
	"garble":     newGarble,
	"foreign":    newForeign,
	"slow_ack":   newSlowAck,
	"disconnect": newDisconnect,
}

// Mix is a group's behaviours with their weights. It never changes.
type Mix struct {
	parts []part
	total float64

	holds, pretends bool // a plan may contain Ack, or steps with Other
}

type part struct {
	upTo float64 // sum of the weights up to and with this one
	Behaviour
}

// NewMix builds the behaviours of a group; none is one that answers at once.
func NewMix(list []scenarios.Behaviour) (*Mix, error) {
	if len(list) == 0 {
		list = []scenarios.Behaviour{{Weight: 100, Kind: "respond"}}
	}
	m := &Mix{}
	for _, b := range list {
		made, err := m.Beside(b)
		if err != nil {
			return nil, err
		}
		m.total += b.Weight
		m.parts = append(m.parts, part{m.total, made})
	}
	if m.total <= 0 {
		return nil, fmt.Errorf("behaviours: weights add up to %v, want more than 0", m.total)
	}
	return m, nil
}

// Beside builds a behaviour that devices of the group may have, too, and that is never drawn: see Group.Told. It must be
// built before a device of the group runs.
func (m *Mix) Beside(b scenarios.Behaviour) (Behaviour, error) {
	build, ok := kinds[b.Kind]
	if !ok {
		return nil, fmt.Errorf("behaviour %q: no such kind", b.Kind)
	}
	m.holds = m.holds || b.Kind == "slow_ack"
	m.pretends = m.pretends || b.Kind == "foreign"
	return build(b), nil
}

// Plan draws one behaviour by weight and lets it plan.
func (m *Mix) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	at := r.Float64() * m.total
	for _, p := range m.parts {
		if at < p.upTo {
			return p.Plan(c, r, into)
		}
	}
	return m.parts[len(m.parts)-1].Plan(c, r, into)
}

// HoldsAcks tells whether a plan may contain Ack: only then does the device, not the MQTT client, acknowledge.
func (m *Mix) HoldsAcks() bool { return m.holds }

// behaviour is whose plan the device follows for a command.
func (d *Device) behaviour(c platform.Command) Behaviour {
	if d.g.Told != nil {
		if b := d.g.Told(c.Wire, c.ID); b != nil {
			return b
		}
	}
	return d.g.Mix
}
