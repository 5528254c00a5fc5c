package huawei

import (
	"cmp"
	"encoding/json"
	"net/http"
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
	}
	return c.answer(http.StatusOK, r.ruleBody)
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
	p, err := c.page()
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	wants := func(name, has string) bool { return q.Get(name) == "" || q.Get(name) == has }
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	var all []*ruleEntry
	for _, r := range a.rules.rules {
		if r.org == c.org && (q.Get("resource") == "" || spelt(q.Get("resource")) == spelt(r.Subject.Resource)) &&
			wants("event", r.Subject.Event) && wants("app_type", value(r.AppType)) && wants("app_id", value(r.AppID)) &&
			wants("rule_name", value(r.RuleName)) && wants("active", strconv.FormatBool(*r.Active)) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(x, y *ruleEntry) int { return cmp.Compare(y.number, x.number) })
	rows, last := cut(p, all, func(r *ruleEntry) uint64 { return r.number })
	bodies := make([]ruleBody, len(rows))
	for i, r := range rows {
		bodies[i] = r.ruleBody
	}
	return c.answer(http.StatusOK, listing("rules", bodies, len(all), last))
}

// listing is a list with its count and marker, as the rule calls have them.
func listing(name string, rows any, count int, last string) map[string]json.RawMessage {
	return map[string]json.RawMessage{name: encode(rows), "count": encode(count), "marker": encode(last)}
}
