package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagMistake says what is wrong with a flag, and of its value so that it need not be known what has read it.
func flagMistake(c *cobra.Command, err error) error {
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		err = fmt.Errorf("--%s: %s", bad.GetFlag().Name, valueMistake(bad))
	}
	return fmt.Errorf("%w: %s --help lists the flags", err, c.CommandPath())
}

// aTime is what time.ParseDuration reads, if there is not more of it than it can hold.
var aTime = regexp.MustCompile(`^(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)

func valueMistake(bad *pflag.InvalidValueError) string {
	value := strconv.Quote(bad.GetValue())
	switch kind := bad.GetFlag().Value.Type(); {
	case errors.Is(bad, strconv.ErrRange) && strings.HasPrefix(bad.GetValue(), "-"):
		return value + " is far below 0; write a number above 0"
	case errors.Is(bad, strconv.ErrRange):
		return value + " is more than there can be; write less"
	case kind == "int":
		return value + " is no whole number"
	case kind == "uint64":
		return value + " is no whole number from 0 on"
	case kind == "duration" && aTime.MatchString(bad.GetValue()):
		return value + " is longer than 292 years; write less"
	case kind == "duration":
		return value + " is no time; write one such as 90s or 10m"
	case kind == "bool":
		return value + " is neither true nor false"
	}
	return fmt.Sprintf("%s: %v", value, bad.Unwrap())
}
