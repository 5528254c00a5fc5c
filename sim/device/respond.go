package device

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

// respond answers success once.
type respond struct {
	after  scenarios.Delay
	output output
}

func newRespond(b scenarios.Behaviour) Behaviour { return respond{b.After, newOutput(b.Output)} }

func (b respond) Plan(c platform.Command, r *rand.Rand, into []Step) []Step {
	return append(into, Step{After: Draw(b.after, r), Action: Answer, Reply: b.output.success(c)})
}

// output is the beginning of a success's data: the scenario's object up to where "answer" goes.
type output []byte

func newOutput(object json.RawMessage) output {
	text := bytes.TrimSpace(object)
	text = bytes.TrimSpace(bytes.TrimSuffix(text, []byte("}")))
	if len(text) == 0 {
		return output(`{"answer":`)
	}
	if text[len(text)-1] != '{' {
		text = append(bytes.Clone(text), ',')
	}
	return append(bytes.Clone(text), `"answer":`...)
}

// success is a reply that says which command it answers, so that its caller's side can tell a mix-up. The number is
// always the command's own, whatever number a behaviour then puts into the reply's Wire.
func (o output) success(c platform.Command) platform.Reply {
	data := make([]byte, 0, len(o)+20)
	data = append(data, o...)
	number := uint64(c.Wire)
	if number == 0 {
		number = uint64(c.ID)
	}
	reply := platform.ReplyTo(c)
	reply.OK, reply.Data = true, append(strconv.AppendUint(data, number, 10), '}')
	return reply
}
