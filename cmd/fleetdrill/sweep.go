package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fleetdrill/sim/sweep"
)

// sweepFlags are the options of `fleetdrill sweep`.
type sweepFlags struct {
	dialect string
	shown   sweep.Options
}

func sweepCommand() *cobra.Command {
	var f sweepFlags
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Play all orders in which answer, timeout, disconnect and the like can come",
		Long: "For one command of each kind that a vendor has, play every order in which the events that race about it can\n" +
			"come, in virtual time, and compare how it ends with what the vendor's contract says. Orders that end alike, for\n" +
			"the same reason, are one row. In one place of an order an event may come in the very instant of a clock, or of\n" +
			"another event; three in one instant are not played, nor two such places in one order.\n\n" + eventsOfSweep,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return f.run() },
	}
	c.Flags().StringVar(&f.dialect, "dialect", "", "one of "+strings.Join(dialects(), ", ")+"; all if nothing is said")
	c.Flags().BoolVar(&f.shown.All, "all", false, "a row for each order")
	c.Flags().BoolVar(&f.shown.Markdown, "markdown", false, "print Markdown")
	return c
}

const eventsOfSweep = `Events:
  answer      the device answers success
  ack         the device's MQTT acknowledgement (PUBACK) arrives
  disconnect  the device's connection is lost; return: it connects again
  takeover    the device connects once more before its connection is lost
  hang-up     the caller goes away before it has an answer
  take-back   the application cancels the command through the API
  timeout     the time for the answer, or for the acknowledgement, is over
  expiry      the lifetime in the cache is over`

func dialects() (names []string) {
	for _, v := range vendors {
		names = append(names, v.name)
	}
	return names
}

var errContract = errors.New("the platform does not end every command as the contracts say")

func (f sweepFlags) run() error {
	names := dialects()
	if f.dialect != "" {
		if !slices.Contains(names, f.dialect) {
			return exit{exitUsage, fmt.Errorf("--dialect: no dialect %q: write one of %s", f.dialect, strings.Join(names, ", "))}
		}
		names = []string{f.dialect}
	}
	if term.IsTerminal(int(os.Stdout.Fd())) { // a file has room for long lines
		f.shown.Width = textOptions(os.Stdout).Width
	}
	inBubbles(func(open func(func()) error) int {
		w := newSweeper(names)
		shown := w.gauge().show(os.Stderr)
		found, err := w.sweep(open)
		shown.stop()
		return exitCode(f.finish(os.Stdout, found, err))
	})
	return nil
}

func (f sweepFlags) finish(w io.Writer, found []sweep.Found, failed error) error {
	if failed != nil {
		return exit{exitNoAnswer, failed}
	}
	if err := sweep.WriteTable(w, found, f.shown); err != nil {
		return exit{exitNoAnswer, fmt.Errorf("the table could not be shown: %w", err)}
	}
	for i := range found {
		if len(found[i].Wrong())+len(found[i].Broken) > 0 {
			return exit{exitFail, errContract}
		}
	}
	return nil
}
