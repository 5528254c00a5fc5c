package report

import "time"

// Schema is the version of Summary's JSON form. It changes when a key changes its meaning or goes away, not when one
// is added.
const Schema = 1

// Summary is a whole run in numbers: summary.json. The package comment defines each of them. Apart from Harness it is
// the same in every run of a scenario on the virtual clock.
type Summary struct {
	Schema     int               `json:"schema"`
	Scenario   string            `json:"scenario"`
	Seed       uint64            `json:"seed"`
	Clock      string            `json:"clock"` // real or virtual
	Verdict    Verdict           `json:"verdict"`
	Reasons    []string          `json:"reasons"`
	Elapsed    float64           `json:"elapsed_s"`
	Devices    Devices           `json:"devices"`
	Loads      []Load            `json:"loads"`
	Timeouts   Timeouts          `json:"timeouts"`
	Cache      Cache             `json:"cache"`
	Push       *Push             `json:"push,omitempty"` // nil: nothing is pushed in the scenario
	Checks     []Check           `json:"checks"`
	Thresholds []ThresholdResult `json:"thresholds"`
	Harness    Harness           `json:"harness"`
}

// Devices is the fleet.
type Devices struct {
	Configured int     `json:"configured"`
	Connected  int     `json:"connected"`
	Connect    float64 `json:"connect_s"`
	BytesEach  int64   `json:"bytes_each"` // 0 where it was not measured, as on the virtual clock
}

// Load is one stream of calls.
type Load struct {
	Name      string           `json:"name"`
	Dialect   string           `json:"dialect"`
	Call      string           `json:"call"`
	Via       string           `json:"via"`
	Arrivals  int64            `json:"arrivals"`
	Span      float64          `json:"span_s"`
	Outcomes  Tally            `json:"outcomes"`
	Codes     map[string]int64 `json:"codes"`
	Causes    map[string]int64 `json:"causes"`
	Latency   Quantiles        `json:"latency_us"`
	LatencyOK Quantiles        `json:"latency_ok_us"`
	Lag       Quantiles        `json:"lag_us"`
	Service   Quantiles        `json:"service_us"`
}

// Rate is how many calls were over per second of the load's span, and whether that can be said.
func (l *Load) Rate() (float64, bool) {
	if l.Span <= 0 {
		return 0, false
	}
	return float64(l.Arrivals-l.Outcomes.Dropped) / l.Span, true
}

// Tally counts arrivals by outcome.
type Tally struct {
	OK          int64 `json:"ok"`
	DeviceError int64 `json:"device_error"`
	Timeout     int64 `json:"timeout"`
	Offline     int64 `json:"offline"`
	Rejected    int64 `json:"rejected"`
	Broken      int64 `json:"broken"`
	Dropped     int64 `json:"dropped"`
}

// of returns the count of an outcome. An outcome that does not exist counts as broken: it must not get lost.
func (t *Tally) of(o Outcome) *int64 {
	switch o {
	case OK:
		return &t.OK
	case DeviceError:
		return &t.DeviceError
	case Timeout:
		return &t.Timeout
	case Offline:
		return &t.Offline
	case Rejected:
		return &t.Rejected
	case Dropped:
		return &t.Dropped
	}
	return &t.Broken
}

// Count returns how many arrivals ended so.
func (t Tally) Count(o Outcome) int64 { return *t.of(o) }

// Plus is both together.
func (t Tally) Plus(o Tally) Tally {
	for _, k := range Outcomes {
		*t.of(k) += *o.of(k)
	}
	return t
}

// Sum is the number of all arrivals.
func (t Tally) Sum() int64 {
	var n int64
	for _, o := range Outcomes {
		n += *t.of(o)
	}
	return n
}

// Timeouts is what the platform's deadlines did, and what devices sent that fitted no open command.
type Timeouts struct {
	Fired            int64     `json:"fired"`
	Overshoot        Quantiles `json:"overshoot_us"`
	LateReplies      int64     `json:"late_replies"`
	DuplicateReplies int64     `json:"duplicate_replies"`
	UnknownReplies   int64     `json:"unknown_replies"`
	ForeignReplies   int64     `json:"foreign_replies"`
	GarbledReplies   int64     `json:"garbled_replies"`
	OwedReplies      int64     `json:"owed_replies"`
	PendingAfter     int64     `json:"pending_after"`
	CutShort         int64     `json:"cut_short"`
}

// Cache is what happened to cached commands on the platform. Filled is the sum of SentAtOnce, Drained, Expired,
// TakenBack, Withdrawn and Waiting.
type Cache struct {
	Filled     int64     `json:"filled"`
	FillRate   float64   `json:"fill_per_s"`
	SentAtOnce int64     `json:"sent_at_once"`
	Drained    int64     `json:"drained"`
	DrainRate  float64   `json:"drain_per_s"`
	Expired    int64     `json:"expired"`
	TakenBack  int64     `json:"taken_back"`
	Withdrawn  int64     `json:"withdrawn"`
	Waiting    int64     `json:"still_waiting"`
	Rejected   int64     `json:"rejected"`
	Wait       Quantiles `json:"wait_us"`
}

// Push is what became of the states that the platform pushes to an application. Told is the sum of Acknowledged, Lost and
// Waiting.
type Push struct {
	Told         int64 `json:"told"`
	Acknowledged int64 `json:"acknowledged"`
	Lost         int64 `json:"lost"`
	Waiting      int64 `json:"still_waiting"`
	Attempts     int64 `json:"attempts"`
	Blocked      int64 `json:"blocked"`
}

// Check is the result of one invariant over the histories of all commands.
type Check struct {
	Rule     string   `json:"rule"`
	Commands int64    `json:"commands"` // looked at; pushes, where they are what a rule is about
	Breaches int64    `json:"breaches"`
	Examples []string `json:"examples,omitempty"` // a few breaches in words
}

// Harness is the load generator and its machine, on the wall clock. Limited says that they, and not the platform, were
// the limit.
type Harness struct {
	LagP99     int64   `json:"lag_p99_us"`
	Dropped    int64   `json:"dropped"`
	GCPauseMax int64   `json:"gc_pause_max_us"`
	CPUShare   float64 `json:"cpu_share"` // of all cores, during the load phase
	Limited    bool    `json:"limited"`
	Clamped    int64   `json:"clamped"` // durations beyond a histogram's range, counted at its end
	Wall       float64 `json:"wall_s"`
	Machine    Machine `json:"machine"`
}

// Machine is where a run took place: figures from two machines that differ in it do not compare. The zero value is not
// known.
type Machine struct {
	OS    string `json:"os"`    // as Go names it, with the architecture: linux/amd64
	CPU   string `json:"cpu"`   // the model, where the system tells
	Cores int    `json:"cores"` // usable by the process
	Procs int    `json:"gomaxprocs"`
	Go    string `json:"go"`    // version of the compiler
	Build string `json:"build"` // version of the program, and its commit where it is known
}

// Breaches is how many commands broke an invariant, over all rules.
func (s *Summary) Breaches() int64 {
	var n int64
	for _, c := range s.Checks {
		n += c.Breaches
	}
	return n
}

// Arrivals is how many there were, over all loads.
func (s *Summary) Arrivals() int64 {
	var n int64
	for _, l := range s.Loads {
		n += l.Arrivals
	}
	return n
}

// seconds keeps microseconds: more digits are noise.
func seconds(d time.Duration) float64 { return float64(micros(d)) / 1e6 }
