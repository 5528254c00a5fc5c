package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/report"
	"fleetdrill/sim/check"
)

var answers = map[check.AnswerKind]struct {
	text string
	mark Mark
}{
	check.AnswerSuccess: {"device answers", ""},
	check.AnswerFailure: {"device answers: failure", Bad},
	check.AnswerGarbled: {"device answers: garbage", Bad},
	check.AnswerForeign: {"device answers with another's number", Bad},
}

func endedText(f check.Fact) string {
	switch f.State {
	case platform.Succeeded:
		return "succeeded"
	case platform.TimedOut:
		return "timed out"
	case platform.Expired:
		return "expired"
	case platform.Canceled:
		return "cancelled: " + f.Text
	}
	return "failed: " + f.Text
}

// timed puts a time into the words for an ending: failed: why is failed at then: why.
func timed(ended, at string) string {
	how, why, because := strings.Cut(ended, ":")
	if how += " at " + at; because {
		how += ":" + why
	}
	return how
}

// unsentText is for a command that the platform ended before it was published.
func unsentText(f check.Fact, queued bool) string {
	switch {
	case f.State != platform.Failed:
		return endedText(f)
	case f.Text == platform.ErrNotSent.Error():
		return "not sent: its turn never came"
	case queued, endings[f.Text] == Offline:
		return "not sent: " + f.Text
	}
	return "refused: " + f.Text
}

// unheard are the codes of package sim for calls to which no answer came, in words.
var unheard = map[string]string{
	"transport":   "caller: its connection broke",
	"hung_up":     "caller hangs up",
	"unanswered":  "caller gives up",
	"interrupted": "caller: the run is over",
	"cut_short":   "caller: the run is over",
}

const unreachable = "caller: cannot reach the platform"

func doneText(f check.Fact) (string, Mark) {
	if text := unheard[f.Text]; text != "" && f.Outcome == platform.Broken {
		return text, Bad
	}
	text := "caller: " + strings.ReplaceAll(f.Outcome.String(), "_", " ")
	if f.Text != "" {
		text += " (" + f.Text + ")"
	}
	if f.Outcome == platform.OK {
		return text, Good
	}
	return text, Bad
}

// tellTimes words a step that happened several times at once.
func (s *Step) tellTimes() {
	switch {
	case s.kind == check.Duplicate:
		s.Text = ordinal(s.answer) + " answer, ignored"
		if s.Times > 1 {
			s.Text = fmt.Sprintf("%s to %s answer, ignored", ordinal(s.answer), ordinal(s.answer+s.Times-1))
		}
		if s.copied {
			s.Text += ": the link makes copies"
		}
	case s.Times == 2:
		s.Text += ", twice"
	case s.Times > 2:
		s.Text += fmt.Sprintf(", %d times", s.Times)
	}
}

func ordinal(n int) string {
	ends := map[int]string{1: "st", 2: "nd", 3: "rd"}
	if end := ends[n%10]; end != "" && n/10%10 != 1 {
		return fmt.Sprintf("%d%s", n, end)
	}
	return fmt.Sprintf("%dth", n)
}

// endless is how long a fault acts that nothing heals.
const endless = 365 * 24 * time.Hour

func faultText(f check.Fact) string {
	if which, ok := strings.CutSuffix(f.Text, check.Copied); ok {
		return which + " doubles it on its way"
	}
	if f.For > 0 && f.For < endless {
		return f.Text + " for " + Span(f.For)
	}
	return f.Text
}

func deadlineText(set *check.Fact) string {
	took := Span(set.Limit - set.At)
	switch {
	case set.Kind == check.Accepted && set.Cached, set.Kind == check.Recalled && set.Cached:
		return "end of its " + took + " lifetime"
	case set.Kind == check.Recalled:
		return "deadline: " + took + " after taken back"
	case set.Kind == check.Received:
		return "deadline: " + took + " after delivered"
	}
	return "deadline: " + took + " after " + set.Kind.String()
}

// aside is a fact about the device as a step. Platform and device each notice the end of a connection for themselves:
// who is the only one to know says so.
func (t *Trace) aside(of []check.Fact, i int, due time.Duration) Step {
	s := t.step(of[i], due)
	switch f := of[i]; {
	case f.Kind == check.Fault && f.Device != 0 && check.FaultKind(f.Text) == halfOpen && online(of[:i], f.At) && absent(t.links(f.Device), f.At).since == nil:
		s.Text = nameOf(f.Text) + ": " + vanishes(f)
		if next := slices.IndexFunc(of[i:], isOnline); next >= 0 {
			s.Text += " until it is online again (" + Offset(of[i+next].At-due) + ")"
		} else {
			s.Text += " from here on"
		}
	case f.Kind == check.HungUp && f.Load >= 0:
		s.Text = fmt.Sprintf("device hangs up on %s/%d", t.h.Loads()[f.Load], f.Seq)
	case f.Kind == check.Offline && slices.ContainsFunc(of[i:], func(next check.Fact) bool { return isOnline(next) && next.At == f.At }):
		s.Text = "its old connection ends: it has a new one"
	case f.Kind == check.Offline && !noted(of[:i], check.Lost, check.HungUp):
		s.Text = "platform counts it as offline"
		if struckDead(of[:i]) {
			s.Text += ": nothing came in time"
		}
	case f.Kind == check.Lost && noted(of[:i], check.Offline) && struckDead(of[:i]):
		s.Text = "device notices: connection is dead"
	}
	return s
}

// vanishes says what a half-open fault does to a device's connection.
func vanishes(f check.Fact) string {
	switch l := linkOf(f); {
	case !l.acts(there):
		return "all that the device sends vanishes"
	case !l.acts(back):
		return "all that is sent to the device vanishes"
	}
	return "the device's connection is dead"
}

func isOnline(f check.Fact) bool { return f.Kind == check.Online }

// noted tells whether a fact of some kinds is there since the device last connected.
func noted(of []check.Fact, kinds ...check.Kind) bool {
	for i := len(of) - 1; i >= 0 && of[i].Kind != check.Online; i-- {
		if slices.Contains(kinds, of[i].Kind) {
			return true
		}
	}
	return false
}

// struckDead tells whether a half-open fault struck the device since it last connected, and nothing worse did after that.
func struckDead(of []check.Fact) bool {
	for i := len(of) - 1; i >= 0 && of[i].Kind != check.Online; i-- {
		if kind := check.FaultKind(of[i].Text); of[i].Kind == check.Fault && breaks(kind) {
			return kind == halfOpen
		}
	}
	return false
}

// Span writes a length of time: three digits and one unit below a minute, from there on in minutes or hours and what is
// left, in the next unit that is not 0. What is below a microsecond is not nothing.
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "−" + Span(-d)
	case d < time.Microsecond && d > 0:
		return d.String()
	case d < time.Minute:
		return report.FormatDuration(d)
	case d < time.Hour-time.Second/2:
		return twoUnits(d.Round(time.Second), time.Minute, "m", time.Second, "s")
	case d.Round(time.Second)%time.Hour < time.Minute:
		return twoUnits(d.Round(time.Second), time.Hour, "h", time.Second, "s")
	}
	return twoUnits(d.Round(time.Minute), time.Hour, "h", time.Minute, "m")
}

func twoUnits(d, large time.Duration, unit string, small time.Duration, rest string) string {
	text := fmt.Sprintf("%d%s", d/large, unit)
	if left := d % large / small; left > 0 {
		text += fmt.Sprintf(" %d%s", left, rest)
	}
	return text
}

// Offset writes a time since the command was due, with its sign.
func Offset(d time.Duration) string {
	if d < 0 {
		return Span(d)
	}
	return "+" + Span(d)
}
