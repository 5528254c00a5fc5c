package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
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
			"another event; three in one instant are not played, nor two such places in one order.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return f.run() },
	}
	c.Flags().StringVar(&f.dialect, "dialect", "", "one of "+strings.Join(dialects(), ", ")+"; all if nothing is said")
	c.Flags().BoolVar(&f.shown.All, "all", false, "a row for each order")
	c.Flags().BoolVar(&f.shown.Markdown, "markdown", false, "print Markdown")
	return c
}

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
	var found []sweep.Found
	var failed error
	inVirtualTime(func() { found, failed = sweepAll(context.Background(), names) }, func(broken error) int {
		return exitCode(f.finish(os.Stdout, found, errors.Join(broken, failed)))
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

// sweepAll plays every kind of call of the dialects, each on a platform of its own. It has to run in a bubble.
func sweepAll(ctx context.Context, dialects []string) (found []sweep.Found, err error) {
	for _, name := range dialects {
		for _, c := range sweep.Calls(name) {
			f, err := sweepCall(ctx, c, c.Orders())
			if err != nil {
				return nil, err
			}
			found = append(found, f)
		}
	}
	return found, nil
}

// atATime is how many orders share a platform. With all of them on one its devices' pings and what it looks up take longer
// than the orders do.
const atATime = 100

func sweepCall(ctx context.Context, c sweep.Call, orders []sweep.Order) (sweep.Found, error) {
	all := sweep.Found{Call: c, Orders: orders}
	for some := range slices.Chunk(orders, atATime) {
		f, err := sweepSome(ctx, c, some)
		if err != nil {
			return all, err
		}
		all.Got, all.Broken = append(all.Got, f.Got...), append(all.Broken, f.Broken...)
	}
	return all, nil
}

func sweepSome(ctx context.Context, c sweep.Call, orders []sweep.Order) (sweep.Found, error) {
	s, err := scenarios.Parse("sweep", sweepScenario(c, len(orders)), nil)
	if err != nil {
		return sweep.Found{}, err
	}
	ledger := check.NewLedger(loadNames(s), deviceNames(s))
	mqtt, api, err := listen(s)
	if err != nil {
		return sweep.Found{}, err
	}
	h, err := newHouse(s, platform.Config{Observe: ledger.Platform}, mqtt, api)
	if err != nil {
		return sweep.Found{}, err
	}
	began := time.Now()
	ledger.Begin(began)
	watch := ledger.Watch(check.Limits{})
	err = sweep.Play(ctx, sweep.Config{
		Dial: h.target.Dial, Codec: h.target.Codecs[c.Dialect], Caller: h.target.Callers[c.Dialect+"/"+c.Name+"/http"],
		Devices: h.identities[sweepName], State: h.state, TakeBack: func(a platform.Address) { h.platform.Cancel(a, 0) },
		Close:  func() error { return h.close(context.WithoutCancel(ctx)) },
		Ledger: ledger, Settle: settle, Began: began,
	}, c, orders)
	results, _ := watch.Close()
	return sweep.Judge(ledger.Finish(), results, c, orders), err
}

// sweepName is the group, the load and the service of a sweep.
const sweepName = "sweep"

// sweepScenario is a platform for a kind of call. Its load says what the service is; nobody sends it.
func sweepScenario(c sweep.Call, devices int) []byte {
	ttl := ""
	if c.Cached && c.Dialect != "alibaba" {
		ttl = ", ttl: 5m"
	}
	settings := map[string]string{
		"enos":    fmt.Sprintf("{qos: %d}", c.QoS),
		"alibaba": "{}",
		"huawei":  fmt.Sprintf("{implicit_qos: %d, any_keep_alive: true}", c.QoS),
	}[c.Dialect]
	return fmt.Appendf(nil, `
name: sweep
clock: virtual
platform: {dialects: {%[1]s: %[2]s}}
devices: [{group: sweep, dialect: %[1]s, count: %[3]d, presence: {start: offline}}]
load: [{name: sweep, to: sweep, call: %[4]s, service: sweep%[5]s, arrivals: [{burst: 1}]}]
`, c.Dialect, settings, devices, c.Name, ttl)
}

// state is that of a device's only command.
func (h *house) state(a platform.Address) (platform.State, bool) {
	records := h.platform.Known(h.platform.Find(a, nil))
	if len(records) != 1 {
		return 0, false
	}
	return records[0].State, true
}
