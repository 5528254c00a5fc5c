package alibaba

import (
	"slices"
	"strings"
	"sync"
	"time"

	"fleetdrill/platform"
)

// authenticate finds out whose call it is, in the order of the gateway: key, parameters, time, nonce, signature.
func (a *api) authenticate(c *call) error {
	key := c.auth.key
	if !c.signed {
		key = c.params.value("AccessKeyId")
	}
	if a.cfg.Auth == AuthOff {
		c.anyone = true
		c.account, _ = a.svc.Account(key) // whose limit it counts against
		return nil
	}
	prove := a.prove1
	if c.signed {
		prove = a.prove3
	}
	if key == "" {
		return missing("AccessKeyId")
	}
	var ok bool
	if c.account, ok = a.svc.Account(key); !ok {
		return errNoKey
	}
	if slices.Contains(a.cfg.DisabledKeys, key) {
		return errKeyInactive
	}
	return prove(c)
}

// prove1 checks a signature of version 1.
func (a *api) prove1(c *call) error {
	if c.params.value("Signature") == "" {
		return errIncomplete
	}
	if err := c.params.require("SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"); err != nil {
		return err
	}
	if !strings.EqualFold(c.params.value("SignatureMethod"), "HMAC-SHA1") || c.params.value("SignatureVersion") != "1.0" {
		return errIncomplete
	}
	s := scratches.Get().(*scratch)
	defer s.release()
	text := stringToSign1(c.r.Method, c.params, s)
	if c.account.Secret == "" || !same(c.params.value("Signature"), s.sign1(c.account.Secret, text)) {
		return notMatched(text)
	}
	return a.fresh(c, c.params.value("Timestamp"), c.params.value("SignatureNonce"))
}

// prove3 checks a signature of ACS3. The body's hash is computed, not believed.
func (a *api) prove3(c *call) error {
	if c.auth.signature == "" || c.auth.signed == "" {
		return errIncomplete
	}
	for _, name := range []string{"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"} {
		if c.r.Header.Get(name) == "" {
			return missing(name)
		}
	}
	canonical := c.auth.canonical(c.r, c.query, hexHash(c.body))
	text := stringToSign3(canonical)
	hash := strings.ToLower(c.r.Header.Get("x-acs-content-sha256"))
	if c.account.Secret == "" || !same(c.auth.signature, sign3(c.account.Secret, text)) || hash != hexHash(c.body) {
		return notMatched(text)
	}
	return a.fresh(c, c.r.Header.Get("x-acs-date"), c.r.Header.Get("x-acs-signature-nonce"))
}

// validity is how far a signature's time may be from now, and how long its nonce is remembered.
const validity = 15 * time.Minute

// fresh refuses what is too old, or was here before.
func (a *api) fresh(c *call, timestamp, nonce string) error {
	now := time.Now()
	if a.cfg.CheckTime {
		at, err := time.Parse("2006-01-02T15:04:05Z", timestamp)
		if err != nil {
			return errTimeFormat
		}
		if at.Sub(now).Abs() > validity {
			return errTimeExpired
		}
	}
	if a.cfg.CheckNonce && !a.nonces.add(c.account.Key+" "+nonce, now) {
		return errNonceUsed
	}
	return nil
}

// nonces are those of the last 15 minutes: half of them in one map, half in another, of which the older is dropped as a
// whole.
type nonces struct {
	mu       sync.Mutex
	now, old map[string]time.Time
	since    time.Time // when now was begun
}

// add returns false for a nonce that is known.
func (n *nonces) add(nonce string, at time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil || at.Sub(n.since) >= validity {
		n.old, n.now, n.since = n.now, map[string]time.Time{}, at
	}
	for _, m := range []map[string]time.Time{n.now, n.old} {
		if seen, ok := m[nonce]; ok && at.Sub(seen) < validity {
			return false
		}
	}
	n.now[nonce] = at
	return true
}

// throttle counts a call against its account's second.
func (a *api) throttle(c *call) error {
	r := a.rates[c.action]
	if r == nil || r.allow(tenant(c.account), time.Now()) {
		return nil
	}
	c.w.Header()["X-Ratelimit-User"] = r.header()
	return errThrottled
}

// tenant is the account in the vendor's sense: all keys that command the same organisation first share its limits.
func tenant(a platform.Account) string {
	if len(a.Orgs) > 0 {
		return "org " + a.Orgs[0]
	}
	return "key " + a.Key
}
