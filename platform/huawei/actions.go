package huawei

import (
	"cmp"
	"net/http"
	"slices"
)

func (a *api) actionLocked(c *call) (*actionEntry, error) {
	id := c.r.PathValue("action")
	e := a.rules.actions[id]
	if e == nil || e.org != c.org {
		return nil, missing("action", id)
	}
	return e, nil
}

func (a *api) createAction(c *call) error {
	var in actionBody
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.check(true); err != nil {
		return err
	}
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	r, err := a.ruleLocked(c, in.RuleID)
	if err != nil {
		return err
	}
	a.rules.next++
	in.ActionID, in.AppID = a.ids.next(), value(r.AppID)
	a.rules.actions[in.ActionID] = &actionEntry{in, a.rules.next, c.org}
	return c.answer(http.StatusCreated, in)
}

func (a *api) showAction(c *call) error {
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	e, err := a.actionLocked(c)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.actionBody)
}

// updateAction changes the channel's details. What is on its way to the old URL still goes there.
func (a *api) updateAction(c *call) error {
	var in actionBody
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.check(false); err != nil {
		return err
	}
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	e, err := a.actionLocked(c)
	if err != nil {
		return err
	}
	if in.Detail != nil {
		e.Detail = in.Detail
	}
	return c.answer(http.StatusOK, e.actionBody)
}

func (a *api) deleteAction(c *call) error {
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	e, err := a.actionLocked(c)
	if err != nil {
		return err
	}
	delete(a.rules.actions, e.ActionID)
	return c.answer(http.StatusNoContent, nil)
}

func (a *api) listActions(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	wants := func(name, has string) bool { return q.Get(name) == "" || q.Get(name) == has }
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	var all []*actionEntry
	for _, e := range a.rules.actions {
		if e.org == c.org && wants("rule_id", e.RuleID) && wants("channel", e.Channel) && wants("app_id", e.AppID) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(x, y *actionEntry) int { return cmp.Compare(y.number, x.number) })
	rows, last := cut(p, all, func(e *actionEntry) uint64 { return e.number })
	bodies := make([]actionBody, len(rows))
	for i, e := range rows {
		bodies[i] = e.actionBody
	}
	return c.answer(http.StatusOK, listing("actions", bodies, len(all), last))
}
