package huawei

import (
	"strings"
	"sync"
	"time"

	"fleetdrill/platform"
)

// identify finds out whose call it is, from its headers. A signature is left to verify, which needs the body. A valid
// token is enough: the vendor's SDK signs those calls as well, with any key.
func (a *api) identify(c *call) error { return a.svc.Denied(a.claimed(c)) }

func (a *api) claimed(c *call) error {
	if a.cfg.Auth == AuthOff {
		c.anyone = true
		return nil
	}
	key, ok := a.tokens.owner(c.r.Header.Get(headerToken), time.Now())
	if !ok {
		if c.claim, ok = parseSignature(c.r.Header.Get("Authorization")); !ok {
			return errUnauthorized
		}
		key = c.claim.access
	}
	if c.account, ok = a.svc.Account(key); !ok {
		return errUnauthorized
	}
	return nil
}

// verify checks the signature that identify left.
func (a *api) verify(c *call) error {
	if c.claim.access == "" {
		return nil
	}
	if c.account.Secret == "" || !c.claim.proves(c.account.Secret, c.r, c.body) || !a.inWindow(c.r.Header.Get(headerDate), c.claim.scope) {
		return a.svc.Denied(errUnauthorized)
	}
	return nil
}

// inWindow checks the clock of who signed. A derived key is one day's.
func (a *api) inWindow(date, scope string) bool {
	at, err := time.Parse(shortTime, date)
	if err != nil || scope != "" && !strings.HasPrefix(scope, date[:8]+"/") {
		return false
	}
	return a.cfg.SignWindow == 0 || time.Since(at).Abs() <= a.cfg.SignWindow
}

// enter finds the organisation that the path's project stands for, and whether the caller may be there.
func (a *api) enter(c *call) error {
	project := c.r.PathValue("project")
	c.org = project
	if org, ok := a.cfg.Projects[project]; ok {
		c.org = org
	}
	switch {
	case !c.anyone && !c.account.May(c.org):
		return errNoRights
	case a.cfg.InstanceID != "" && c.r.Header.Get(headerInstance) != a.cfg.InstanceID:
		return invalid(headerInstance, "no such instance")
	case !a.rate.allow(c.account.Key, time.Now()):
		return errTooMany(a.cfg.RateLimit)
	}
	return nil
}

// rate counts the calls of the present second, for each account.
type rate struct {
	limit int

	mu     sync.Mutex
	second time.Time
	calls  map[string]int
}

func (r *rate) allow(key string, now time.Time) bool {
	if r.limit == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Truncate(time.Second); !s.Equal(r.second) {
		r.second, r.calls = s, map[string]int{}
	}
	r.calls[key]++
	return r.calls[key] <= r.limit
}

// find returns the device of that device_id: the one of that Alias, or of that {product}_{device}.
func find(s *platform.Service, id string) *platform.Device { return s.DeviceByName(Name, id) }

// mine is the device if it is of this dialect.
func mine(d *platform.Device) *platform.Device {
	if d == nil || d.Model.Dialect != Name {
		return nil
	}
	return d
}

// deviceID is what the API calls a device.
func deviceID(d *platform.Device) string {
	if d.Alias != "" {
		return d.Alias
	}
	return defaultID(d.Address)
}

func defaultID(a platform.Address) string { return a.Product + "_" + a.Device }
