package main

import (
	"github.com/spf13/cobra"

	"fleetdrill/scenarios"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := c.OutOrStdout().Write(scenarios.Schema()); err != nil {
				return exit{exitNoAnswer, err}
			}
			return nil
		},
	}
}
