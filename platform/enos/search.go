package enos

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// defaultPageSize is the vendor's, for this call.
const defaultPageSize = 100

// searchBody is what a search may ask for. All of it is optional.
type searchBody struct {
	Expression string `json:"expression"`
	Pagination struct {
		PageNo   *int              `json:"pageNo"`
		PageSize *int              `json:"pageSize"`
		Sorters  []json.RawMessage `json:"sorters"`
	} `json:"pagination"`
	Projection []string `json:"projection"`
}

func (a *api) search(c *call) error {
	var in searchBody
	if len(c.body) > 0 {
		if err := members.Unmarshal(c.body, &in); err != nil {
			return invalid("body", "%s", jsonMistake(c.body, err))
		}
	}
	match, err := parseExpression(in.Expression)
	if err != nil {
		return err
	}
	no, size, err := in.page()
	if err != nil {
		return err
	}
	cols, err := project(in.Projection)
	if err != nil {
		return err
	}
	found := a.matching(c.device, match)
	c.out = appendRecords(c.out, a.svc.Known(page(found, no, size)), c.device, cols)
	c.out = append(c.out, `,"pagination":{"sortedBy":[{"field":"createDate","order":"DESC"}],"pageNo":`...)
	c.out = strconv.AppendInt(c.out, int64(no), 10)
	c.out = strconv.AppendInt(append(c.out, `,"pageSize":`...), int64(size), 10)
	c.out = append(strconv.AppendInt(append(c.out, `,"totalSize":`...), int64(len(found)), 10), '}')
	return nil
}

// page returns the number and the size that are asked for.
func (b *searchBody) page() (no, size int, err error) {
	no, size = 1, defaultPageSize
	if p := b.Pagination.PageNo; p != nil {
		no = *p
	}
	if p := b.Pagination.PageSize; p != nil {
		size = *p
	}
	switch {
	case no < 1:
		return 0, 0, invalid("pagination", "pageNo %d is below 1", no)
	case size < 1:
		return 0, 0, invalid("pagination", "pageSize %d is below 1", size)
	case len(b.Pagination.Sorters) > 0:
		return 0, 0, invalid("pagination", "sorters are not supported, commands come newest first")
	}
	return no, size, nil
}

func page(recs []platform.ID, no, size int) []platform.ID {
	if no-1 > len(recs)/size { // before the product, which may overflow
		return nil
	}
	from := min((no-1)*size, len(recs))
	return recs[from:min(len(recs), from+min(size, len(recs)))]
}

// project returns the columns of those names, in the order of the struct; all if there is no name.
func project(names []string) ([]column, error) {
	if len(names) == 0 {
		return columns, nil
	}
	var cols []column
	for _, col := range columns {
		if slices.Contains(names, col.name) {
			cols = append(cols, col)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(columns, func(col column) bool { return col.name == name }) {
			return nil, invalid("projection", "commands have no field %q", clip(name))
		}
	}
	return cols, nil
}

// matching returns the device's commands that all conditions hold for, newest first.
func (a *api) matching(d *platform.Device, match []condition) []platform.ID {
	return a.svc.Find(d.Address, func(r *platform.Record) bool {
		return time.Since(r.Created) <= history && !slices.ContainsFunc(match, func(holds condition) bool { return !holds(r) })
	})
}
