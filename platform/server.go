package platform

import (
	"log/slog"
	"net/http"
	"time"
)

// maxHeader is how long a request's line and headers may be. One of the APIs has its arguments in the query, where a
// byte may take three: there has to be room for all that a device takes.
const maxHeader = 1 << 20

// NewServer returns a server for h, whose clients are bounded in their headers: 10 s, and 1 MiB. Bodies are up to h: see
// BoundBodies, in which a Platform's Handler already is. There is no limit on the answer, which may take as long as a
// command. What net/http complains about is logged at level debug.
func NewServer(h http.Handler, l *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader,
		DisableGeneralOptionsHandler: true, // net/http's own reads a body for as long as it takes
		ErrorLog:                     slog.NewLogLogger(l.Handler(), slog.LevelDebug)}
}
