package admin

import (
	"encoding/json"
	"net"
	"net/http"
	"time"

	"fleetdrill/platform"
)

// Path is what Handler serves.
const Path = "/admin/"

// Status is what GET /admin/status answers. Counts are since the start, but for those that say now.
type Status struct {
	UptimeSeconds int64             `json:"uptime_s"`
	Devices       Devices           `json:"devices"`
	Commands      Commands          `json:"commands"`
	Calls         Calls             `json:"calls"`
	Replies       map[string]uint64 `json:"replies"` // that changed nothing: late, duplicate, foreign, unknown, garbled
	Dialects      map[string]Share  `json:"dialects"`
	Broker        Broker            `json:"broker"`
	Pushes        Pushes            `json:"pushes"`
}

// Devices are how many there are now.
type Devices struct {
	Registered int `json:"registered"`
	Online     int `json:"online"`
}

// Commands are those of all devices.
type Commands struct {
	Open     int               `json:"open"` // now
	Accepted uint64            `json:"accepted"`
	Ended    map[string]uint64 `json:"ended"` // by state
}

// Calls are those of the vendors' APIs.
type Calls struct {
	Denied uint64 `json:"denied"` // that proved nothing of who calls
}

// Share is one dialect's part, now.
type Share struct {
	Devices
	Open    int `json:"open_commands"`
	Waiting int `json:"cached_waiting"` // of these, those that rest in the cache
}

// Broker is what devices' connections came to.
type Broker struct {
	Connected        int64  `json:"connected"` // now
	Refused          uint64 `json:"refused"`
	DeniedPublishes  uint64 `json:"denied_publishes"`
	DeniedSubscribes uint64 `json:"denied_subscribes"`
	Dropped          uint64 `json:"dropped"`
}

// Pushes are notifications to applications' own URLs.
type Pushes struct {
	Told         int `json:"told"`
	Acknowledged int `json:"acknowledged"`
	Lost         int `json:"lost"`
	Waiting      int `json:"waiting"` // now
	HostsBlocked int `json:"hosts_blocked"`
}

// Handler serves /admin/health and /admin/status. Unless anyone may ask, it answers this machine alone.
func (w *Watch) Handler(anyone bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"health", func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte("ok\n")) })
	mux.HandleFunc("GET "+Path+"status", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(w.Status())
	})
	if anyone {
		return mux
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !near(r.RemoteAddr) {
			http.Error(rw, "the admin endpoint answers this machine alone", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

func near(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// idle are the replies that change nothing.
var idle = []platform.FactKind{platform.Late, platform.Duplicate, platform.Foreign, platform.Unknown, platform.Garbled}

// Status tells how the platform stands. It goes through all devices.
func (w *Watch) Status() Status {
	s := Status{UptimeSeconds: int64(time.Since(w.began).Seconds()), Replies: map[string]uint64{}, Dialects: map[string]Share{}}
	for name, c := range w.platform.Census() {
		s.Dialects[name] = Share{Devices{c.Registered, c.Online}, c.Open, c.Waiting}
	}
	for _, share := range s.Dialects {
		s.Devices.Registered += share.Registered
		s.Devices.Online += share.Online
	}
	for _, kind := range idle {
		s.Replies[kind.String()] = w.facts[kind].Load()
	}
	s.Commands = w.commands()
	s.Calls.Denied = w.platform.DeniedCalls()
	t := w.platform.Traffic()
	s.Broker = Broker{t.Connected, t.Refused, t.DeniedPublishes, t.DeniedSubscribes, t.Dropped}
	p := w.platform.Pushes()
	s.Pushes = Pushes{p.Told, p.Acked, p.Lost, p.Waiting, p.Blocked}
	return s
}

func (w *Watch) commands() Commands {
	c := Commands{Open: w.platform.Pending(), Accepted: w.facts[platform.Accepted].Load(), Ended: map[string]uint64{}}
	for state := range w.endings {
		if n := w.endings[state].Load(); n > 0 {
			c.Ended[platform.State(state).String()] = n
		}
	}
	return c
}
