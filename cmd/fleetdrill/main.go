package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"fleetdrill/platform/bug"
)

// Exit codes. They are the whole of what a CI job has to know.
const (
	exitPass     = 0
	exitFail     = 1 // an expectation or an invariant does not hold
	exitUsage    = 2 // bad usage or bad input: nothing was run
	exitNoAnswer = 3 // could not run, or the run says nothing
)

func main() { os.Exit(run(os.Args[1:])) }

// run is main without the process.
func run(args []string) int {
	if err := noBug(); err != nil {
		return exitCode(err)
	}
	cmd := rootCommand()
	cmd.SetArgs(args)
	return exitCode(cmd.Execute())
}

// noBug refuses to run without the bug that the environment asks for. Which bugs there are is for a binary that has them.
func noBug() error {
	if name := os.Getenv(bug.Variable); name != "" && !bug.Built {
		return fmt.Errorf("%s=%s: this binary has no planted bugs: unset it, or build one that has them with go build -tags zoo ./cmd/fleetdrill",
			bug.Variable, name)
	}
	return nil
}

// exitCode says what went wrong, once, and returns the code for it. An error without one is cobra's: wrong usage.
func exitCode(err error) int {
	code := exitPass
	var end exit
	switch {
	case errors.As(err, &end):
		code, err = end.code, end.err
	case err != nil:
		code = exitUsage
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleetdrill:", err)
	}
	return code
}

// exit is an error that knows its exit code; a nil err has been said already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string { return fmt.Sprint(e.err) }
func (e exit) Unwrap() error { return e.err }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "fleetdrill",
		Short:         "Drill a fleet of devices against an IoT command platform",
		Long:          "fleetdrill drives thousands of simulated devices against a full IoT command platform, in one process,\nand measures the whole command: from the moment a call was due until its caller has the answer.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(flagMistake)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(runCommand(), compareCommand(), benchCommand(), checkCommand(), schemaCommand(), serveCommand(), sweepCommand(), huntCommand(), shrinkCommand(), replayCommand(), workerCommand(), reportCommand(), explainCommand(), versionCommand())
	for _, c := range root.Commands() {
		if counted := c.Args; counted != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := counted(c, args); err != nil {
					return fmt.Errorf("%w: write %s", err, c.UseLine())
				}
				return nil
			}
		}
	}
	return root
}

// noSuchCommand says what was meant by the name of a command that there is not.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "fleetdrill --help lists the commands"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	return fmt.Errorf("unknown command %q: %s", args[0], hint)
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(c *cobra.Command, _ []string) {
			info, _ := debug.ReadBuildInfo()
			version, revision := "devel", ""
			if info != nil {
				if v := info.Main.Version; v != "" && v != "(devel)" {
					version = v
				}
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" && len(s.Value) >= 12 {
						revision = " (" + s.Value[:12] + ")"
					}
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "fleetdrill %s%s %s\n", version, revision, info.GoVersion)
		},
	}
}
