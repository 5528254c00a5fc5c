package huawei

import (
	"errors"
	"net/http"

	"fleetdrill/platform"
)

// A device's asynchronous commands are in its queue until they have ended, and then in its history.

type queuePage struct {
	Count  int    `json:"count"`
	Marker string `json:"marker"`
}

type historyPage struct {
	Marker string `json:"marker"`
}

func (a *api) listQueue(c *call) error {
	p, all, err := a.listed(c, false)
	if err != nil {
		return err
	}
	rows, last := cut(p, all, numberOf)
	return c.answer(http.StatusOK, struct {
		Commands []asyncRow `json:"commands"`
		Page     queuePage  `json:"page"`
	}{a.rows(c.device, a.svc.Known(rows)), queuePage{len(all), last}})
}

func (a *api) listHistory(c *call) error {
	p, all, err := a.listed(c, true)
	if err != nil {
		return err
	}
	rows, last := cut(p, all, numberOf)
	return c.answer(http.StatusOK, struct {
		Commands []asyncRow  `json:"commands"`
		Page     historyPage `json:"page"`
	}{a.rows(c.device, a.svc.Known(rows)), historyPage{last}})
}

func (a *api) countHistory(c *call) error {
	_, all, err := a.listed(c, true)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, struct {
		Count int `json:"count"`
	}{len(all)})
}

func numberOf(id platform.ID) uint64 { return uint64(id) }

func (a *api) rows(dev *platform.Device, recs []platform.Record) []asyncRow {
	rows := make([]asyncRow, len(recs))
	for i := range recs {
		rows[i] = a.row(dev, &recs[i])
		rows[i].Paras, rows[i].Result = nil, nil
	}
	return rows
}

// listed returns the commands that the query asks for, the newest first. Times are those of delivery.
func (a *api) listed(c *call, ended bool) (page, []platform.ID, error) {
	p, err := c.page()
	if err != nil {
		return p, nil, err
	}
	times, err := c.span()
	if err != nil {
		return p, nil, err
	}
	q := c.r.URL.Query()
	status, name := q.Get("status"), q.Get("command_name")
	if status != "" && !knownState(status) {
		return p, nil, invalid("status", "%q is no state of a command", clip(status))
	}
	if err := (field{name: "command_name", most: 128}).check(name); err != nil {
		return p, nil, err
	}
	return p, a.svc.Find(c.device.Address, func(r *platform.Record) bool {
		o, _ := r.Extra.(order)
		return isAsync(r) && r.State.Final() == ended && !errors.Is(r.Err, platform.ErrCacheFull) && times.holds(r.Delivered) &&
			(status == "" || status == a.cfg.asyncState(r)) && (name == "" || o.command != nil && *o.command == name)
	}), nil
}

func knownState(name string) bool {
	for _, s := range asyncStates {
		if s == name {
			return true
		}
	}
	return false
}
