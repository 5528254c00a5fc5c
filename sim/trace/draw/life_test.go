package draw

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"fleetdrill/sim/trace"
)

// picked draws a life of these steps, each after a hop of 10 ms but those of no length, and returns the rows of its picture.
func picked(t *testing.T, width int, steps ...trace.Step) []string {
	t.Helper()
	l := &trace.Life{Load: "ask", Device: "m-1", Call: "instant command"}
	for _, s := range steps {
		l.Total += s.Took
		s.At, s.Times, s.Online = l.Total, max(s.Times, 1), true
		l.Steps = append(l.Steps, s)
	}
	var b bytes.Buffer
	if err := Life(&b, l, Options{Width: width}); err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(b.String(), "device\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	return strings.Split(rows, "\n")
}

const hopTook = 10 * time.Millisecond

func TestAWaitWhoseWordsAreFoldedStaysThick(t *testing.T) {
	rows := picked(t, 60, trace.Step{Kind: "due", Text: "due"},
		trace.Step{Kind: "matched", From: trace.Device, To: trace.Platform, Text: "answer taken", Took: hopTook, Wait: "waiting for room, and for the right answer", Holder: trace.Platform, Toward: trace.Platform})
	waits := rows[1 : len(rows)-1]
	for _, row := range waits {
		if !strings.Contains(row, "┃") {
			t.Errorf("not thick: %q of\n%s", row, strings.Join(rows, "\n"))
		}
	}
	if len(waits) < 4 {
		t.Errorf("the words were to take four rows:\n%s", strings.Join(rows, "\n"))
	}
}

func TestAFaultStandsOnTheLinkThatItStrikesOrAtTheLane(t *testing.T) {
	due := trace.Step{Kind: "due", Text: "due"}
	strike := trace.Step{Kind: "fault", Mark: trace.Struck, Text: "f", Took: hopTook, Aside: true}
	for _, c := range []struct {
		from, to trace.Lane
		want     string
	}{
		{trace.Broker, trace.Device, "│       │       │   !   │  f"},
		{trace.Device, trace.Device, "│       │       │       !  f"},
		{trace.Platform, trace.Platform, "│       !       │       │  f"},
	} {
		strike.From, strike.To = c.from, c.to
		if rows := strings.Join(picked(t, 80, due, strike), "\n"); !strings.Contains(rows, c.want) {
			t.Errorf("%s to %s: %q is not in\n%s", c.from, c.to, c.want, rows)
		}
	}
}

func TestWhatIsOnItsWayIsBetweenTwoLanesAndWhatIsLostIsNowhere(t *testing.T) {
	due := trace.Step{Kind: "due", Text: "due"}
	end := trace.Step{Kind: "ended", From: trace.Platform, To: trace.Platform, Text: "timed out", Took: hopTook, Wait: "w"}
	for _, c := range []struct {
		holder, toward trace.Lane
		want           string
	}{
		{trace.Device, trace.Device, "│       │       │       ┃  10ms w"},
		{trace.Device, trace.Broker, "│       │       │   ┃   │  10ms w"},
		{trace.Caller, trace.Platform, "│   ┃   │       │       │  10ms w"},
		{trace.Nobody, trace.Nobody, "│       │       │       │  10ms: w"},
	} {
		end.Holder, end.Toward = c.holder, c.toward
		if rows := strings.Join(picked(t, 80, due, end), "\n"); !strings.Contains(rows, c.want) {
			t.Errorf("%s to %s: %q is not in\n%s", c.holder, c.toward, c.want, rows)
		}
	}
}

func TestADeviceWhoseConnectionIsDeadHasABrokenLineAndWhatIsSaidOnceIsNotRepeated(t *testing.T) {
	lost := trace.Step{Kind: "fault", From: trace.Platform, To: trace.Platform, Text: "f", Took: hopTook, Wait: "it never arrives", Holder: trace.Nobody, Toward: trace.Nobody, Cut: true}
	rows := strings.Join(picked(t, 80, trace.Step{Kind: "due", Text: "due", Cut: true}, lost, lost), "\n")
	for _, want := range []string{"│       │       │       ┊  10ms: it never arrives", "│       │       │       ┊  10ms more\n"} {
		if !strings.Contains(rows, want) {
			t.Errorf("%q is not in\n%s", want, rows)
		}
	}
}

func TestStepsThatGoOnwardInOneInstantTakeOneLine(t *testing.T) {
	rows := picked(t, 140, trace.Step{Kind: "due", Text: "due"}, trace.Step{Kind: "sent", Text: "sent"},
		trace.Step{Kind: "accepted", To: trace.Platform, Text: "accepted"},
		trace.Step{Kind: "published", From: trace.Platform, To: trace.Broker, Text: "published", Took: time.Nanosecond},
		trace.Step{Kind: "done", From: trace.Platform, To: trace.Caller, Text: "caller: ok (0)", Took: hopTook})
	if len(rows) < 3 || !strings.Contains(rows[0], "●──────────────▶●") || !strings.HasSuffix(rows[0], "due, sent, accepted") || !strings.Contains(rows[1], "+1ns") {
		t.Errorf("got\n%s", strings.Join(rows, "\n"))
	}
}

func TestTheLineOfACallerEndsWithItsAnswer(t *testing.T) {
	rows := picked(t, 80, trace.Step{Kind: "due", Text: "due"},
		trace.Step{Kind: "done", Text: "caller hangs up", Took: hopTook, Mark: trace.Bad},
		trace.Step{Kind: "ended", From: trace.Platform, To: trace.Platform, Text: "succeeded", Took: hopTook, Mark: trace.Good, Wait: "at the device", Holder: trace.Device, Toward: trace.Device})
	if last := rows[len(rows)-1]; strings.Trim(last[atWide+hopWide:lanesAt+tight], " ") != "" {
		t.Errorf("a line for a caller that is gone: %q", last)
	}
	if at := strings.Join(rows, "\n"); !strings.Contains(at, "✗       │       │       │  caller hangs up") {
		t.Errorf("got\n%s", at)
	}
}

func TestAtSixtyColumnsNoWordIsCutAndNoBarIsASliver(t *testing.T) {
	text := drawn(t, lives(t), "turns/1", Options{Width: 60})
	if !strings.Contains(text, "acknowledged") || strings.ContainsAny(text, "▏█") {
		t.Errorf("got\n%s", text)
	}
	if wide := drawn(t, lives(t), "turns/1", Options{Width: 80}); !strings.Contains(wide, "█") {
		t.Errorf("no bars:\n%s", wide)
	}
}

func TestTheLegendExplainsEverySignInThePictureAndNoOther(t *testing.T) {
	tr := lives(t)
	for _, name := range commands {
		text := drawn(t, tr, name, Options{Width: 80})
		parts := strings.SplitN(text, "\n\n", 4)
		for _, sign := range []string{"┃", "┊", "●", "✓", "!", "╌", "≈"} {
			if in, told := strings.Contains(parts[1], sign), strings.Contains(parts[2], sign+" "); in != told {
				t.Errorf("%s: %s is in the picture: %v, in the legend: %v\n%s", name, sign, in, told, text)
			}
		}
	}
}

func TestCommandsAreListedWithWhatMattersMost(t *testing.T) {
	var list []trace.Call
	for i := range 30 {
		c := trace.Call{Load: "ask", Seq: uint64(i), Device: "m-1", Due: time.Duration(i) * time.Second}
		if i >= 28 {
			c.Ending = trace.Ending{Cause: trace.Offline, How: "away", Why: "its device was away"}
		}
		list = append(list, c)
	}
	for _, c := range []struct {
		list []trace.Call
		want []string
	}{
		{list, []string{"30 commands · 28 succeeded · 2 did not", "ask/28   offline  its device was away", "ask/29   offline  the same", "and 28 more", "fleetdrill explain out ask/28"}},
		{list[:20], []string{"20 commands · 20 succeeded · 0 did not", "19s  ask/19   success"}},
		{list[:0], []string{"0 commands"}},
	} {
		var b bytes.Buffer
		if err := List(&b, Calls{Of: "m-1", List: c.list, Command: "fleetdrill explain out"}, Options{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%q is not in\n%s", want, b.String())
			}
		}
	}
}
