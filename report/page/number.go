package page

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fleetdrill/report"
)

// lookup finds a value of summary.json by its path: keys and indices with dots between them. A key may hold dots itself,
// as a vendor's code may: then it is the last.
func lookup(v any, path string) (any, bool) {
	for rest := path; ; {
		switch at := v.(type) {
		case map[string]any:
			if found, ok := at[rest]; ok {
				return found, true
			}
		}
		key, after, more := strings.Cut(rest, ".")
		switch at := v.(type) {
		case map[string]any:
			found, ok := at[key]
			if !ok {
				return nil, false
			}
			v = found
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
		if !more {
			return v, true
		}
		rest = after
	}
}

// text is a number of summary.json as people read it, by the unit that its path names.
func text(path string, n json.Number) string {
	f, _ := n.Float64()
	whole, _ := n.Int64()
	if strings.Contains(path, ".codes.") || strings.Contains(path, ".causes.") { // what follows is a name
		return report.FormatCount(whole)
	}
	keys := strings.Split(path, ".")
	slices.Reverse(keys)
	for _, key := range keys[:min(2, len(keys))] { // the set of latency_us.p99 is latency_us
		switch {
		case key == "count": // of a set of durations
			return report.FormatCount(whole)
		case key == "seed":
			return n.String()
		case strings.HasSuffix(key, "_us"):
			return report.FormatMicros(whole)
		case strings.HasSuffix(key, "_per_s"):
			return report.FormatRate(f)
		case strings.HasSuffix(key, "_s"):
			return report.FormatMicros(int64(f * 1e6))
		case strings.HasSuffix(key, "_share"):
			return report.FormatShare(f)
		case strings.HasPrefix(key, "bytes_"):
			return report.FormatBytes(whole)
		}
	}
	return report.FormatCount(whole)
}

// num is a number of summary.json in the page, with its value and its path there. A set of durations that is empty has
// dashes instead: its zeros are no durations.
func (v *view) num(parts ...any) (template.HTML, error) {
	path := join(parts)
	found, ok := lookup(v.numbers, path)
	n, isNumber := found.(json.Number)
	if !ok || !isNumber {
		return "", fmt.Errorf("summary.json has no number %s", path)
	}
	v.shown[path] = true
	shown, class := text(path, n), ""
	if set, _, ok := cutLast(path); ok {
		if count, ok := lookup(v.numbers, set+".count"); ok && strings.HasSuffix(set, "_us") && count == json.Number("0") && !strings.HasSuffix(path, ".count") {
			shown = "–"
		}
	}
	if n == "0" {
		class = ` class="zero"`
	}
	return template.HTML(fmt.Sprintf(`<data value="%s" data-path="%s"%s>%s</data>`, template.HTMLEscapeString(n.String()),
		template.HTMLEscapeString(path), class, template.HTMLEscapeString(shown))), nil
}

func cutLast(path string) (before, after string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

func join(parts []any) string {
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = fmt.Sprint(p)
	}
	return strings.Join(list, ".")
}

// rest are the paths of all numbers that the page has not shown so far: what is new in a summary is not lost.
func (v *view) rest() []string {
	var list []string
	walk(v.numbers, "", func(path string) {
		if !v.shown[path] && path != "schema" {
			list = append(list, path)
		}
	})
	return list
}

// walk calls f with the path of each number in v, in order.
func walk(v any, path string, f func(path string)) {
	down := func(key string, v any) { walk(v, strings.TrimPrefix(path+"."+key, "."), f) }
	switch at := v.(type) {
	case json.Number:
		f(path)
	case []any:
		for i := range at {
			down(strconv.Itoa(i), at[i])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(at)) {
			down(key, at[key])
		}
	}
}
