package platform

import (
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
// leaves, net/http reads before it answers. Without a body there is no bound.
//
// Note: http.Server.ReadTimeout is no substitute. Its deadline stays on the connection while the handler runs, and
// when it passes the request's context is cancelled: a command of 60 s would lose its caller after 30.
func BoundBodies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var end time.Time
		if r.ContentLength != 0 {
			end = time.Now().Add(bodyTime)
		}
		http.NewResponseController(w).SetReadDeadline(end) // not supported by a test's recorder, which needs none
		h.ServeHTTP(w, r)
	})
}

// ReadBody reads a request's body of at most limit bytes, of a handler within BoundBodies. Its deadline goes with a body
// that is whole, and stays for the rest of any other.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	body, err := readAll(r.Body, r.ContentLength, limit)
	if err == nil {
		http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	return body, err
}

// ReadAnswer reads the body of an answer of at most limit bytes, for applications.
func ReadAnswer(r *http.Response, limit int64) ([]byte, error) {
	b, err := readAll(r.Body, r.ContentLength, limit)
	if errors.Is(err, ErrBodyTooLong) {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return b, err
}

// readAll reads to the end. The length is 0 or less where it is not known.
func readAll(r io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, ErrBodyTooLong
	}
	if length > 0 {
		b := make([]byte, length)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrBodyTooLong
	}
	return b, err
}

// Own is a part of something that is whole bytes long: the part itself, or a copy where the rest, which would be kept with
// it, is much longer. What a record holds is counted, and its rest is not.
func Own[T ~string | ~[]byte](part T, whole int) T {
	if whole <= 2*len(part)+1024 || len(part) == 0 {
		return part
	}
	return T(append(make([]byte, 0, len(part)), part...))
}
