package enos

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxParams is above what any call has, and bounds the work that a hostile query can make.
const maxParams = 64

// query is a request's parameters, decoded, in the order in which they came; a repeated key is left out.
type query []param

type param struct{ key, value string }

// parseQuery appends raw's parameters to q. Note: url.ParseQuery makes a map with a slice for each value; a call has
// seven parameters and is looked up seven times.
func parseQuery(q query, raw string) (query, error) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return q, invalid("query", "%v", err)
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return q, invalid(key, "%v", err)
		}
		if _, repeated := q.find(key); repeated {
			continue
		}
		if len(q) == maxParams {
			return q, invalid("query", "more than %d parameters", maxParams)
		}
		q = append(q, param{key, value})
	}
	return q, nil
}

func (q query) find(key string) (string, bool) {
	for i := range q {
		if q[i].key == key {
			return q[i].value, true
		}
	}
	return "", false
}

func (q query) value(key string) string {
	v, _ := q.find(key)
	return v
}

// required returns a parameter that must not be missing or empty.
func (q query) required(key string) (string, error) {
	v, ok := q.find(key)
	switch {
	case !ok:
		return "", invalid(key, "%s is missing", key)
	case v == "":
		return "", invalid(key, "%s is empty", key)
	}
	return v, nil
}

// seconds returns a whole number from lo to hi; def if it is missing.
func (q query) seconds(key string, def, lo, hi int) (int, error) {
	v, ok := q.find(key)
	if !ok {
		return def, nil
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		return 0, invalid(key, "%q is not a whole number of seconds", clip(v))
	case n < lo || n > hi:
		return 0, invalid(key, "%d is out of range, %d to %d seconds", n, lo, hi)
	}
	return n, nil
}

// appendSigned appends what takes part in a signature: keys and values, decoded, in the order of the keys' bytes.
func (q query) appendSigned(b []byte) []byte {
	slices.SortStableFunc(q, func(x, y param) int { return strings.Compare(x.key, y.key) })
	for _, p := range q {
		b = append(append(b, p.key...), p.value...)
	}
	return b
}

// clip shortens what a caller sent for a message about it.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
