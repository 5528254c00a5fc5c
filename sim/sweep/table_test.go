package sweep

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fleetdrill/report/columns"
)

// two is a call with an order that is kept and one that is broken.
func two() []Found {
	c := Call{Dialect: "enos", Name: "invoke", Waits: true, Open: map[string]string{"answer = timeout": "does it count?"}}
	good := Order{Steps: []Step{{Event: Answer, At: gap}}, Want: Ending{succeeded, "ok 0"}, Why: whyAnswered}
	gone := Order{Steps: []Step{{Event: HangUp, At: gap}, {Event: Answer, At: 2 * gap}}, Want: Ending{succeeded, nothing}, Why: whyAnswered}
	bad := Order{Steps: []Step{{Event: Answer, At: second, Sharp: true, Clock: Timeout, Promise: succeeded}},
		Want: Ending{succeeded, "ok 0"}, Why: whyAnsweredSharp, Asks: "does it count?"}
	return []Found{{Call: c, Orders: []Order{gone, good, bad},
		Got: []Ending{gone.Want, good.Want, {unanswered, "timeout 11915"}}, Broken: []string{"one-ending: it ended 2 times"}}}
}

func TestTheTableShowsWhatEndsAlikeOnceAndWhatBreaksAContract(t *testing.T) {
	const want = `ENOS

call    what decides                                 orders  caller hears      command ends
invoke  an answer in time                            2       ok 0 (1 hung up)  succeeded
        an answer in the instant of the timeout (?)  1       ✗ timeout 11915   timed out

ENOS, IN ONE INSTANT

events            what the platform promises                        calls
answer = timeout  succeeded (?)                                     invoke
any two others    as if the one that arrives first had come before  all

(?) does it count?

- a = b: both come in one instant
- hung up: in so many of these orders the caller was gone, and hears nothing
- open: nothing ends it
- (?): the contract does not say; the question is below the table

✗ enos invoke: answer = timeout: ends as timed out, and its caller hears timeout 11915; by the contract succeeded and ok 0; 1 order
✗ enos invoke: one-ending: it ended 2 times
3 orders of 1 kind of call, in 2 classes: 2 are not as the contracts say
`
	var b strings.Builder
	if err := WriteTable(&b, two(), Options{}); err != nil || b.String() != want {
		t.Errorf("got\n%s\nwant\n%s\n%v", b.String(), want, err)
	}
}

func TestTheTableFitsANarrowTerminal(t *testing.T) {
	const want = `ENOS

  what decides              orders  caller hears      command ends
invoke
  an answer in time         2       ok 0 (1 hung up)  succeeded
  an answer in the instant  1       ✗ timeout 11915   timed out
  of the timeout (?)

ENOS, IN ONE INSTANT

events            what the platform promises  calls
answer = timeout  succeeded (?)               invoke
any two others    as if the one that arrives  all
                  first had come before

(?) does it count?

- a = b: both come in one instant
- hung up: in so many of these orders the caller was gone, and
    hears nothing
- open: nothing ends it
- (?): the contract does not say; the question is below the table

✗ enos invoke: answer = timeout: ends as timed out, and its caller
    hears timeout 11915; by the contract succeeded and ok 0; 1 order
`
	var b strings.Builder
	if err := WriteTable(&b, two(), Options{Width: 70}); err != nil || !strings.HasPrefix(b.String(), want) {
		t.Errorf("got\n%s\nwant\n%s\n%v", b.String(), want, err)
	}
}

func TestARowTakesLessThanTwoLinesOnEightyColumnsAndNoneIsLonger(t *testing.T) {
	for _, dialect := range []string{"enos", "alibaba", "huawei"} {
		var found []Found
		rows := 0
		for _, c := range Calls(dialect) {
			f := Found{Call: c, Orders: c.Orders()}
			for _, o := range f.Orders {
				f.Got = append(f.Got, o.Want)
			}
			rows += len(f.Classes())
			found = append(found, f)
		}
		var b strings.Builder
		if err := WriteTable(&b, found, Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(b.String(), ", IN ONE INSTANT")
		if lines := strings.Count(first, "\n") - len(found); lines > 2*rows { // a title has one of its own
			t.Errorf("%d rows of %s take %d lines:\n%s", rows, dialect, lines, first)
		}
		for line := range strings.Lines(b.String()) {
			if columns.Width(line) > 80+len("\n") {
				t.Errorf("too long: %s", line)
			}
		}
	}
}

func TestTheTableCanListAllOrdersInMarkdown(t *testing.T) {
	var b strings.Builder
	if err := WriteTable(&b, two(), Options{All: true, Markdown: true}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"## enos\n", "| call | order | what decides | caller hears | command ends |\n",
		"| invoke | hang-up, answer | an answer in time | nothing | succeeded |\n",
		"| invoke | answer = timeout | an answer in the instant of the timeout (?) | ✗ timeout 11915 | timed out |\n"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("%q is not in\n%s", line, b.String())
		}
	}
}

type brokenWriter struct{}

var errFull = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatFailsIsNotHidden(t *testing.T) {
	for _, o := range []Options{{}, {Markdown: true}} {
		if err := WriteTable(brokenWriter{}, two(), o); !errors.Is(err, errFull) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func TestEachPromiseNamesHowTheCommandEnds(t *testing.T) {
	for _, c := range calls {
		f := Found{Call: c, Orders: c.Orders()}
		for _, in := range f.Instants() {
			ending, _, _ := strings.Cut(in.Promise, ":")
			if !slices.Contains([]string{succeeded, unanswered, unreceived, expired, canceled, offline, refused, "goes on"}, ending) {
				t.Errorf("%s %s: %s: %s", c.Dialect, c.Title(), in.Pair, in.Promise)
			}
		}
	}
}

func TestTheLastLineSaysHowManyQuestionsAreOpen(t *testing.T) {
	f := two()
	f[0].Got[2], f[0].Broken = f[0].Orders[2].Want, nil
	var b strings.Builder
	if err := WriteTable(&b, f, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "\n3 orders of 1 kind of call, in 2 classes: all end as the contracts say; they leave 1 question open, marked (?)\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("%q is not the end of\n%s", want, b.String())
	}
}
