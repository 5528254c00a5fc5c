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
		s.done.Go(func() { g.bar(w, s.end) })
	} else {
		s.done.Go(func() { g.lines(w, s.end) })
	}
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
	fmt.Fprintln(w)
}
