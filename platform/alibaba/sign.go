package alibaba

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Version 1 signs METHOD&%2F&{parameters}, where the parameters are sorted, escaped and joined, and then escaped again
// as one text; the key is the secret with a & behind it. The parameter Signature itself takes no part.

// scratch is memory for one signature.
type scratch struct {
	text, one []byte
	sorted    params
	secret    string    // of mac
	mac       hash.Hash // setting one up costs as much as using it
	sum       [sha1.Size]byte
}

var scratches = sync.Pool{New: func() any { return &scratch{text: make([]byte, 0, 1024), one: make([]byte, 0, 256)} }}

func (s *scratch) release() {
	clear(s.sorted[:cap(s.sorted)]) // texts of the request
	if cap(s.text) <= 16<<10 {
		scratches.Put(s)
	}
}

// stringToSign1 is the text that version 1 signs. It is good until s is used again.
func stringToSign1(method string, p params, s *scratch) []byte {
	s.sorted = append(s.sorted[:0], p...)
	s.sorted.sort()
	b := append(append(s.text[:0], method...), "&%2F&"...)
	first := true
	for _, p := range s.sorted {
		if p.name == "Signature" {
			continue
		}
		one := s.one[:0]
		if !first {
			one = append(one, '&')
		}
		first = false
		one = appendEscaped(append(appendEscaped(one, p.name), '='), p.value)
		b = appendEscaped(b, one)
		s.one = one
	}
	s.text = b
	return b
}

// sign1 is the signature of a text under a secret.
func (s *scratch) sign1(secret string, text []byte) string {
	if s.mac == nil || s.secret != secret {
		s.secret, s.mac = secret, hmac.New(sha1.New, append([]byte(secret), '&'))
	}
	s.mac.Reset()
	s.mac.Write(text)
	return base64.StdEncoding.EncodeToString(s.mac.Sum(s.sum[:0]))
}

// same compares in a time that tells nothing about where they differ.
func same(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }

const upperHex = "0123456789ABCDEF"

// appendEscaped escapes every byte but the unreserved ones of RFC 3986.
//
// Note: url.QueryEscape writes a blank as + and leaves nothing else different; replacing that costs a copy of Args.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	b = slices.Grow(b, len(s)+len(s)/2)
	for i := range len(s) {
		c := s[i]
		if unreserved[c] {
			b = append(b, c)
			continue
		}
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
	}
	return b
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") {
		table[c] = true
	}
	return table
}()

// ACS3 puts action, version and signature into headers:
//
//	Authorization: ACS3-HMAC-SHA256 Credential={key},SignedHeaders={h1;h2},Signature={hex}
//
// and signs the algorithm's name and the hash of method, path, sorted query, the named headers, their names and the
// body's hash, each on a line.

const acs3 = "ACS3-HMAC-SHA256"

// acs3Header is what Authorization says.
type acs3Header struct{ key, signed, signature string }

// parseACS3 returns false for anything but this algorithm's header.
func parseACS3(authorization string) (acs3Header, bool) {
	rest, ok := strings.CutPrefix(authorization, acs3)
	if !ok || rest != "" && rest[0] != ' ' {
		return acs3Header{}, false
	}
	var h acs3Header
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch name {
		case "Credential":
			h.key = value
		case "SignedHeaders":
			h.signed = value
		case "Signature":
			h.signature = value
		}
	}
	return h, true
}

// canonical is the request as ACS3 hashes it. Names of parameters are not escaped, values are.
func (h acs3Header) canonical(r *http.Request, query params, contentHash string) []byte {
	b := append(make([]byte, 0, 1024), r.Method...)
	b = append(b, "\n/\n"...)
	for i, p := range query.sorted() {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendEscaped(append(append(b, p.name...), '='), p.value)
	}
	b = append(b, '\n')
	for name := range strings.SplitSeq(h.signed, ";") {
		value := r.Header.Get(name)
		if strings.EqualFold(name, "host") {
			value = r.Host
		}
		b = append(append(append(append(b, name...), ':'), strings.TrimSpace(value)...), '\n')
	}
	b = append(append(b, '\n'), h.signed...)
	return append(append(b, '\n'), contentHash...)
}

// stringToSign3 is the text that ACS3 signs.
func stringToSign3(canonical []byte) []byte {
	return []byte(acs3 + "\n" + hexHash(canonical))
}

// sign3 is the signature of a text under a secret.
func sign3(secret string, text []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
