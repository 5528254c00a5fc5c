package broker

import (
	"context"
	"log/slog"
)

// discreet returns a logger for mochi that tells nothing about the contents of packets: mochi logs whole packets, and
// a CONNECT holds a password.
func discreet(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(withoutPackets{l.Handler()})
}

type withoutPackets struct{ slog.Handler }

func (h withoutPackets) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "pk" && a.Key != "packet" {
			out.AddAttrs(a)
		}
		return true
	})
	return h.Handler.Handle(ctx, out)
}

func (h withoutPackets) WithAttrs(as []slog.Attr) slog.Handler {
	return withoutPackets{h.Handler.WithAttrs(as)}
}

func (h withoutPackets) WithGroup(name string) slog.Handler {
	return withoutPackets{h.Handler.WithGroup(name)}
}
