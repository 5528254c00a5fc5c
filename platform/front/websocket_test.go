package front

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"fleetdrill/platform/pipe"
)

// open dials a WebSocket over l.
func open(l *pipe.Listener, path string, protocols ...string) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{Subprotocols: protocols,
		NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.Dial(ctx) }}
	return d.Dial("ws://platform"+path, nil)
}

// sockets runs f in a bubble with both ends of a WebSocket: the client's, and what the listener accepted.
func sockets(t *testing.T, f func(t *testing.T, client *websocket.Conn, server net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("ws")
		l := WebSocket(inner, nil)
		defer l.Close()
		client, resp, err := open(inner, Path, "mqtt")
		must(t, err)
		defer client.Close()
		if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != "mqtt" {
			t.Errorf("subprotocol %q, want mqtt", got)
		}
		server, err := l.Accept()
		must(t, err)
		defer server.Close()
		f(t, client, server)
	})
}

func TestAWebSocketIsAStreamWhereverItsMessagesAreCut(t *testing.T) {
	sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
		go func() {
			for _, part := range []string{"a", "", "bcd", "efghij"} {
				client.WriteMessage(websocket.BinaryMessage, []byte(part))
			}
		}()
		got := make([]byte, 10)
		if n, err := io.ReadFull(server, got); err != nil || string(got) != "abcdefghij" {
			t.Errorf("read %q, %v", got[:n], err)
		}
		time.Sleep(2 * headerTime) // what bounds the request does not bound the WebSocket
		go server.Write([]byte("answer"))
		kind, got, err := client.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || string(got) != "answer" {
			t.Errorf("message %d %q, %v, want a binary one", kind, got, err)
		}
	})
}

func TestAWebSocketEndsWithAMessageOfText(t *testing.T) {
	sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
		go client.WriteMessage(websocket.TextMessage, []byte("hello"))
		for range 2 { // and stays ended
			if n, err := server.Read(make([]byte, 10)); n != 0 || err != errText {
				t.Errorf("read %d bytes, %v, want none and %v", n, err, errText)
			}
		}
	})
}

func TestAWebSocketEndsWithAMessageThatIsTooLong(t *testing.T) {
	for size, want := range map[int]error{maxMessage: io.EOF, maxMessage + 1: websocket.ErrReadLimit} {
		sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
			go func() {
				client.WriteMessage(websocket.BinaryMessage, make([]byte, size))
				client.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
			}()
			go io.Copy(io.Discard, client.NetConn())
			n, err := io.Copy(io.Discard, server)
			if err == nil {
				err = io.EOF
			}
			if !errors.Is(err, want) {
				t.Errorf("%d bytes: read %d, then %v, want %v", size, n, err, want)
			}
		})
	}
}

func TestAClosedWebSocketSaysSo(t *testing.T) {
	sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
		go server.Close()
		if _, _, err := client.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("the client sees %v, want a normal closure", err)
		}
	})
	sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
		go client.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""))
		if _, err := server.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the server sees %v, want the end", err)
		}
	})
}

func TestDeadlinesOfAWebSocketAreThoseOfAnyConnection(t *testing.T) {
	sockets(t, func(t *testing.T, client *websocket.Conn, server net.Conn) {
		began := time.Now()
		server.SetDeadline(began.Add(5 * time.Second))
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("read: %v after %s, want a missed deadline after 5s", err, time.Since(began))
		}
		server.SetWriteDeadline(time.Now().Add(time.Minute))
		ended := make(chan error, 1)
		go func() {
			var err error
			for err == nil {
				_, err = server.Write(make([]byte, 64<<10))
			}
			ended <- err
		}()
		synctest.Wait()
		server.SetWriteDeadline(time.Now().Add(time.Second)) // reaches the write that waits
		began = time.Now()
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("write: %v after %s, want a missed deadline after 1s", err, time.Since(began))
		}
	})
}

func TestOnlyAWebSocketForMQTTIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("ws")
		l := WebSocket(inner, nil)
		defer l.Close()
		for _, c := range []struct {
			path, protocol string
			want           int
		}{{Path, "chat", 400}, {Path, "", 400}, {"/", "mqtt", 404}} {
			_, resp, err := open(inner, c.path, c.protocol)
			if err == nil || resp == nil || resp.StatusCode != c.want {
				t.Errorf("%s with subprotocol %q: %v, %v, want status %d", c.path, c.protocol, resp, err, c.want)
			}
		}
	})
}

func TestAClosedWebSocketListenerLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pipe.Listen("ws")
		l := WebSocket(inner, nil)
		waiting, _, err := open(inner, Path, "mqtt") // nobody accepts it
		must(t, err)
		defer waiting.Close()
		l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v, want net.ErrClosed", err)
		}
		if _, _, err := waiting.ReadMessage(); err == nil {
			t.Error("a WebSocket that nobody accepted is still open")
		}
		if _, err := inner.Dial(t.Context()); err == nil {
			t.Error("the listener below is still open")
		}
	})
}

func TestTLSRefusesVersionsBefore12(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		leaf := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"platform"}, NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
		must(t, err)
		inner := pipe.Listen("tls")
		l := TLS(inner, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
		defer l.Close()
		for version, ok := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
			go func() {
				s, err := l.Accept()
				if err == nil {
					io.Copy(s, io.LimitReader(s, 4))
					s.Close()
				}
			}()
			c, err := inner.Dial(t.Context())
			must(t, err)
			client := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
			_, err = client.Write([]byte("ping"))
			got, _ := io.ReadAll(client)
			if (err == nil) != ok || ok && !bytes.Equal(got, []byte("ping")) {
				t.Errorf("TLS %x: %v, echo %q, want it to work: %v", version, err, got, ok)
			}
			c.Close()
		}
	})
}
