//go:build !linux

package sim

import (
	"context"
	"time"
)

// alarm is not there: Go's own timers have to do.
type alarm struct{}

func newAlarm(context.Context) *alarm { return nil }

func (a *alarm) wait(time.Duration) bool { return false }

func (a *alarm) close() {}
