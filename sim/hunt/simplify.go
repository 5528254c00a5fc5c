package hunt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// kept are keys that a scenario needs, or that its reader does; without only there would be more devices and calls.
var kept = regexp.MustCompile(`^(name|seed|clock|expect|expect\..*|(devices|load)\.\d+\.only)$`)

// asked are keys that say what calls ask for.
var asked = regexp.MustCompile(`^load\.\d+\.(timeout|ttl)$`)

// keeps tells whether a value stays as it is. An expectation that is missed because calls may take longer is missed by
// another figure.
func (c *cutter) keeps(path string) bool {
	return kept.MatchString(path) || c.brief && path == "drain" || c.failure.Kind == Expectation && asked.MatchString(path)
}

// behaviour is an element of a group's mix.
var behaviour = regexp.MustCompile(`^(devices\.\d+\.behaviour)\.(\d+)$`)

// keys drops every key and every element that does not matter, outer ones first.
func (c *cutter) keys() {
	for i := 0; ; i++ {
		paths := c.draft.Paths()
		if i >= len(paths) {
			return
		}
		if !c.keeps(paths[i]) && c.change(func(d *scenarios.Draft) error { return drop(d, paths[i]) }) {
			i--
		}
	}
}

func drop(d *scenarios.Draft, path string) error {
	d.Drop(path)
	if m := behaviour.FindStringSubmatch(path); m != nil {
		return reweigh(d, m[1])
	}
	return nil
}

// reweigh makes the weights of a mix add up to 100 again.
func reweigh(d *scenarios.Draft, mix string) error {
	n, sum := d.Len(mix), 0.0
	if n == 1 {
		d.Drop(mix + ".0.weight")
		return nil
	}
	weights := make([]float64, n)
	for i := range weights {
		text, _ := d.Value(fmt.Sprintf("%s.%d.weight", mix, i))
		weights[i], _ = strconv.ParseFloat(text, 64)
		sum += weights[i]
	}
	left := 100.0
	for i, w := range weights {
		share := float64(int(w/sum*100 + 0.5))
		if i == n-1 {
			share = left
		}
		left -= share
		if err := d.Set(fmt.Sprintf("%s.%d.weight", mix, i), strconv.FormatFloat(share, 'f', -1, 64)); err != nil {
			return err
		}
	}
	return nil
}

// seeds is how many others are tried where numbers change, and with them what is drawn by them.
const seeds = 50

// mostMoments is how many calls are worth a moment each.
const mostMoments = 100

// plain writes few devices as a count and few calls as moments, where that fails, too, with this or another seed.
func (c *cutter) plain() {
	s, err := scenarios.Parse("draft", c.draft.Text(), nil)
	if err != nil {
		return
	}
	for i, g := range s.Devices {
		if len(g.Only) > 0 {
			c.withSomeSeed(s.Seed, func(d *scenarios.Draft) error {
				d.Drop(fmt.Sprintf("devices.%d.only", i))
				return d.Set(fmt.Sprintf("devices.%d.count", i), strconv.Itoa(len(g.Only)))
			})
		}
	}
	for i, l := range s.Load {
		if n := l.Calls(); n > 0 && n <= mostMoments && (len(l.Only) > 0 || len(l.Arrivals) > 1 || len(l.Arrivals[0].At) == 0) {
			c.withSomeSeed(s.Seed, func(d *scenarios.Draft) error { return atMoments(d, i, l, s) })
		}
	}
}

func (c *cutter) withSomeSeed(own uint64, edit func(*scenarios.Draft) error) {
	if c.change(edit) {
		return
	}
	for seed := range uint64(seeds) {
		if seed+1 != own && c.change(func(d *scenarios.Draft) error {
			if err := d.Set("seed", strconv.FormatUint(seed+1, 10)); err != nil {
				return err
			}
			return edit(d)
		}) {
			return
		}
	}
}

// atMoments writes the calls of a load as the moments at which they are due. Faults that come later need a pause.
func atMoments(d *scenarios.Draft, i int, l scenarios.Load, s *scenarios.Scenario) error {
	path, n := fmt.Sprintf("load.%d.", i), 0
	var at []time.Duration
	for due := range sim.Schedule(l, s.Seed) {
		if len(l.Only) == 0 || slices.Contains(l.Only, n) {
			at = append(at, due.Truncate(time.Microsecond))
		}
		n++
	}
	d.Drop(path + "only")
	d.Drop(path + "start")
	arrivals := "{at: " + list(at, short) + "}"
	rest := time.Duration(0)
	for _, f := range s.Faults {
		rest = max(rest, f.At-at[len(at)-1])
	}
	if rest > 0 {
		arrivals += ", " + pause(rest)
	}
	return d.Set(path+"arrivals", "["+arrivals+"]")
}

// times makes times round and short, and other values simple: first all moments together, then each value alone.
func (c *cutter) times() {
	moments := filter(c.draft.Paths(), when.MatchString)
	all := func(change func(time.Duration) time.Duration) bool {
		return c.change(func(d *scenarios.Draft) error {
			for _, path := range moments {
				if at, ok := durationAt(d, path); ok {
					if err := d.Set(path, short(change(at))); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	least := time.Duration(-1)
	for _, path := range moments {
		if at, ok := durationAt(c.draft, path); ok && (least < 0 || at < least) {
			least = at
		}
	}
	if least > 0 {
		all(func(at time.Duration) time.Duration { return at - least })
	}
	for _, unit := range units {
		if all(func(at time.Duration) time.Duration { return at.Truncate(unit) }) {
			break
		}
	}
	for _, path := range c.draft.Paths() {
		c.simplify(path)
	}
}

// when matches values that are moments.
var when = regexp.MustCompile(`^(load\.\d+\.arrivals\.\d+\.at\.\d+|faults\.\d+\.at)$`)

// units are those in which people think, coarse ones first.
var units = []time.Duration{time.Hour, time.Minute, 10 * time.Second, time.Second, 100 * time.Millisecond, 10 * time.Millisecond,
	time.Millisecond, 100 * time.Microsecond, 10 * time.Microsecond, time.Microsecond}

func durationAt(d *scenarios.Draft, path string) (time.Duration, bool) {
	text, _ := d.Value(path)
	at, err := time.ParseDuration(text)
	return at, err == nil
}

// simplify tries simpler values for one.
func (c *cutter) simplify(path string) {
	text, ok := c.draft.Value(path)
	if !ok || c.keeps(path) {
		return
	}
	for _, better := range simpler(text) {
		if c.change(func(d *scenarios.Draft) error { return d.Set(path, better) }) {
			return
		}
	}
}

// simpler lists what may stand for a value, the simplest first. Going on from what it lists comes to an end.
func simpler(text string) (better []string) {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return shorter(d)
	}
	if _, inside, ok := strings.Cut(text, "("); ok {
		for part := range strings.SplitSeq(strings.TrimSuffix(inside, ")"), ",") {
			_, value, quantile := strings.Cut(part, "=")
			if !quantile {
				value = part
			}
			better = append(better, strings.TrimSpace(value))
		}
		return better
	}
	if n, err := strconv.Atoi(text); err == nil && n > 1 {
		for _, m := range []int{1, 2, 3, 5, 10, n / 2} {
			if m < n {
				better = append(better, strconv.Itoa(m))
			}
		}
	}
	if share, ok := strings.CutSuffix(text, "%"); ok && share != "100" {
		return []string{"100%"}
	}
	return append(better, slower(text)...)
}

// shorter are the durations below d that are a unit, and d rounded down to each unit.
func shorter(d time.Duration) []string {
	better := []string{"0s"}
	for i := len(units) - 1; i >= 0; i-- {
		if u := units[i]; u < d && u >= time.Millisecond {
			better = append(better, short(u))
		}
	}
	for _, u := range units {
		if r := d.Truncate(u); r > 0 && r < d {
			better = append(better, short(r))
		}
	}
	return better
}

// short writes d as a person does.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
