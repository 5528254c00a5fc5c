package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"fleetdrill/report"
	"fleetdrill/sim"
)

// Progress is shown by a goroutine that looks at atomics every now and then. It never shares a channel or a lock with
// the run, whose clock may be a virtual one.
const (
	redraw    = 150 * time.Millisecond // of the bars
	plainLine = 3 * time.Second        // from one line to the next, without a terminal; a new phase has one at once
)

// display is a progress that is being shown.
type display struct {
	end  chan struct{}
	done sync.WaitGroup
}

// show starts to show the run on w: as bars on a terminal, else a line every few seconds, or not at all.
func show(w *os.File, d *drill, quiet bool) *display {
	s := &display{end: make(chan struct{})}
	switch {
	case quiet:
	case term.IsTerminal(int(w.Fd())) && os.Getenv("TERM") != "dumb":
		s.done.Go(func() { newBars(w, d).run(s.end) })
	default:
		s.done.Go(func() { lines(w, d, s.end) })
	}
	return s
}

// stop returns when the last of it is on the screen.
func (s *display) stop() {
	close(s.end)
	s.done.Wait()
}

// lines writes where the run stands, in plain text.
func lines(w io.Writer, d *drill, end <-chan struct{}) {
	t := time.NewTicker(redraw)
	defer t.Stop()
	begin, last, phase := time.Now(), time.Now(), sim.Idle
	for {
		select {
		case <-end:
			return
		case <-t.C:
		}
		if now := d.progress.Phase(); now != phase && now < sim.Stopping || time.Since(last) >= plainLine {
			last, phase = time.Now(), now
			fmt.Fprintf(w, "%4.0fs  %s\n", time.Since(begin).Seconds(), d.line())
		}
	}
}

func (d *drill) line() string {
	p := d.progress
	switch p.Phase() {
	case sim.Idle, sim.Connecting:
		return fmt.Sprintf("connect  %s of %s devices", count(p.Connected.Load()), count(p.Expected.Load()))
	case sim.Loading:
		var parts []string
		for i := range p.Loads {
			l := &p.Loads[i]
			parts = append(parts, fmt.Sprintf("%s: %s of %s due, %s", l.Name, count(l.Due.Load()), count(l.Planned), d.state(i)))
		}
		return "load     " + strings.Join(parts, "; ") + d.acting("; ")
	case sim.Draining:
		return fmt.Sprintf("drain    waiting for %s", count(p.Left.Load())) + d.acting("; ")
	}
	return p.Phase().String()
}

// acting names the faults that have struck and not healed yet, behind a separator.
func (d *drill) acting(before string) string {
	var names []string
	for i := range d.progress.Faults {
		if kind := d.scenario.Faults[i].Kind; d.progress.Faults[i].Load() > 0 && !slices.Contains(names, kind) {
			names = append(names, kind)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return before + "fault: " + strings.Join(names, ", ")
}

// state is a load in figures.
func (d *drill) state(load int) string {
	l := &d.progress.Loads[load]
	text := fmt.Sprintf("%s open, %s ok, %s not ok", count(l.Open.Load()), count(l.OK.Load()), count(l.NotOK.Load()))
	if p99 := d.recorder.Live(load).P99; p99 > 0 {
		text += ", p99 " + report.FormatDuration(p99)
	}
	return text
}

// left is what the drain waits for, or gave up waiting for: a bar that stands at 0% then is not a run that hangs.
func (d *drill) left() string {
	text := count(d.progress.Left.Load()) + " left"
	if d.progress.Left.Load() > 0 && d.progress.Phase() > sim.Draining {
		text += " when it was over"
	}
	return text
}

func count(n int64) string { return report.FormatCount(n) }

// bars are one for connecting, one a load, one for draining.
type bars struct {
	out            io.Writer
	drill          *drill
	box            *mpb.Progress
	connect, drain *mpb.Bar
	loads          []*mpb.Bar
	most           int64 // that the drain had to wait for
}

func newBars(w io.Writer, d *drill) *bars {
	b := &bars{out: w, drill: d, box: mpb.New(mpb.WithOutput(w), mpb.WithWidth(80), mpb.WithRefreshRate(redraw))}
	p := d.progress
	b.connect = b.add("connect", b.connected)
	for i := range p.Loads {
		b.loads = append(b.loads, b.add(p.Loads[i].Name, func() string { return d.state(i) }))
	}
	b.drain = b.add("drain", d.left)
	return b
}

func (b *bars) connected() string {
	switch p := b.drill.progress; {
	case p.Phase() < sim.Stopping:
		return count(p.Online.Load()) + " online" + b.drill.acting("  ")
	case b.drill.script != nil:
		return "came and went as recorded"
	case p.Expected.Load() == 0:
		return "none was waited for"
	default:
		return count(p.Connected.Load()) + " connected"
	}
}

// add makes a bar. It gets its total from set: one that is made with a total keeps that and ends by itself.
func (b *bars) add(name string, state func() string) *mpb.Bar {
	return b.box.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
		mpb.BarWidth(20),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Any(func(decor.Statistics) string { return "  " + state() })))
}

func (b *bars) run(end <-chan struct{}) {
	t := time.NewTicker(redraw)
	defer t.Stop()
	for {
		select {
		case <-end:
			b.update()
			b.close()
			return
		case <-t.C:
			b.update()
		}
	}
}

func (b *bars) update() {
	p := b.drill.progress
	expected, connected, over := p.Expected.Load(), p.Connected.Load(), p.Phase() > sim.Connecting
	if expected == 0 && over {
		expected, connected = 1, 1 // nobody had to be waited for: that is done
	}
	set(b.connect, expected, connected, over)
	for i, bar := range b.loads {
		set(bar, p.Loads[i].Planned, p.Loads[i].Due.Load(), p.Phase() > sim.Loading)
	}
	if p.Phase() < sim.Draining {
		return
	}
	left := p.Left.Load()
	b.most = max(b.most, left, 1)
	set(b.drain, b.most, b.most-left, p.Phase() > sim.Draining)
}

// set moves a bar and, when its phase is over, ends it where it stands: a load that was interrupted is not full.
func set(bar *mpb.Bar, total, now int64, over bool) {
	total = max(total, 1)
	bar.SetTotal(total, false)
	bar.SetCurrent(min(now, total))
	if over && now >= total {
		bar.SetTotal(total, true)
	}
}

func (b *bars) close() {
	for _, bar := range append(append([]*mpb.Bar{b.connect}, b.loads...), b.drain) {
		bar.Abort(false) // or Wait would wait for what did not come to its end
	}
	b.box.Wait()
	fmt.Fprintln(b.out)
}

// textOptions fit the final screen to where it goes.
func textOptions(f *os.File) report.TextOptions {
	opt := report.TextOptions{Width: 80}
	if fd := int(f.Fd()); term.IsTerminal(fd) {
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			opt.Width = width
		}
		_, plain := os.LookupEnv("NO_COLOR")
		opt.Color = !plain && os.Getenv("TERM") != "dumb"
	}
	return opt
}
