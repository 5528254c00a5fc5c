package front

import (
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Path is where WebSockets are opened.
const Path = "/mqtt"

// protocol is the subprotocol that MQTT 3.1.1 and 5 both demand.
const protocol = "mqtt"

// What one WebSocket may cost before it is cut.
const (
	headerTime = 10 * time.Second // as a device's CONNECT
	maxHeader  = 8 << 10          // a browser's headers with its cookies for the host
	maxMessage = 1 << 20          // some clients put several MQTT packets into one message
)

// upgrader takes WebSockets from pages of any origin: what a device shows is in its CONNECT, not in a cookie.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: headerTime,
	ReadBufferSize:   1 << 10, // most messages have a few hundred bytes
	WriteBufferPool:  new(sync.Pool),
	Subprotocols:     []string{protocol},
	CheckOrigin:      func(*http.Request) bool { return true },
}

// WebSocket serves HTTP on l and accepts the WebSockets that are opened at Path. errors is told what clients do wrong;
// nil tells nobody.
func WebSocket(l net.Listener, errors *log.Logger) net.Listener {
	if errors == nil {
		errors = log.New(io.Discard, "", 0)
	}
	w := &webSockets{inner: l, opened: make(chan net.Conn), done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc(Path, w.open)
	w.http = &http.Server{Handler: mux, ReadTimeout: headerTime, WriteTimeout: headerTime, IdleTimeout: headerTime,
		MaxHeaderBytes: maxHeader, ErrorLog: errors}
	w.serving.Go(func() {
		w.failure = w.http.Serve(l)
		w.stop()
	})
	return w
}

// webSockets is an HTTP server turned into a listener.
type webSockets struct {
	inner   net.Listener
	http    *http.Server
	opened  chan net.Conn
	serving sync.WaitGroup
	stopped sync.Once
	done    chan struct{} // closed when nothing is accepted any more
	failure error         // of the server; to be read after serving
}

func (w *webSockets) open(rw http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), protocol) {
		http.Error(rw, "a WebSocket with the subprotocol "+protocol+" is expected here", http.StatusBadRequest)
		return
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ws.SetReadLimit(maxMessage)
	c := &stream{ws: ws, Conn: ws.NetConn()}
	select {
	case w.opened <- c:
	case <-w.done:
		c.Close()
	}
}

func (w *webSockets) Accept() (net.Conn, error) {
	select {
	case c := <-w.opened:
		return c, nil
	case <-w.done:
	}
	w.serving.Wait()
	if w.failure != http.ErrServerClosed {
		return nil, w.failure
	}
	return nil, net.ErrClosed
}

func (w *webSockets) stop() { w.stopped.Do(func() { close(w.done) }) }

// Close ends the server and whatever has not become a WebSocket yet.
func (w *webSockets) Close() error {
	w.stop()
	err := w.http.Close()
	w.serving.Wait()
	return err
}

func (w *webSockets) Addr() net.Addr { return w.inner.Addr() }
