package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"fleetdrill/report"
)

// form is what a text has to look like.
type form struct {
	want string
	re   *regexp.Regexp
}

var (
	scenarioName = form{"a name of a–z, 0–9 and -", regexp.MustCompile(`^[a-z0-9-]{1,64}$`)}
	word         = form{"a name of a–z, 0–9, _ and -, a letter first", regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)}
	groupName    = form{"the name of a group of devices", word.re}
	loadName     = form{"the name of a load", word.re}
	serviceName  = form{"an identifier of A–Z, a–z, 0–9, _ . and -, or two with a colon between", regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}(?::[A-Za-z0-9_.-]{1,64})?$`)}
	number       = regexp.MustCompile(`^` + numberPattern + `$`)
)

func text(out *string, f form) rule {
	return scalar("string", f.want, "", map[string]any{"pattern": f.re.String()}, func(text string) error {
		*out = text
		if !f.re.MatchString(text) {
			return fmt.Errorf("%s does not fit", short(text))
		}
		return nil
	})
}

const (
	maxProse  = 1000
	maxExpect = 200
)

func prose(out *string, most int) rule {
	want := fmt.Sprintf("a text of up to %d characters", most)
	return scalar("string", want, "", map[string]any{"maxLength": most}, func(text string) error {
		*out = text
		if n := utf8.RuneCountInString(text); n > most {
			return fmt.Errorf("the text has %d characters", n)
		}
		return nil
	})
}

func oneWord(out *string, known ...string) rule {
	want := strings.Join(known, " or ")
	return scalar("string", want, "", map[string]any{"enum": known}, func(text string) error {
		*out = text
		if !slices.Contains(known, text) {
			return advice{short(text) + " is unknown", suggest(text, known)}
		}
		return nil
	})
}

func whole(out *int, least, most int) rule {
	want := fmt.Sprintf("a whole number of %d to %d", least, most)
	return scalar("integer", want, "", map[string]any{"minimum": least, "maximum": most}, func(text string) error {
		n, err := strconv.Atoi(text)
		if errors.Is(err, strconv.ErrSyntax) {
			return fmt.Errorf("%s is not a whole number in decimal", short(text))
		}
		if err != nil || n < least || n > most {
			return fmt.Errorf("%s is out of range", text)
		}
		*out = n
		return nil
	})
}

func seed(out *uint64) rule {
	return scalar("integer", "a whole number of 0 to 2⁶⁴-1", "", map[string]any{"minimum": 0}, func(text string) (err error) {
		if *out, err = strconv.ParseUint(text, 10, 64); err != nil {
			return fmt.Errorf("%s is out of range", text)
		}
		return nil
	})
}

func boolean(out *bool) rule {
	return scalar("boolean", "true or false", "", map[string]any{}, func(text string) (err error) {
		*out, err = strconv.ParseBool(strings.ToLower(text))
		return err
	})
}

func weight(out *float64) rule {
	return scalar("number", "a number above 0 and up to 100", "", map[string]any{"exclusiveMinimum": 0, "maximum": 100},
		func(text string) error {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil || !number.MatchString(text) || n <= 0 || n > 100 {
				return fmt.Errorf("%s is out of range", text)
			}
			*out = n
			return nil
		})
}

func duration(out *time.Duration, least, most time.Duration) rule {
	want := fmt.Sprintf("a duration of %s to %s", formatDuration(least), formatDuration(most))
	return scalar("string", want, "s", map[string]any{"pattern": `^` + durationPattern + `$`}, func(text string) (err error) {
		if *out, err = parseDuration(text); err == nil && (*out < least || *out > most) {
			err = fmt.Errorf("%s is out of range", text)
		}
		return err
	})
}

func delay(out *Delay) rule {
	return scalar("string", delayWant, "s", map[string]any{"pattern": delayForm.String()}, func(text string) (err error) {
		*out, err = parseDelay(text)
		return err
	})
}

func rate(out *float64) rule { return rateAs(out, new(string)) }

// rateAs keeps a rate as it was written, too.
func rateAs(out *float64, written *string) rule {
	return scalar("string", "a rate such as 200/s, 12/m or 1/h, at most 1000000/s", "/s", map[string]any{"pattern": ratePattern},
		func(text string) (err error) {
			*written = text
			if *out, err = parseRate(text); err == nil && *out > maxRate {
				err = fmt.Errorf("%s is out of range", text)
			}
			return err
		})
}

func percent(out *float64) rule {
	return scalar("string", "a percentage such as 50%", "%", map[string]any{"pattern": percentPattern}, func(text string) (err error) {
		*out, err = parsePercent(text)
		return err
	})
}

func tolerance(out *report.Tolerances, g report.Gauge) rule {
	pattern := `^(?:off|` + numberPattern + `%)$`
	if g.Duration {
		pattern = `^(?:off|` + numberPattern + `%|` + durationPattern + `)$`
	}
	return scalar("string", g.Want(), "%", map[string]any{"pattern": pattern}, func(text string) error {
		t, err := g.Parse(text)
		if errors.Is(err, report.ErrZero) {
			return fmt.Errorf("%s %w", short(text), report.ErrZero)
		}
		if err != nil {
			return fmt.Errorf("%s does not fit", short(text))
		}
		if *out == nil {
			*out = report.Tolerances{}
		}
		(*out)[g.Name] = t
		return nil
	})
}

// thresholds is a list of expectations. They are parsed when the names of the loads are known.
func thresholds() rule {
	var expr string
	item := prose(&expr, maxExpect)
	schema := func() map[string]any { return listSchema(item.schema()) }
	return rule{want: "a list", schema: schema, read: func(c *checker, n *yaml.Node, path string) {
		if !c.isList(n, path) {
			return
		}
		for i, element := range n.Content {
			c.nodes[index(path, i)] = element
			item.read(c, element, index(path, i))
		}
	}}
}

// numberList is a list of whole numbers, each larger than the one before.
func numberList(out *[]int, least, most int) rule {
	return values(out, 1, func(n *int) rule { return whole(n, least, most) })
}

// timeList is a list of durations, none less than the one before.
func timeList(out *[]time.Duration) rule {
	return values(out, 0, func(d *time.Duration) rule { return duration(d, 0, maxDuration) })
}

// values is a list of single values of which each is at least step more than the one before.
func values[T int | time.Duration](out *[]T, step T, element func(*T) rule) rule {
	schema := func() map[string]any { return listSchema(element(new(T)).schema()) }
	return rule{want: "a list", schema: schema, read: func(c *checker, n *yaml.Node, path string) {
		if !c.isList(n, path) {
			return
		}
		for i, item := range n.Content {
			var v T
			at, last := index(path, i), len(*out)-1
			c.nodes[at] = item
			element(&v).read(c, item, at)
			if last >= 0 && v < (*out)[last]+step && !c.bad[at] && !c.bad[index(path, i-1)] {
				c.mistake(item, at, item.Value+" comes after "+n.Content[i-1].Value, "write each once, and in order")
			}
			*out = append(*out, v)
		}
	}}
}
