package platform

import (
	"log/slog"
	"net/http"
	"time"
)

// maxHeader is how long a request's line and headers may be. One of the APIs has its arguments in the query, where a
// byte may take three: there has to be room for all that a device takes.
const maxHeader = 1 << 20

// NewServer returns a server for h, whose clients are bounded in their headers, 10 s and 1 MiB, and in the time of a body:
// h is to be within BoundBodies, as a Platform's Handler is, where it takes long. There is no limit on the answer, which
// may take as long as a command. What net/http complains about is logged at level debug.
func NewServer(h http.Handler, l *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader,
		ReadTimeout: bodyTime, // for bodies that net/http reads without asking h: of OPTIONS *, and where it refuses an Expect
		ErrorLog:    slog.NewLogLogger(l.Handler(), slog.LevelDebug)}
}
