package huawei

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"fleetdrill/platform"
)

// rules are the conditions and actions of all projects, with numbers in the order of their making.
type rules struct {
	mu      sync.RWMutex
	next    uint64
	rules   map[string]*ruleEntry
	actions map[string]*actionEntry
}

type ruleEntry struct {
	ruleBody
	number uint64
	org    string
}

type actionEntry struct {
	actionBody
	number uint64
	org    string
}

func newRules() rules {
	return rules{rules: map[string]*ruleEntry{}, actions: map[string]*actionEntry{}}
}

// urls are where a change of a device's resource is pushed to, in the order of the actions.
func (s *rules) urls(resource string, d *platform.Device, app string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var to []*actionEntry
	for _, a := range s.actions {
		r := s.rules[a.RuleID]
		if r == nil || !*r.Active || spelt(r.Subject.Resource) != resource || d.Model.Org != "" && d.Model.Org != r.org ||
			value(r.AppType) == appOne && value(r.AppID) != app {
			continue
		}
		to = append(to, a)
	}
	slices.SortFunc(to, func(x, y *actionEntry) int { return cmp.Compare(x.number, y.number) })
	var urls []string
	for _, a := range to {
		if !slices.Contains(urls, a.Detail.HTTP.URL) {
			urls = append(urls, a.Detail.HTTP.URL)
		}
	}
	return urls
}

// ruleLocked returns the project's rule of that id.
func (a *api) ruleLocked(c *call, id string) (*ruleEntry, error) {
	r := a.rules.rules[id]
	if r == nil || r.org != c.org {
		return nil, missing("rule", id)
	}
	return r, nil
}

func (a *api) createRule(c *call) error {
	var in ruleBody
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.checkNew(); err != nil {
		return err
	}
	if in.AppType == nil {
		in.AppType = new(string)
		*in.AppType = appGlobal
	}
	if in.Active == nil {
		in.Active = new(bool)
	}
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	a.rules.next++
	in.RuleID = a.ids.next()
	a.rules.rules[in.RuleID] = &ruleEntry{in, a.rules.next, c.org}
	a.doubt(&in)
	return c.answer(http.StatusCreated, in)
}

func (a *api) showRule(c *call) error {
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	r, err := a.ruleLocked(c, c.r.PathValue("rule"))
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, r.ruleBody)
}

// updateRule changes what the body names, but never the subject.
func (a *api) updateRule(c *call) error {
	var in ruleBody
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	r, err := a.ruleLocked(c, c.r.PathValue("rule"))
	if err != nil {
		return err
	}
	for _, f := range []struct{ to, from **string }{{&r.RuleName, &in.RuleName}, {&r.Description, &in.Description},
		{&r.Select, &in.Select}, {&r.Where, &in.Where}} {
		if *f.from != nil {
			*f.to = *f.from
		}
	}
	if in.Active != nil {
		r.Active = in.Active
		a.doubt(&r.ruleBody)
	}
	return c.answer(http.StatusOK, r.ruleBody)
}

// doubt tells the log of a rule that waits for what never comes.
func (a *api) doubt(r *ruleBody) {
	if *r.Active && !isPushed(r.Subject.Resource) {
		a.svc.Log().Warn("a rule is active whose subject is never pushed here", "rule", r.RuleID, "resource", r.Subject.Resource)
	}
}

// deleteRule deletes its actions too: nothing would ever make them push.
func (a *api) deleteRule(c *call) error {
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	r, err := a.ruleLocked(c, c.r.PathValue("rule"))
	if err != nil {
		return err
	}
	delete(a.rules.rules, r.RuleID)
	for id, action := range a.rules.actions {
		if action.RuleID == r.RuleID {
			delete(a.rules.actions, id)
		}
	}
	return c.answer(http.StatusNoContent, nil)
}

func (a *api) listRules(c *call) error {
	q := c.r.URL.Query()
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	return listed(c, "rules", a.rules.rules, func(r *ruleEntry) bool {
		return r.org == c.org && (q.Get("resource") == "" || spelt(q.Get("resource")) == spelt(r.Subject.Resource)) &&
			wants(q, "event", r.Subject.Event) && wants(q, "app_type", value(r.AppType)) && wants(q, "app_id", value(r.AppID)) &&
			wants(q, "rule_name", value(r.RuleName)) && wants(q, "active", strconv.FormatBool(*r.Active))
	}, func(r *ruleEntry) (uint64, ruleBody) { return r.number, r.ruleBody })
}

// wants tells whether what a row has is what a query asks for; one that asks for nothing wants all.
func wants(q url.Values, name, has string) bool { return q.Get(name) == "" || q.Get(name) == has }

// listed answers with a page of the entries that fit, newest first, with count and marker as the rule calls have them.
func listed[E, B any](c *call, name string, entries map[string]*E, fits func(*E) bool, row func(*E) (number uint64, body B)) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	var all []*E
	for _, e := range entries {
		if fits(e) {
			all = append(all, e)
		}
	}
	number := func(e *E) uint64 { n, _ := row(e); return n }
	slices.SortFunc(all, func(x, y *E) int { return cmp.Compare(number(y), number(x)) })
	page, last := cut(p, all, number)
	bodies := make([]B, len(page))
	for i, e := range page {
		_, bodies[i] = row(e)
	}
	return c.answer(http.StatusOK, map[string]any{name: bodies, "count": len(all), "marker": last})
}
