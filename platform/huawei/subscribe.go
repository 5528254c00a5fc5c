package huawei

import "fleetdrill/platform"

// Subscribe makes an organisation hear of the states of its commands and messages at a URL, for programs that have the
// dialect at hand: it leaves what the three calls of the push page leave. It is to be called after platform.New.
func (d *Dialect) Subscribe(org, url string) error {
	detail := &channelDetail{HTTP: &forwarding{URL: url}}
	if err := detail.HTTP.check(); err != nil {
		return err
	}
	s := &d.api.rules
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range []string{resourceCommand, resourceMessage} {
		active, global := true, appGlobal
		rule := ruleBody{RuleID: d.api.ids.next(), Subject: &subject{resource, eventUpdate}, AppType: &global, Active: &active}
		action := actionBody{ActionID: d.api.ids.next(), RuleID: rule.RuleID, Channel: channelHTTP, Detail: detail}
		s.rules[rule.RuleID] = &ruleEntry{rule, s.next + 1, org}
		s.actions[action.ActionID] = &actionEntry{action, s.next + 2, org}
		s.next += 2
	}
	return nil
}

// Pushes counts. It may be called at any time.
func (d *Dialect) Pushes() (sum platform.Pushes) {
	p := d.api.posts
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.host {
		h.mu.Lock()
		sum.Blocked += h.blocks
		h.mu.Unlock()
	}
	for _, r := range p.urls {
		r.mu.Lock()
		s := r.stats
		sum.Told, sum.Acked, sum.Lost = sum.Told+s.Told, sum.Acked+s.Acked, sum.Lost+s.Lost
		sum.Waiting, sum.Attempts = sum.Waiting+s.Waiting+len(r.queue), sum.Attempts+s.Attempts
		r.mu.Unlock()
	}
	return sum
}
