package main

import (
	"github.com/spf13/cobra"

	"fleetdrill/scenarios"
)

func schemaCommand() *cobra.Command {
	serve := false
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, or of service files, for editors",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			schema := scenarios.Schema
			if serve {
				schema = scenarios.ServiceSchema
			}
			if _, err := c.OutOrStdout().Write(schema()); err != nil {
				return exit{exitNoAnswer, err}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&serve, "serve", false, "the files of fleetdrill serve --config")
	return c
}
