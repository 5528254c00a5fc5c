package front

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// stream is a WebSocket as a stream of bytes: what its binary messages hold, one after another, wherever they are cut.
// One goroutine may read and any may write. What is embedded is the connection below, for addresses and deadlines.
type stream struct {
	net.Conn
	ws      *websocket.Conn
	message io.Reader // what is left of the present message
	broken  error     // of the first read that failed: no other may follow it

	writing  sync.Mutex
	mu       sync.Mutex
	deadline time.Time // of writes
}

const noStatus = 1005 // a closing frame without a reason

var errText = errors.New("websocket: a message of text, MQTT has binary ones")

func (s *stream) Read(p []byte) (n int, err error) {
	for n == 0 && s.broken == nil && len(p) > 0 {
		n, s.broken = s.read(p)
	}
	if n > 0 {
		return n, nil
	}
	return 0, s.broken
}

// read reads once; nothing and no error is the end of a message.
func (s *stream) read(p []byte) (int, error) {
	if s.message == nil {
		kind, r, err := s.ws.NextReader()
		switch {
		case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, noStatus):
			return 0, io.EOF
		case err != nil:
			return 0, plain(err)
		case kind != websocket.BinaryMessage:
			return 0, errText
		}
		s.message = r
	}
	n, err := s.message.Read(p)
	if err == io.EOF {
		s.message, err = nil, nil
	}
	return n, plain(err)
}

// Write sends one binary message.
func (s *stream) Write(p []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	deadline := s.deadline
	s.mu.Unlock()
	s.ws.SetWriteDeadline(deadline)
	if err := s.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, plain(err)
	}
	return len(p), nil
}

// plain gives a missed deadline the name that it has on other connections.
func plain(err error) error {
	if t := net.Error(nil); errors.As(err, &t) && t.Timeout() {
		return os.ErrDeadlineExceeded
	}
	return err
}

// SetWriteDeadline also reaches a write that is under way.
func (s *stream) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	s.deadline = t
	s.mu.Unlock()
	return s.Conn.SetWriteDeadline(t)
}

func (s *stream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// farewell is how long the closing frame may take: it fits the buffer of any connection whose other side reads.
const farewell = 10 * time.Millisecond

// Close says so first, unless a write is under way.
func (s *stream) Close() error {
	if s.writing.TryLock() {
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		s.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(farewell))
		s.writing.Unlock()
	}
	return s.Conn.Close()
}
