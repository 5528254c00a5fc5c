package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fleetdrill/sim/hunt"
)

// againDir is, in the folder of a run that is not the same twice, that of the other.
const againDir = "again"

// tries is how often a run that was not the same twice is made again, to have two that differ.
const tries = 20

// keepBoth leaves two runs of a seed that are not the same, and says where they part. If they are the same now, it says
// what was seen.
func keepBoth(ctx context.Context, pool *hunt.Pool, j hunt.Job, seen string) (string, error) {
	once, again := j.Out, filepath.Join(j.Out, againDir)
	if err := leave(ctx, pool, j); err != nil {
		return seen, err
	}
	j.Out = again
	for range tries {
		if err := leave(ctx, pool, j); err != nil {
			return seen, err
		}
		where, err := whereTheyPart(filepath.Join(once, "history.jsonl"), filepath.Join(again, "history.jsonl"))
		switch {
		case err != nil:
			return seen, err
		case where != "":
			return where, nil
		}
	}
	return fmt.Sprintf("%s, and %d more were the same", seen, tries), nil
}

// whereTheyPart says where two files part, or nothing.
func whereTheyPart(once, again string) (string, error) {
	a, err := os.Open(once)
	if err != nil {
		return "", err
	}
	defer a.Close()
	b, err := os.Open(again)
	if err != nil {
		return "", err
	}
	defer b.Close()
	before, after := bufio.NewReader(a), bufio.NewReader(b)
	for line := 1; ; line++ {
		x, errX := before.ReadString('\n')
		y, errY := after.ReadString('\n')
		switch err := errors.Join(notEnd(errX), notEnd(errY)); {
		case err != nil:
			return "", err
		case x != y:
			return fmt.Sprintf("%s parts from %s in line %d: %s and %s", once, again, line, lineOr(x), lineOr(y)), nil
		case x == "":
			return "", nil
		}
	}
}

func notEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func lineOr(text string) string {
	if text == "" {
		return "its end"
	}
	return strings.TrimSpace(text)
}
