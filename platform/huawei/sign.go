package huawei

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The two signature forms, as Authorization begins.
const (
	algoStandard = "SDK-HMAC-SHA256"
	algoDerived  = "V11-HMAC-SHA256"
)

// Headers of calls, in net/http's canonical form.
const (
	headerToken     = "X-Auth-Token"
	headerDate      = "X-Sdk-Date"
	headerPayload   = "X-Sdk-Content-Sha256"
	headerRequestID = "X-Request-Id"
	headerInstance  = "Instance-Id"
	headerProject   = "X-Project-Id"
)

// shortTime is the layout of X-Sdk-Date and of nearly every time of the API, UTC; longTime is the other one.
const (
	shortTime = "20060102T150405Z"
	longTime  = "2006-01-02T15:04:05.000Z"
)

// signature is what an Authorization header claims.
type signature struct {
	algorithm string
	access    string // AK
	scope     string // derived form: yyyymmdd/region/service
	headers   []string
	digest    []byte
}

// parseSignature reads an Authorization header.
func parseSignature(text string) (s signature, ok bool) {
	algorithm, rest, _ := strings.Cut(text, " ")
	if algorithm != algoStandard && algorithm != algoDerived {
		return s, false
	}
	s.algorithm = algorithm
	for part := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "Access":
			s.access = value
		case "Credential":
			s.access, s.scope, _ = strings.Cut(value, "/")
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.digest, _ = hex.DecodeString(value)
		}
	}
	return s, s.access != "" && len(s.digest) == sha256.Size && (algorithm == algoDerived) == (s.scope != "")
}

// proves tells whether who knows the secret has made the signature for this request and this body.
func (s *signature) proves(secret string, r *http.Request, body []byte) bool {
	want := s.make(secret, r.Header.Get(headerDate), canonical(r, s.headers, body))
	return hmac.Equal(want, s.digest)
}

// make is the digest over a canonical request.
func (s *signature) make(secret, date string, request []byte) []byte {
	key, text := []byte(secret), make([]byte, 0, 192)
	text = append(append(append(append(text, s.algorithm...), '\n'), date...), '\n')
	if s.algorithm == algoDerived {
		key = derivedKey(s.access, secret, s.scope)
		text = append(append(text, s.scope...), '\n')
	}
	sum := sha256.Sum256(request)
	return mac(key, hex.AppendEncode(text, sum[:]))
}

// derivedKey is HKDF with the AK as its salt. What is used as a key is its hexadecimal text.
func derivedKey(access, secret, scope string) []byte {
	prk := mac([]byte(access), []byte(secret))
	return hex.AppendEncode(nil, mac(prk, append([]byte(scope), 1)))
}

// keyed is an HMAC-SHA256 that is set up, which costs as much as using it.
type keyed struct {
	hash.Hash
	key string
}

var spareMACs sync.Pool

func mac(key, text []byte) []byte {
	h, _ := spareMACs.Get().(*keyed)
	if h == nil || h.key != string(key) {
		h = &keyed{hmac.New(sha256.New, key), string(key)}
	}
	h.Reset()
	h.Write(text)
	sum := h.Sum(make([]byte, 0, sha256.Size))
	spareMACs.Put(h)
	return sum
}

// canonical is the text that a signature is over. Which headers it holds, and in which order, the client decides.
func canonical(r *http.Request, signed []string, body []byte) []byte {
	b := append(append(make([]byte, 0, 384), r.Method...), '\n')
	for segment := range strings.SplitSeq(strings.Trim(r.URL.Path, "/"), "/") {
		b = append(append(b, '/'), escape(segment)...)
	}
	b = append(b, '/', '\n')
	if r.URL.RawQuery != "" {
		b = append(b, canonicalQuery(r.URL.Query())...)
	}
	b = append(b, '\n')
	for _, name := range signed {
		b = append(append(append(append(b, name...), ':'), headerValue(r, name)...), '\n')
	}
	for i, name := range signed {
		sep := byte(';')
		if i == 0 {
			sep = '\n'
		}
		b = append(append(b, sep), name...)
	}
	return appendPayloadHash(append(b, '\n'), r.Header, body)
}

func canonicalQuery(q url.Values) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(q)) {
		slices.Sort(q[key])
		for _, value := range q[key] {
			pairs = append(pairs, escape(key)+"="+escape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// headerValue knows the two headers that net/http keeps elsewhere, and the names that all clients sign.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return strings.TrimSpace(r.Host)
	case "content-length":
		return strconv.FormatInt(max(r.ContentLength, 0), 10)
	case "x-sdk-date":
		name = headerDate
	case "x-project-id":
		name = headerProject
	}
	return strings.TrimSpace(r.Header.Get(name))
}

// appendPayloadHash appends the body's hash, or the word UNSIGNED-PAYLOAD. A header with the hash of another body proves
// nothing about this one: its request is one that nobody can have signed.
func appendPayloadHash(b []byte, h http.Header, body []byte) []byte {
	sum := sha256.Sum256(body)
	switch said := h.Get(headerPayload); {
	case said == "":
		return hex.AppendEncode(b, sum[:])
	case said == "UNSIGNED-PAYLOAD", strings.EqualFold(said, hex.EncodeToString(sum[:])):
		return append(b, said...)
	}
	return append(b, "of another body"...)
}

// escape is percent-encoding that leaves A-Z a-z 0-9 - _ . ~ alone.
func escape(s string) string {
	if strings.IndexFunc(s, reserved) < 0 {
		return s
	}
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func reserved(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.~", r))
}

// authorize signs a request of the application's side. Its X-Sdk-Date must not be set yet.
func authorize(r *http.Request, algorithm, access, secret, region string, body []byte, now time.Time) {
	date := now.UTC().Format(shortTime)
	r.Header.Set(headerDate, date)
	s := signature{algorithm: algorithm, access: access, headers: ownHeaders}
	who := "Access=" + access
	if algorithm == algoDerived {
		s.scope = date[:8] + "/" + region + "/iotdm"
		who = "Credential=" + access + "/" + s.scope
	}
	digest := hex.EncodeToString(s.make(secret, date, canonical(r, s.headers, body)))
	r.Header.Set("Authorization", algorithm+" "+who+", SignedHeaders="+ownNames+", Signature="+digest)
}

// ownNames are the headers that authorize signs.
const ownNames = "host;x-project-id;x-sdk-date"

var ownHeaders = strings.Split(ownNames, ";")
