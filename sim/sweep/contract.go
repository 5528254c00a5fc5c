package sweep

import "time"

// Call is one kind of call, as its vendor's contract has it.
type Call struct {
	Dialect, Name string        // Name is that of scenarios: invoke, cached, async, message
	Variant       string        // which of several of that name; may be empty
	QoS           byte          // of the message
	Away          bool          // the device is away when the call is made
	Waits         bool          // its caller waits for its ending; otherwise it is told that the call was taken
	Cached        bool          // it rests while its device is away; otherwise it fails at once
	OneWay        bool          // nobody answers: to be received is its success
	Receipt       bool          // to be received is a state of its own, from which the time for the answer counts
	Fails         bool          // the device answers that it failed
	Kept          bool          // without acknowledgement it waits for the device's return, and is sent again
	TakesBack     bool          // the API can cancel it while it rests
	Timeout       time.Duration // for the answer; 0: none
	AckTimeout    time.Duration // for the acknowledgement, where Receipt is a state
	// Lifetimes are those that a call may have, so that each clock can be the first: of a cached one from its acceptance.
	Lifetimes []time.Duration
	Codes     map[string]string // by Ending.Command, and accepted: what the caller hears
	// Open are what the contract does not say of two events in one instant: by Step.Pair.
	Open map[string]string
}

// accepted is the key of Codes for a call that was taken.
const accepted = "accepted"

// The ways to end, as Ending.Command has them.
const (
	succeeded  = "succeeded"
	refused    = "failed, by the device"
	unanswered = "timed out"
	unreceived = "timed out, unreceived"
	expired    = "expired"
	canceled   = "canceled"
	offline    = "failed, offline"
	open       = "open"
	nothing    = "nothing"
)

const (
	second = time.Second
	day    = 24 * time.Hour
)

// calls are written from the contracts: EnOS sections 3.1, 4 and 10; Alibaba sections 3.4, 6 and 12; Huawei sections 3, 4.2
// and 5.4. What these leave open is in Open.
var calls = []Call{
	{Dialect: "enos", Name: "invoke", Waits: true, Timeout: 5 * second, Codes: enosCodes},
	{Dialect: "enos", Name: "invoke", Variant: "QoS 1", QoS: 1, Waits: true, Timeout: 5 * second, Codes: enosCodes},
	{Dialect: "enos", Name: "invoke", Variant: "device away", Away: true, Waits: true, Timeout: 5 * second, Codes: enosCodes},
	{Dialect: "enos", Name: "cached", Cached: true, TakesBack: true, Timeout: 5 * second, Codes: enosCodes, Lifetimes: []time.Duration{1000 * second}},
	{Dialect: "enos", Name: "cached", Variant: "QoS 1", QoS: 1, Cached: true, TakesBack: true, Timeout: 5 * second, Codes: enosCodes,
		Lifetimes: []time.Duration{1000 * second}},
	{Dialect: "enos", Name: "cached", Variant: "device away", Away: true, Cached: true, TakesBack: true, Timeout: 5 * second, Codes: enosCodes,
		Lifetimes: []time.Duration{1000 * second, 2 * second}, Open: enosOpen},
	{Dialect: "enos", Name: "cached", Variant: "QoS 1, device away", QoS: 1, Away: true, Cached: true, TakesBack: true, Timeout: 5 * second,
		Codes: enosCodes, Lifetimes: []time.Duration{1000 * second, 2 * second}, Open: enosOpen},

	{Dialect: "alibaba", Name: "invoke", Waits: true, Timeout: 8 * second, Codes: alibabaCodes},
	{Dialect: "alibaba", Name: "invoke", Variant: "device away", Away: true, Waits: true, Timeout: 8 * second, Codes: alibabaCodes},
	{Dialect: "alibaba", Name: "async", Codes: alibabaCodes},
	{Dialect: "alibaba", Name: "async", Variant: "device away", Away: true, Codes: alibabaCodes},
	{Dialect: "alibaba", Name: "cached", Cached: true, QoS: 1, Kept: true, Lifetimes: []time.Duration{7 * day}, Codes: alibabaCodes,
		Open: alibabaOpen},
	{Dialect: "alibaba", Name: "cached", Variant: "device away", Away: true, Cached: true, QoS: 1, Kept: true, Lifetimes: []time.Duration{7 * day},
		Codes: alibabaCodes, Open: alibabaOpen},

	{Dialect: "huawei", Name: "invoke", Waits: true, Timeout: 20 * second, Codes: huaweiCodes},
	{Dialect: "huawei", Name: "invoke", Variant: "QoS 1", QoS: 1, Waits: true, Timeout: 20 * second, Codes: huaweiCodes},
	{Dialect: "huawei", Name: "invoke", Variant: "device away", Away: true, Waits: true, Timeout: 20 * second, Codes: huaweiCodes},
	{Dialect: "huawei", Name: "async", Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second, Codes: huaweiCodes},
	{Dialect: "huawei", Name: "async", Variant: "QoS 1", QoS: 1, Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second, Codes: huaweiCodes,
		Open: huaweiOpen},
	{Dialect: "huawei", Name: "async", Variant: "QoS 1, device fails", QoS: 1, Fails: true, Receipt: true, AckTimeout: 180 * second,
		Timeout: 180 * second, Codes: huaweiCodes, Open: huaweiOpen},
	{Dialect: "huawei", Name: "async", Variant: "device away", Away: true, Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second,
		Codes: huaweiFailed},
	{Dialect: "huawei", Name: "cached", Cached: true, Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second, Codes: huaweiCodes,
		Lifetimes: []time.Duration{1000 * second}},
	{Dialect: "huawei", Name: "cached", Variant: "QoS 1", QoS: 1, Cached: true, Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second,
		Codes: huaweiCodes, Lifetimes: []time.Duration{1000 * second}, Open: huaweiOpen},
	{Dialect: "huawei", Name: "cached", Variant: "device away", Away: true, Cached: true, Receipt: true, AckTimeout: 180 * second, Timeout: 180 * second,
		Codes: huaweiCodes, Lifetimes: []time.Duration{1000 * second, 2 * second}, Open: huaweiOpen},
	{Dialect: "huawei", Name: "cached", Variant: "QoS 1, device away", QoS: 1, Away: true, Cached: true, Receipt: true, AckTimeout: 180 * second,
		Timeout: 180 * second, Codes: huaweiCodes, Lifetimes: []time.Duration{1000 * second, 2 * second}, Open: huaweiOpen},
	{Dialect: "huawei", Name: "message", Cached: true, OneWay: true, Lifetimes: []time.Duration{300 * second}, Codes: huaweiMessages},
	{Dialect: "huawei", Name: "message", Variant: "device away", Away: true, Cached: true, OneWay: true, Lifetimes: []time.Duration{300 * second},
		Codes: huaweiMessages, Open: huaweiOpen},
	{Dialect: "huawei", Name: "message", Variant: "QoS 1", Cached: true, OneWay: true, QoS: 1, Kept: true, Lifetimes: []time.Duration{300 * second},
		Codes: huaweiMessages, Open: huaweiOpen},
	{Dialect: "huawei", Name: "message", Variant: "QoS 1, device away", QoS: 1, Away: true, Cached: true, OneWay: true, Kept: true,
		Lifetimes: []time.Duration{300 * second}, Codes: huaweiMessages, Open: huaweiOpen},
}

var (
	enosCodes = map[string]string{accepted: "ok 0", succeeded: "ok 0", unanswered: "timeout 11915", offline: "offline 11900"}

	alibabaCodes = map[string]string{accepted: "ok 200", succeeded: "ok 200", unanswered: "timeout iot.messagebroker.TIMEOUT",
		offline: "offline iot.messagebroker.OFFLINE"}

	huaweiCodes = map[string]string{accepted: "ok 200", succeeded: "ok 200", unanswered: "timeout IOTDA.014111", offline: "offline IOTDA.014016"}

	huaweiFailed = map[string]string{accepted: "offline FAILED"} // 4.2: it is taken, and its answer has that state

	huaweiMessages = map[string]string{accepted: "ok 201"}
)

// What the contracts leave open, and which way the platform goes.
var (
	enosOpen = map[string]string{
		"take-back = expiry": "is a command cancelled, or has it expired, if both come in one instant? Here it has expired."}

	alibabaOpen = map[string]string{
		"return = expiry": "\"kept at most 7 days\": is a message sent to a device that connects in the instant in which they are over? Here it is dropped."}

	huaweiOpen = map[string]string{
		"return = expiry": "\"cached longer than expire_time\": is a command sent to a device that connects in the instant in which it is over? Here it has expired.",
		"ack = timeout":   "\"no acknowledgement in time\": does one in the very instant count? Here it does, as an answer does."}
)

// Calls are the kinds of call of a dialect.
func Calls(dialect string) []Call {
	var list []Call
	for _, c := range calls {
		if c.Dialect == dialect {
			list = append(list, c)
		}
	}
	return list
}

// Title names a kind of call within its dialect.
func (c *Call) Title() string {
	if c.Variant == "" {
		return c.Name
	}
	return c.Name + ", " + c.Variant
}
