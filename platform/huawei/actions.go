package huawei

import "net/http"

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
	q := c.r.URL.Query()
	a.rules.mu.RLock()
	defer a.rules.mu.RUnlock()
	return listed(c, "actions", a.rules.actions, func(e *actionEntry) bool {
		return e.org == c.org && wants(q, "rule_id", e.RuleID) && wants(q, "channel", e.Channel) && wants(q, "app_id", e.AppID)
	}, func(e *actionEntry) (uint64, actionBody) { return e.number, e.actionBody })
}
