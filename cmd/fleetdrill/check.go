package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fleetdrill/report"
	"fleetdrill/scenarios"
	"fleetdrill/sim"
)

// warn says what a scenario may have, and hardly means.
func warn(w io.Writer, name string, s *scenarios.Scenario) {
	if n, example := sim.Astray(s); n > 0 {
		fmt.Fprintf(w, "%s: %s to devices that only leaves out, and will find them offline: %s; write only for the calls, too\n", name, report.Plural(n, "call", "calls"), example)
	}
}

func checkCommand() *cobra.Command {
	var sets []string
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Validate scenario files and say every mistake with its place",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			bad := 0
			for _, name := range args {
				all, err := scenarios.OpenAll(name, sets)
				if err != nil {
					bad++
					fmt.Fprintln(c.ErrOrStderr(), err)
					continue
				}
				for _, s := range all {
					if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: ok: %s, %s\n", name, s.Name, s.Size()); err != nil {
						return exit{exitNoAnswer, err}
					}
					warn(c.ErrOrStderr(), name, s)
				}
			}
			if bad > 0 {
				return exit{code: exitUsage}
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&sets, "set", nil, "override a value: load.reboot.timeout=3s (repeatable)")
	return c
}
