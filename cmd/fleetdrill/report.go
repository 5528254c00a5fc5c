package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	results "fleetdrill/report/folder"
	"fleetdrill/report/page"
	"fleetdrill/scenarios"
)

func reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Make report.html again from a run's results",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := results.Read(args[0])
			if err != nil {
				return exit{exitUsage, err}
			}
			path := filepath.Join(args[0], "report.html")
			err = writeFile(path, result{}, func(w io.Writer, _ result) error { return writePage(w, run) })
			if err == nil {
				_, err = fmt.Fprintln(c.OutOrStdout(), path)
			}
			if err != nil {
				return exit{exitNoAnswer, err}
			}
			return nil
		},
	}
}

// writePage writes report.html of a run, of now or of then.
func writePage(w io.Writer, run *results.Run) error {
	p := page.Page{Run: run}
	if s, err := scenarios.Parse("scenario.yaml", run.Scenario, nil); err == nil { // what an older program could read may be refused today
		p.About = s.About
	}
	return p.Write(w)
}
