package scenarios

import "time"

// EnOS configures the EnOS dialect. Its open points are the contract's section 12.
type EnOS struct {
	CachedPerDevice int           // 1–10000, the vendor's is 50
	MaxTTL          time.Duration // the vendor's is 48 h
	Auth            string        // strict, lenient, off
	QoS             int           // of commands to devices: 0 or 1
	Serialize       string        // cached, all
	DeviceError     string        // code, success
	CachedOnline    string        // return, wait
	StrictInput     bool
	RateLimit       int // calls per minute over all callers; 0: no limit
}

// Alibaba configures the Alibaba dialect. What is not here is as the vendor documents it.
type Alibaba struct {
	Auth                   string // strict, off
	CheckTime, CheckNonce  bool   // of a call's signature
	DisabledKeys           []string
	Instance               string // IotInstanceId that calls must name; empty: any
	Unmodelled             string // async, sync: services of a product without a thing model
	AsyncOffline           string // accept, reject: an asynchronous call at QoS 0 to a device that is away
	SyncTimeout            time.Duration
	AsyncTimeout           time.Duration // 0: never
	QPS, BatchQPS, RRpcQPS int           // calls per second of one account; 0: no limit
	Kept                   int           // unacknowledged calls at QoS 1 that wait for a device
	KeptFor                time.Duration
	KeepAliveCheck         bool // a device whose keep-alive is below 30 s is refused
}

// Huawei configures the Huawei dialect. What is not here is as the vendor documents it.
type Huawei struct {
	Auth            string        // strict, off
	SignWindow      time.Duration // of a signature's date; 0: any
	Instance        string        // Instance-Id that calls must name; empty: any
	Projects        []Project     // those whose id is not the name of an organisation
	Tokens          []Token       // that are valid for ever
	RateLimit       int           // calls per second of one account; 0: no limit
	SyncTimeout     time.Duration
	AckTimeout      time.Duration // of an asynchronous command, from sending to the device's acknowledgement
	ResponseTimeout time.Duration // from there to its response
	KeepDelivered   bool          // without a response it stays DELIVERED
	RefuseAsync     bool          // asynchronous commands are for LwM2M devices only
	ExpireDefault   time.Duration
	ExpireMax       time.Duration
	PendingLimit    int // asynchronous commands that wait for a device
	MessageLimit    int // messages that wait for a device
	StrictModel     bool
	AnyKeepAlive    bool          // take a keep-alive outside 30 s to 1,200 s
	MustSubscribe   bool          // a device gets only what it subscribes to
	ImplicitQoS     int           // of what a device gets without subscribing
	Resend          time.Duration // between the sends of what is not acknowledged
	ReturnResend    time.Duration // between rounds of these, once its device is back
	Topics          []Topics
	Push            bool // a drill has an application that states are pushed to
	PushSpelling    string
	PushTimeout     time.Duration // until when a receiver of pushes has to answer
	PushFails       int           // failures in a row that block a receiver
	PushProbe       time.Duration // between attempts while it is blocked
}

// Project is an organisation under the id that the API's paths have for it.
type Project struct {
	ID, Org string
}

// Token is an X-Auth-Token, and the account that it stands for.
type Token struct {
	Text, Account string
}

// Topics are the only suffixes that messages to a product's devices may name as their topic.
type Topics struct {
	Product  string
	Suffixes []string
}

func enosFields(e *EnOS) []field {
	return []field{
		{key: "cached_per_device", def: "50", rule: whole(&e.CachedPerDevice, 1, 10_000), doc: "Cached commands that a device may have waiting."},
		{key: "max_ttl", def: "48h", rule: duration(&e.MaxTTL, time.Second, 60*day), doc: "The longest lifetime in the cache that a call may ask for."},
		{key: "auth", def: "strict", rule: oneWord(&e.Auth, "strict", "lenient", "off"), doc: "How callers prove themselves: token and signature, token alone, not at all."},
		{key: "qos", def: "0", rule: whole(&e.QoS, 0, 1), doc: "MQTT quality of service of commands to devices."},
		{key: "serialize", def: "cached", rule: oneWord(&e.Serialize, "cached", "all"), doc: "Which commands to a device go one after another."},
		{key: "device_error", def: "code", rule: oneWord(&e.DeviceError, "code", "success"), doc: "How a device's failure reaches the caller: as the device's code, or as a success."},
		{key: "cached_online", def: "return", rule: oneWord(&e.CachedOnline, "return", "wait"), doc: "A cached call to a device that is there: returns at once, or waits for the answer."},
		{key: "strict_input", def: "true", rule: boolean(&e.StrictInput), doc: "A call without inputData is an error."},
		{key: "rate_limit", def: "0", rule: whole(&e.RateLimit, 0, maxNumber), doc: "Calls per minute over all callers; 0 is no limit."},
	}
}

func alibabaFields(a *Alibaba) []field {
	return []field{
		{key: "auth", def: "strict", rule: oneWord(&a.Auth, "strict", "off"), doc: "How callers prove themselves: a signature over each call, not at all."},
		{key: "check_time", def: "false", rule: boolean(&a.CheckTime), doc: "A signature's time must be within 15 minutes of now."},
		{key: "check_nonce", def: "false", rule: boolean(&a.CheckNonce), doc: "A signature's nonce must be new within 15 minutes."},
		{key: "disabled_keys", rule: words(&a.DisabledKeys, deviceWord), doc: "Access keys that exist and may not call."},
		{key: "instance", rule: text(&a.Instance, deviceWord), doc: "The IotInstanceId that calls must name; any or none if nothing is said."},
		{key: "unmodelled", def: "async", rule: oneWord(&a.Unmodelled, "async", "sync"), doc: "How services of a product without a thing model are called."},
		{key: "async_offline", def: "accept", rule: oneWord(&a.AsyncOffline, "accept", "reject"), doc: "What an asynchronous call at QoS 0 to a device that is away gets."},
		{key: "sync_timeout", def: "8s", rule: duration(&a.SyncTimeout, time.Millisecond, day), doc: "For the device's answer to a synchronous call."},
		{key: "async_timeout", def: "0s", rule: duration(&a.AsyncTimeout, 0, 60*day), doc: "When an unanswered asynchronous call is given up; 0s is never."},
		{key: "qps", def: "500", rule: whole(&a.QPS, 0, maxNumber), doc: "Calls of InvokeThingService per second and account; 0 is no limit."},
		{key: "batch_qps", def: "10", rule: whole(&a.BatchQPS, 0, maxNumber), doc: "Calls of InvokeThingsService per second and account; 0 is no limit."},
		{key: "rrpc_qps", def: "1000", rule: whole(&a.RRpcQPS, 0, maxNumber), doc: "Calls of RRpc per second and account; 0 is no limit."},
		{key: "kept", def: "50", rule: whole(&a.Kept, 1, 10_000), doc: "Unacknowledged calls at QoS 1 that wait for a device; the oldest make room."},
		{key: "kept_for", def: "7d", rule: duration(&a.KeptFor, time.Second, 60*day), doc: "How long one of them may wait."},
		{key: "keep_alive_check", def: "false", rule: boolean(&a.KeepAliveCheck), doc: "A device whose keep-alive is below 30 s is refused, and one above 1200 s is taken for 1200 s."},
	}
}

func huaweiFields(h *Huawei) []field {
	return []field{
		{key: "auth", def: "strict", rule: oneWord(&h.Auth, "strict", "off"), doc: "How callers prove themselves: a token or a signature over each call, not at all."},
		{key: "sign_window", def: "0s", rule: duration(&h.SignWindow, 0, day), doc: "How far a signature's date may be from now; 0s is any."},
		{key: "instance", rule: text(&h.Instance, deviceWord), doc: "The Instance-Id that calls must name; any or none if nothing is said."},
		{key: "projects", rule: list(&h.Projects, func(p *Project) rule { return object(projectFields(p)) }), doc: "Projects whose id is not the name of an organisation."},
		{key: "tokens", rule: list(&h.Tokens, func(t *Token) rule { return object(tokenFields(t)) }), doc: "X-Auth-Tokens that are valid for ever, beside those that the token call gives."},
		{key: "rate_limit", def: "0", rule: whole(&h.RateLimit, 0, maxNumber), doc: "Calls per second and account; 0 is no limit."},
		{key: "sync_timeout", def: "20s", rule: duration(&h.SyncTimeout, time.Millisecond, day), doc: "For the device's answer to a synchronous command."},
		{key: "ack_timeout", def: "180s", rule: duration(&h.AckTimeout, time.Millisecond, day), doc: "From sending an asynchronous command to the device's acknowledgement."},
		{key: "response_timeout", def: "180s", rule: duration(&h.ResponseTimeout, time.Millisecond, day), doc: "From there to its response."},
		{key: "keep_delivered", def: "false", rule: boolean(&h.KeepDelivered), doc: "A command without a response stays DELIVERED instead of TIMEOUT."},
		{key: "refuse_async", def: "false", rule: boolean(&h.RefuseAsync), doc: "Asynchronous commands are for LwM2M devices only, as in the cloud."},
		{key: "expire_default", def: "24h", rule: duration(&h.ExpireDefault, time.Second, 60*day), doc: "Lifetime of a cached command that names none."},
		{key: "expire_max", def: "48h", rule: duration(&h.ExpireMax, time.Second, 60*day), doc: "The longest that it may name."},
		{key: "pending_limit", def: "20", rule: whole(&h.PendingLimit, 1, 10_000), doc: "Asynchronous commands that wait for a device."},
		{key: "message_limit", def: "20", rule: whole(&h.MessageLimit, 1, 10_000), doc: "Messages that wait for a device; the oldest make room."},
		{key: "strict_model", def: "false", rule: boolean(&h.StrictModel), doc: "Commands must be in the product's service_capabilities."},
		{key: "any_keep_alive", def: "false", rule: boolean(&h.AnyKeepAlive), doc: "Take a keep-alive outside 30 s to 1,200 s."},
		{key: "must_subscribe", def: "false", rule: boolean(&h.MustSubscribe), doc: "A device gets only what it subscribes to; otherwise its commands and messages come unasked."},
		{key: "implicit_qos", def: "0", rule: whole(&h.ImplicitQoS, 0, 1), doc: "MQTT quality of service of what a device gets without subscribing."},
		{key: "resend", def: "2s", rule: duration(&h.Resend, time.Millisecond, day), doc: "Between the sends of what a device has not acknowledged, at QoS 1."},
		{key: "return_resend", def: "10s", rule: duration(&h.ReturnResend, time.Millisecond, day), doc: "Between the five rounds of these for a message, once its device is back."},
		{key: "topics", rule: list(&h.Topics, func(t *Topics) rule { return object(topicFields(t)) }), doc: "What messages may name as their topic, for products that do not allow any."},
		{key: "push", def: "false", rule: boolean(&h.Push), doc: "An application of the drill subscribes to the states of commands and messages, and they are pushed to it."},
		{key: "push_spelling", def: "seed", rule: oneWord(&h.PushSpelling, "seed", "current"), doc: "device.commmad.status, as the push page has it, or device.command.status."},
		{key: "push_timeout", def: "15s", rule: duration(&h.PushTimeout, time.Millisecond, day), doc: "Until when a receiver of pushes has to answer with 200."},
		{key: "push_fails", def: "10", rule: whole(&h.PushFails, 1, maxNumber), doc: "Pushes that fail in a row before a receiver is blocked."},
		{key: "push_probe", def: "3m", rule: duration(&h.PushProbe, time.Millisecond, day), doc: "Between attempts while a receiver is blocked."},
	}
}

func projectFields(p *Project) []field {
	return []field{
		{key: "id", must: true, rule: text(&p.ID, deviceWord), doc: "The project_id."},
		{key: "org", must: true, rule: text(&p.Org, deviceWord), doc: "The organisation."},
	}
}

func tokenFields(t *Token) []field {
	return []field{
		{key: "token", must: true, rule: secret(&t.Text), doc: "The token."},
		{key: "account", must: true, rule: text(&t.Account, deviceWord), doc: "The key of the account that it stands for."},
	}
}

func topicFields(t *Topics) []field {
	return []field{
		{key: "product", must: true, rule: text(&t.Product, deviceWord), doc: "The product's id."},
		{key: "suffixes", must: true, rule: words(&t.Suffixes, topicSuffix), doc: "What comes after $oc/devices/{device_id}/user/."},
	}
}
