package sim

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm waits to within some 50 µs on the real clock. A Go timer that comes due while the program rests is up to 1 ms
// late, because the runtime sleeps in whole milliseconds; as a lag that would be most of the latency of a fast
// platform. A timer of the system that is read like a socket wakes the same sleep in time, at no cost while it waits.
type alarm struct {
	fd   int
	file *os.File
	stop func() bool
}

// newAlarm makes an alarm whose waits end early once ctx is done; nil where the system has none to give.
func newAlarm(ctx context.Context) *alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil
	}
	a := &alarm{fd: fd, file: os.NewFile(uintptr(fd), "alarm")}
	a.stop = context.AfterFunc(ctx, func() { a.file.SetReadDeadline(time.Unix(1, 0)) })
	return a
}

// wait returns after d, and false when the alarm does not work or its context is done.
func (a *alarm) wait(d time.Duration) bool {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if unix.TimerfdSettime(a.fd, 0, &spec, nil) != nil {
		return false
	}
	var times [8]byte
	_, err := a.file.Read(times[:])
	return err == nil
}

func (a *alarm) close() {
	if a != nil {
		a.stop()
		a.file.Close()
	}
}
