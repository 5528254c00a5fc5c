package alibaba

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxParams is above what any call has, a batch of 100 devices included, and bounds the work that a hostile call makes.
const maxParams = 200

// params are a request's, decoded, in the order in which they came: first the query's, then the form's. Of one name
// the first counts.
type params []param

type param struct{ name, value string }

// parseParams appends those of a query or form to p.
func parseParams(p params, raw string) (params, error) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		n, v, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(n)
		if err != nil {
			return p, unreadable(err.Error())
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return p, unreadable(err.Error())
		}
		if _, repeated := p.find(name); repeated {
			continue
		}
		if len(p) == maxParams {
			return p, unreadable("more than " + strconv.Itoa(maxParams) + " parameters")
		}
		p = append(p, param{name, value})
	}
	return p, nil
}

func (p params) find(name string) (string, bool) {
	for i := range p {
		if p[i].name == name {
			return p[i].value, true
		}
	}
	return "", false
}

func (p params) value(name string) string {
	v, _ := p.find(name)
	return v
}

// require returns the gateway's complaint about the first of the names that has no value.
func (p params) require(names ...string) error {
	for _, name := range names {
		if p.value(name) == "" {
			return missing(name)
		}
	}
	return nil
}

// sorted is a copy in the order of the names' bytes, as every signature wants it.
func (p params) sorted() params {
	s := slices.Clone(p)
	s.sort()
	return s
}

func (p params) sort() {
	slices.SortFunc(p, func(x, y param) int { return strings.Compare(x.name, y.name) })
}

// list returns name.1, name.2 and so on, up to the first that is not there.
func (p params) list(name string) []string {
	var all []string
	for {
		v, ok := p.find(name + "." + strconv.Itoa(len(all)+1))
		if !ok {
			return all
		}
		all = append(all, v)
	}
}

// integer returns a whole number from lo to hi, def if it is not there.
func (p params) integer(name string, def, lo, hi int64) (int64, error) {
	v := p.value(name)
	if v == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < lo || n > hi {
		return 0, illegal(name + " is not a whole number from " + strconv.FormatInt(lo, 10) + " to " + strconv.FormatInt(hi, 10))
	}
	return n, nil
}

// clip shortens what a caller sent for a message about it.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
