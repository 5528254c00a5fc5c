package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// gauge is a progress that a number tells: so much is done of so much. What it asks is asked from another goroutine.
type gauge struct {
	name, unit string
	at         func() (done, of int64)
	state      func() string           // in words
	share      func() (done, of int64) // what the bar shows; nil: at
}

// show shows it on w: as a bar on a terminal, else a line every few seconds.
func (g gauge) show(w *os.File) *display {
	s := &display{end: make(chan struct{})}
	if term.IsTerminal(int(w.Fd())) && os.Getenv("TERM") != "dumb" {
		s.done.Go(func() { g.bar(w, s.end); fmt.Fprintln(w) })
	} else {
		s.done.Go(func() { g.lines(w, s.end) })
	}
	return s
}

// showBriefly shows it on the terminal w, if it takes longer than silence, until it is over.
func (g gauge) showBriefly(w io.Writer) *display {
	s := &display{end: make(chan struct{})}
	s.done.Go(func() {
		select {
		case <-s.end:
		case <-time.After(silence):
			g.bar(w, s.end)
			io.WriteString(w, lineAbove)
		}
	})
	return s
}

func (g gauge) lines(w io.Writer, end <-chan struct{}) {
	t := time.NewTicker(plainLine)
	defer t.Stop()
	begin := time.Now()
	for {
		select {
		case <-end:
			return
		case <-t.C:
			done, of := g.at()
			fmt.Fprintf(w, "%4.0fs  %-7s  %s of %s %s, %s\n", time.Since(begin).Seconds(), g.name, count(done), count(of), g.unit, g.state())
		}
	}
}

// lineAbove erases it on a terminal and goes there.
const lineAbove = "\x1b[A\x1b[2K"

// bar draws it until the end, in one line, and goes to the next.
func (g gauge) bar(w io.Writer, end <-chan struct{}) {
	box := mpb.New(mpb.WithOutput(w), mpb.WithWidth(80), mpb.WithRefreshRate(redraw))
	bar := box.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"), mpb.BarWidth(20),
		mpb.PrependDecorators(decor.Name(g.name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Any(func(decor.Statistics) string {
			done, _ := g.at()
			return "  " + count(done) + " " + g.unit + ", " + g.state()
		})))
	share := g.share
	if share == nil {
		share = g.at
	}
	t := time.NewTicker(redraw)
	defer t.Stop()
	for over := false; !over; {
		select {
		case <-end:
			over = true
		case <-t.C:
		}
		done, of := share()
		set(bar, of, done, over)
	}
	bar.Abort(false)
	box.Wait()
}
