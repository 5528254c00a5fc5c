// Package scenarios reads scenario files: what a run is, and nothing that runs.
//
//  1. Open reads a file, or a built-in scenario by its name; Parse reads text. Both take overrides such as
//     load.reboot.timeout=3s. OpenAll and ParseAll read files with a matrix, which are several scenarios.
//  2. What comes back is complete: defaults are filled in, references resolve, ranges hold. It is not to be changed.
//  3. An error of type Mistakes holds everything that is wrong, each with file, line and column: show it and stop.
//
// Schema is for editors, BuiltIns for help texts. To add a key: a line in a table of fields.go and a field in
// scenario.go. To add a dialect: a row in dialects.go, and its settings in settings.go.
package scenarios

import (
	"encoding/json"
	"time"

	"fleetdrill/report"
)

// Scenario is one checked scenario file. It is configuration only: nothing in it runs.
type Scenario struct {
	Name, About string
	Seed        uint64
	Clock       string        // "real" or "virtual"
	Drain       time.Duration // longest wait after the last arrival for what is still open
	Platform    Platform
	Devices     []Group
	Load        []Load
	Faults      []Fault
	Harness     Harness
	Compare     report.Tolerances // when runs are compared; all of report.Gauges
	Expect      []report.Threshold

	Cell string // of the file's matrix; empty where there is none, or one was picked
	File string // where it came from, for messages
	Text []byte // what Parse read, after --set: writing it to a file and parsing that gives the same scenario
}

// Platform configures the system under test.
type Platform struct {
	Transport string // "memory" or "tcp"
	EnOS      EnOS
	Alibaba   Alibaba
	Huawei    Huawei
}

// Group is a number of devices that are alike.
type Group struct {
	Name           string
	Dialect        string
	Count          int     // 1–1,000,000
	Connect        float64 // first connects per second, over the whole group; 0 is all at once
	KeepAlive      time.Duration
	ReceiveMaximum int    // messages at QoS 1 that a device takes unacknowledged
	Activated      bool   // has been online before the run: an offline device, not an inactive one
	Format         string // json or custom: a product with a data format of its own and no script for it
	Clean          bool   // MQTT clean session: what is kept for a device that is away goes with its connection
	Behaviours     []Behaviour
	Presence       Presence
	Reconnect      Reconnect
	Only           []int // the devices of Count that run, by number from 1; empty: all
}

// Behaviour is one way to treat a command, with the share of commands that get it.
type Behaviour struct {
	Weight  float64 // percent; the weights of a group add up to 100
	Kind    string  // respond delay drop fail twice garble foreign slow_ack disconnect
	After   Delay   // from the command's arrival to the answer; disconnect: to the hanging up
	Gap     Delay   // twice: from the first answer to the second. disconnect: how long the device stays away
	Ack     Delay   // slow_ack: from the command's arrival to its MQTT acknowledgement
	Code    int     // fail: the device's code
	Message string  // fail
	Output  json.RawMessage
}

// Presence is when a device is there. The zero value is: always.
type Presence struct {
	Start   string // online, offline, never
	Up      Delay  // how long it stays; zero: for ever
	Offline Delay  // how long it stays away
}

// Reconnect is how a device comes back after a connection it did not end itself.
type Reconnect struct {
	After  time.Duration // first wait
	Max    time.Duration // the wait doubles up to this
	Jitter float64       // 0–1: each wait is drawn from wait·(1-Jitter) to wait
}

// Delay is a constant or a distribution of durations. The zero value is no delay.
type Delay struct {
	Law      string        // constant uniform normal lognormal exponential; empty: zero
	A        time.Duration // constant: the value; uniform: the least; normal, exponential: the mean; lognormal: the median
	B        time.Duration // uniform: the most; normal, lognormal: the value at Quantile
	Quantile float64       // normal, lognormal: 0.5 < Quantile < 1
	Text     string        // as it was written
}

// Load is one stream of calls.
type Load struct {
	Name     string
	To       string // a group
	Call     string // invoke, cached, async, message
	Service  string
	Input    json.RawMessage
	Timeout  time.Duration // from publishing to the device's answer; 0: there is no such limit
	TTL      time.Duration // cached, message: the lifetime on the platform
	Via      string        // http, direct
	Pick     string        // round_robin, random: which device is next
	Start    time.Duration // offset from the beginning of the load phase
	MaxOpen  int           // calls open at once; an arrival above it is dropped
	Arrivals []Arrivals
	Only     []int // the calls of Arrivals that are made, by number from 0; empty: all
}

// Arrivals is one stretch of a load's schedule. Exactly one of Burst, Pause, At and For is set.
type Arrivals struct {
	Rate, To float64 // per second; To differs from Rate in a ramp
	For      time.Duration
	Process  string // constant, poisson
	Burst    int    // this many at once
	Pause    time.Duration
	At       []time.Duration // these very moments, from the beginning of the stretch, in order
	Device   int             // At: which device of the group all of them call, by number from 1; 0: the load's Pick says
	Does     *Behaviour      // At: what it does with each of them; nil: its group's Behaviours say
}

// Harness says when a run says more about the machine than about the platform: past a limit its verdict is inconclusive.
type Harness struct {
	MaxLag time.Duration // of the 99th percentile of the lag of each load
	MaxCPU float64       // 0–1, share of all cores during the load phase
}
