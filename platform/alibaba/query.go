package alibaba

import (
	"math"
	"slices"
	"strconv"
	"time"

	"fleetdrill/platform"
)

// deviceStatus answers GetDeviceStatus.
func (a *api) deviceStatus(c *call) error {
	dev, err := a.address(c)
	if err != nil {
		return err
	}
	st := dev.Status()
	word := "OFFLINE"
	switch {
	case st.Disabled:
		word = "DISABLE"
	case !st.Activated:
		word = "UNACTIVE"
	case st.Online:
		word = "ONLINE"
	}
	c.out.begin("Data")
	c.out.text("Status", word)
	c.out.raw("Timestamp", strconv.FormatInt(st.Since.UnixMilli(), 10))
	c.out.end("Data")
	return nil
}

// serviceData answers QueryDeviceServiceData: the calls of one service of a device, as far as the platform still knows
// them.
func (a *api) serviceData(c *call) error {
	if err := c.params.require("Identifier", "StartTime", "EndTime"); err != nil {
		return err
	}
	dev, err := a.address(c)
	if err != nil {
		return err
	}
	page, err := c.page()
	if err != nil {
		return err
	}
	all := a.svc.Find(dev.Address, page.holds)
	if page.asc {
		slices.Reverse(all)
	}
	shown := a.svc.Known(all[:min(len(all), page.size)])
	name := dev.Model.Services[page.identifier].Name
	c.out.begin("Data")
	c.out.begin("List")
	c.out.list("ServiceInfo", len(shown), func(i int) { c.serviceInfo(shown[i], name) })
	c.out.end("List")
	next := a.svc.Known(all[min(len(all), page.size):min(len(all), page.size+1)])
	c.out.raw("NextValid", strconv.FormatBool(len(next) > 0))
	if len(next) > 0 {
		c.out.raw("NextTime", millis(next[0].Created))
	}
	c.out.end("Data")
	return nil
}

func (c *call) serviceInfo(r platform.Record, name string) {
	c.out.text("Time", millis(r.Created))
	c.out.text("Identifier", r.Service)
	c.out.text("Name", name)
	c.out.text("InputData", string(r.Input))
	c.out.text("OutputData", string(r.Reply.Data))
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// page is which calls are asked for. Times are milliseconds, both included.
type page struct {
	identifier string
	from, to   int64
	size       int
	asc        bool
}

func (c *call) page() (page, error) {
	p := page{identifier: c.params.value("Identifier")}
	var size, asc int64
	var err error
	for _, f := range []struct {
		to          *int64
		name        string
		def, lo, hi int64
	}{
		{&p.from, "StartTime", 0, 0, math.MaxInt64}, {&p.to, "EndTime", 0, 0, math.MaxInt64},
		{&size, "PageSize", 10, 1, 50}, {&asc, "Asc", 0, 0, 1},
	} {
		if *f.to, err = c.params.integer(f.name, f.def, f.lo, f.hi); err != nil {
			return p, err
		}
	}
	p.size, p.asc = int(size), asc == 1
	if p.from > p.to {
		return p, illegal("StartTime is after EndTime")
	}
	return p, nil
}

// holds tells whether a call is asked for.
func (p page) holds(r *platform.Record) bool {
	at := r.Created.UnixMilli()
	return r.Service == p.identifier && !routeOf(r.Command).raw && at >= p.from && at <= p.to
}
