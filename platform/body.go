package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// bodyTime is how long a client may take over a request's body. A slower one is cut.
const bodyTime = 30 * time.Second

// ErrBodyTooLong says that a request's body is longer than its reader takes.
var ErrBodyTooLong = errors.New("body too long")

// BoundBodies bounds the time that a request's body takes, whether the handler reads it or not: what the handler
// leaves, net/http reads before it answers.
func BoundBodies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
		}
		h.ServeHTTP(w, r)
	})
}

// ReadBody reads a request's body of at most limit bytes and within bodyTime. The deadline goes with a body that is
// whole, and stays for the rest of any other.
//
// Note: http.Server.ReadTimeout is no substitute. Its deadline stays on the connection while the handler runs, and
// when it passes the request's context is cancelled: a command of 60 s would lose its caller after 30.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, ErrBodyTooLong
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	conn := http.NewResponseController(w)
	conn.SetReadDeadline(time.Now().Add(bodyTime)) // not supported by a test's recorder, which needs none
	body := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	n, err := body.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case n > limit:
		return nil, ErrBodyTooLong
	case err != nil:
		return nil, err
	}
	conn.SetReadDeadline(time.Time{})
	return body.Bytes(), nil
}

// ReadAnswer reads the body of an answer of at most limit bytes, for applications.
func ReadAnswer(r *http.Response, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, fmt.Errorf("longer than %d bytes", limit)
	}
	if r.ContentLength > 0 {
		b := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, b)
		return b, err
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return b, err
}
