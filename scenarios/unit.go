package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds every duration, so that sums of them cannot overflow.
const maxDuration = 365 * 24 * time.Hour

const (
	numberPattern   = `[0-9]+(?:\.[0-9]+)?`
	durationPattern = `(?:` + numberPattern + `(?:d|h|ms|m|s|us|µs|ns))+`
	ratePattern     = `^` + numberPattern + `/(?:s|m|h)$`
	percentPattern  = `^` + numberPattern + `%$`
)

var (
	durationForm = regexp.MustCompile(`^` + durationPattern + `$`)
	durationPart = regexp.MustCompile(`(` + numberPattern + `)(d|h|ms|m|s|us|µs|ns)`)
	rateForm     = regexp.MustCompile(ratePattern)
	percentForm  = regexp.MustCompile(percentPattern)
)

// parseDuration reads a duration in Go's syntax, with d for 24 hours and without a sign.
func parseDuration(text string) (time.Duration, error) {
	if !durationForm.MatchString(text) {
		return 0, fmt.Errorf("%s is not a duration", short(text))
	}
	var sum time.Duration
	for _, part := range durationPart.FindAllStringSubmatch(text, -1) {
		number, unit, days := part[1], part[2], false
		if unit == "d" {
			unit, days = "h", true
		}
		d, err := time.ParseDuration(number + unit)
		if days && d <= maxDuration {
			d *= 24
		}
		sum += min(d, maxDuration+1)
		if err != nil || sum > maxDuration {
			return 0, fmt.Errorf("%s is longer than 365d", short(text))
		}
	}
	return sum, nil
}

// formatDuration writes d without the zero parts that time.Duration prints.
func formatDuration(d time.Duration) string {
	if d > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// parseRate gives events per second.
func parseRate(text string) (float64, error) {
	if !rateForm.MatchString(text) {
		return 0, fmt.Errorf("%s is not a rate", short(text))
	}
	number, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is too large", short(text))
	}
	return n / map[string]float64{"s": 1, "m": 60, "h": 3600}[unit], nil
}

// parsePercent gives a share of 0 to 1.
func parsePercent(text string) (float64, error) {
	if !percentForm.MatchString(text) {
		return 0, fmt.Errorf("%s is not a percentage", short(text))
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || n > 100 {
		return 0, fmt.Errorf("%s is more than 100%%", short(text))
	}
	return n / 100, nil
}

// A law is one way to write a delay.
type law struct {
	name, example string
	pattern       string // of what stands in the brackets
	build         func(parts []string) (Delay, error)
}

const quantilePattern = `p[0-9]{2}(?:\.[0-9]+)?=`

var laws = []law{
	{"constant", "constant(20ms)", durationPattern, oneDuration("constant", 0)},
	{"uniform", "uniform(10ms, 50ms)", durationPattern + `, *` + durationPattern, uniform},
	{"normal", "normal(20ms, p99=40ms)", durationPattern + `, *` + quantilePattern + durationPattern, skewed("normal")},
	{"lognormal", "lognormal(20ms, p99=150ms)", durationPattern + `, *` + quantilePattern + durationPattern, skewed("lognormal")},
	{"exponential", "exponential(10m)", durationPattern, oneDuration("exponential", 1)},
}

// delayPattern matches what parseDelay may accept.
func delayPattern() string {
	forms := []string{durationPattern}
	for _, l := range laws {
		forms = append(forms, l.name+`\(`+l.pattern+`\)`)
	}
	return `^(?:` + strings.Join(forms, "|") + `)$`
}

var delayForm, delayWant = regexp.MustCompile(delayPattern()), delayExamples()

func delayExamples() string {
	examples := []string{"20ms"}
	for _, l := range laws {
		examples = append(examples, l.example)
	}
	return strings.Join(examples, " or ")
}

// parseDelay reads a duration or a law with its arguments.
func parseDelay(text string) (Delay, error) {
	name, rest, isLaw := strings.Cut(text, "(")
	if !isLaw {
		d, err := parseDuration(text)
		return Delay{Law: "constant", A: d, Text: text}, err
	}
	var names []string
	for _, l := range laws {
		names = append(names, l.name)
		if l.name != name {
			continue
		}
		if !delayForm.MatchString(text) {
			return Delay{}, advice{short(text) + " cannot be read", "write it like " + l.example}
		}
		d, err := l.build(strings.Split(strings.TrimSuffix(rest, ")"), ","))
		if err != nil {
			return Delay{}, advice{err.Error(), "write it like " + l.example}
		}
		d.Law, d.Text = name, text
		return d, nil
	}
	return Delay{}, advice{short(name) + " is not a law of delays", suggest(name, names)}
}

func oneDuration(name string, least time.Duration) func([]string) (Delay, error) {
	return func(parts []string) (Delay, error) {
		d, err := parseDuration(parts[0])
		if err == nil && d < least {
			err = fmt.Errorf("the mean of %s must be above 0", name)
		}
		return Delay{A: d}, err
	}
}

func uniform(parts []string) (Delay, error) {
	a, err := parseDuration(parts[0])
	b, err2 := parseDuration(strings.TrimLeft(parts[1], " "))
	if err = cmp.Or(err, err2); err == nil && a >= b {
		err = fmt.Errorf("%s is not below %s", formatDuration(a), formatDuration(b))
	}
	return Delay{A: a, B: b}, err
}

// skewed reads a law that is pinned by its middle and by the value at a percentile above it.
func skewed(name string) func([]string) (Delay, error) {
	return func(parts []string) (Delay, error) {
		a, err := parseDuration(parts[0])
		percentile, value, _ := strings.Cut(strings.TrimLeft(parts[1], " "), "=")
		b, err2 := parseDuration(value)
		q, err3 := strconv.ParseFloat("0."+strings.Replace(percentile[1:], ".", "", 1), 64)
		switch {
		case err != nil || err2 != nil || err3 != nil:
			return Delay{}, cmp.Or(err, err2, err3)
		case q <= 0.5:
			return Delay{}, fmt.Errorf("%s is not above p50", percentile)
		case a == 0 && name == "lognormal":
			return Delay{}, errors.New("the median of lognormal must be above 0")
		case a >= b:
			return Delay{}, fmt.Errorf("%s is not below its %s of %s", formatDuration(a), percentile, formatDuration(b))
		}
		return Delay{A: a, B: b, Quantile: math.Min(q, math.Nextafter(1, 0))}, nil
	}
}
