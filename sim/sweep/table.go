package sweep

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Options say how to show what was found.
type Options struct {
	All      bool // a row for each order, instead of one for those that end alike
	Markdown bool
	Width    int // columns that a line may take outside Markdown; 0: as many as it needs
}

// WriteTable writes for each dialect how the orders end, and what comes of events in the instant of a clock; then what
// the contracts leave open, and what breaks them.
func WriteTable(w io.Writer, found []Found, o Options) error {
	t := table{Options: o, out: w}
	for len(found) > 0 {
		n := slices.IndexFunc(found, func(f Found) bool { return f.Dialect != found[0].Dialect })
		if n < 0 {
			n = len(found)
		}
		t.dialect(found[:n])
		t.all = append(t.all, found[:n]...)
		found = found[n:]
	}
	t.key()
	t.wrong()
	t.say("%s", t.summary())
	return t.err
}

// table writes; its first error is the last thing it does.
type table struct {
	Options
	out  io.Writer
	rows [][]string // of the table that is begun, outside Markdown
	all  []Found
	err  error
}

func (t *table) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

func (t *table) dialect(found []Found) {
	head := []string{"call", "what decides", "orders", "caller hears", "command ends"}
	if t.All {
		head = []string{"call", "order", "what decides", "caller hears", "command ends"}
	}
	t.begin(found[0].Dialect, head...)
	for i := range found {
		t.call(&found[i])
	}
	t.end(true)
	t.begin(found[0].Dialect+", in one instant", "events", "what the platform promises", "calls")
	t.instants(found)
	t.end(false)
	t.questions(found)
}

func (t *table) begin(title string, head ...string) {
	if t.Markdown {
		t.printf("## %s\n\n", title)
		t.row(head...)
		t.row(slices.Repeat([]string{"---"}, len(head))...)
		return
	}
	t.printf("%s\n\n", strings.ToUpper(title))
	t.row(head...)
}

func (t *table) row(cells ...string) {
	if t.Markdown {
		t.printf("| %s |\n", strings.Join(cells, " | "))
		return
	}
	t.rows = append(t.rows, cells)
}

func (t *table) call(f *Found) {
	if t.All {
		for i, o := range f.Orders {
			t.row(f.Title(), o.String(), o.Why+asks(o.Asks != ""), sign(f.Got[i], o.Want)+f.Got[i].Caller, f.Got[i].Command)
		}
		return
	}
	title := f.Title()
	for _, c := range f.Classes() {
		hears := sign(c.Ending, c.Want) + c.Ending.Caller
		if c.HungUp > 0 && c.HungUp < len(c.Orders) {
			hears += fmt.Sprintf(" (%d hung up)", c.HungUp)
		}
		t.row(title, c.Why+asks(c.Asked == len(c.Orders)), strconv.Itoa(len(c.Orders)), hears, c.Ending.Command)
		if !t.Markdown {
			title = ""
		}
	}
}

// sign marks an ending that is not the contract's.
func sign(got, want Ending) string {
	if got != want {
		return "✗ "
	}
	return ""
}

// instants has a row for each pair of events and what comes of it, with the calls of which that is so.
func (t *table) instants(found []Found) {
	var list []Instant
	calls := map[Instant][]string{}
	for i := range found {
		for _, in := range found[i].Instants() {
			if calls[in] == nil {
				list = append(list, in)
			}
			calls[in] = append(calls[in], found[i].Title())
		}
	}
	slices.SortStableFunc(list, func(a, b Instant) int { return cmp.Compare(a.Pair, b.Pair) })
	for _, in := range list {
		t.row(in.Pair, in.Promise+asks(in.Asks != ""), strings.Join(calls[in], "; "))
	}
	t.row("any two others", "as if the one that arrives first had come before", "all")
}

// asks marks what a contract leaves open.
func asks(open bool) string {
	if open {
		return " (?)"
	}
	return ""
}

// questions lists once what the contract leaves open.
func (t *table) questions(found []Found) {
	list := questionsOf(found)
	for _, q := range list {
		t.say("(?) %s", q)
	}
	if len(list) > 0 {
		t.printf("\n")
	}
}

func questionsOf(found []Found) (list []string) {
	for i := range found {
		for _, in := range found[i].Instants() {
			if in.Asks != "" && !slices.Contains(list, in.Asks) {
				list = append(list, in.Asks)
			}
		}
	}
	return list
}

// key explains the words of the tables.
func (t *table) key() {
	for _, word := range []string{"a = b: both come in one instant", "hung up: in so many of these orders the caller was gone, and hears nothing",
		"open: nothing ends it", "(?): the contract does not say; the question is below the table"} {
		t.say("- %s", word)
	}
	t.printf("\n")
}

// wrong shows the shortest order of each way to break a contract, and invariants that did not hold.
func (t *table) wrong() {
	for i := range t.all {
		f := &t.all[i]
		for _, c := range f.Classes() {
			if c.Ending == c.Want {
				continue
			}
			short := slices.MinFunc(c.Orders, func(a, b int) int { return cmp.Compare(len(f.Orders[a].Steps), len(f.Orders[b].Steps)) })
			t.say("✗ %s %s: %s: ends as %s, and its caller hears %s; by the contract %s and %s; %s", f.Dialect, f.Title(),
				&f.Orders[short], c.Ending.Command, c.Ending.Caller, c.Want.Command, c.Want.Caller, plural(len(c.Orders), "order", "orders"))
		}
		for _, o := range f.Orders {
			if o.Off != "" {
				t.say("✗ %s %s: %s: %s", f.Dialect, f.Title(), &o, o.Off)
			}
		}
		for _, b := range f.Broken {
			t.say("✗ %s %s: %s", f.Dialect, f.Title(), b)
		}
	}
}

func (t *table) summary() string {
	orders, classes, wrong := 0, 0, 0
	for i := range t.all {
		f := &t.all[i]
		orders += len(f.Orders)
		classes += len(f.Classes())
		wrong += len(f.Wrong()) + len(f.Broken)
	}
	text := fmt.Sprintf("%s of %s, in %s", plural(orders, "order", "orders"), plural(len(t.all), "kind of call", "kinds of call"), plural(classes, "class", "classes"))
	if wrong > 0 {
		return fmt.Sprintf("%s: %d are not as the contracts say", text, wrong)
	}
	text += ": all end as the contracts say"
	if n := len(questionsOf(t.all)); n > 0 {
		text += fmt.Sprintf("; they leave %s open, marked (?)", plural(n, "question", "questions"))
	}
	return text
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
