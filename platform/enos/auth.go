package enos

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// Headers of a signed call, in net/http's canonical form.
const (
	headerToken     = "Apim-Accesstoken"
	headerSignature = "Apim-Signature"
	headerTimestamp = "Apim-Timestamp"
)

// tokens are the access tokens that are alive. An application has at most two: when it renews its token, the one before
// lives on to its own end, so that calls on their way do not fail.
type tokens struct {
	life time.Duration

	mu     sync.RWMutex
	byText map[digest]*token
	byKey  map[string]*token // the newest one of an application
}

type token struct {
	text, key string
	expires   time.Time
	before    digest // of the one it follows
}

// digest is what a token is looked up by: how long that takes tells nothing about the texts of others.
type digest = [sha256.Size]byte

func digestOf(text string) digest { return sha256.Sum256([]byte(text)) }

// current returns the application's newest token, or its first.
func (t *tokens) current(key, _ string, now time.Time) (*token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.byKey[key]; k != nil && k.expires.Sub(now) >= time.Second {
		return k, nil
	}
	return t.addLocked(key, now), nil
}

// renew gives the application a new token for a living one.
func (t *tokens) renew(key, text string, now time.Time) (*token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.byText[digestOf(text)]
	if text == "" || k == nil || k.key != key || !now.Before(k.expires) {
		return nil, &fault{code: codeTokenRefresh, msg: "refresh failed: the access token is unknown or expired"}
	}
	return t.addLocked(key, now), nil
}

func (t *tokens) addLocked(key string, now time.Time) *token {
	var text [16]byte
	rand.Read(text[:])
	k := &token{text: hex.EncodeToString(text[:]), key: key, expires: now.Add(t.life)}
	if last := t.byKey[key]; last != nil {
		delete(t.byText, last.before)
		k.before = digestOf(last.text)
	}
	t.byText[digestOf(k.text)], t.byKey[key] = k, k
	return k
}

// owner returns the key of the application whose living token that is.
func (t *tokens) owner(text string, now time.Time) (key string, ok bool) {
	id := digestOf(text)
	t.mu.RLock()
	defer t.mu.RUnlock()
	k := t.byText[id]
	if k == nil || !now.Before(k.expires) {
		return "", false
	}
	return k.key, true
}

// authenticate finds out whose call it is. It leaves the signature to verify, which needs the body.
func (a *api) authenticate(c *call) error {
	if a.cfg.Auth == AuthOff {
		c.anyone = true
		return nil
	}
	text := c.r.Header.Get(headerToken)
	if text == "" && a.cfg.Auth == AuthLenient {
		text, _ = strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	}
	key, ok := a.tokens.owner(text, time.Now())
	if !ok && a.cfg.Auth == AuthLenient && sealed(text) {
		c.anyone = true
		return nil
	}
	if ok {
		c.account, ok = a.svc.Account(key)
	}
	if !ok {
		return errTokenExpired
	}
	c.token = text
	return nil
}

// sealed tells whether a token looks like one that a client of the vendor encrypted with the vendor's RSA key. Whose
// it is only the vendor can tell.
func sealed(text string) bool {
	b, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(b) >= 128 && len(b)%128 == 0
}

// verify checks the signature over query and body. It sorts c.query and uses c.out.
func (a *api) verify(c *call) error {
	if a.cfg.Auth != AuthStrict {
		return nil
	}
	b := append(c.out[:0], c.token...)
	b = c.query.appendSigned(b)
	b = append(b, c.body...)
	b = append(b, c.r.Header.Get(headerTimestamp)...)
	b = append(b, c.account.Secret...)
	c.out = b
	if !sameDigest(sha256.Sum256(b), c.r.Header.Get(headerSignature)) {
		return errSignature
	}
	return nil
}

// sameDigest compares with a lower-case hex text, in a time that tells nothing about where they differ.
func sameDigest(sum [sha256.Size]byte, text string) bool {
	var want [2 * sha256.Size]byte
	hex.Encode(want[:], sum[:])
	if len(text) != len(want) {
		return false
	}
	var got [2 * sha256.Size]byte
	copy(got[:], text)
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// credentials is the body of a token call.
type credentials struct {
	AppKey      string          `json:"appKey"`
	Encryption  string          `json:"encryption"`
	Timestamp   json.RawMessage `json:"timestamp"` // a number, or a string of some clients
	AccessToken string          `json:"accessToken"`
}

// serveToken answers a token call in the gateway's envelope, which is not that of the API.
func (a *api) serveToken(w http.ResponseWriter, r *http.Request, issue func(key, text string, now time.Time) (*token, error)) {
	c := newCall(w, r)
	defer c.release()
	now := time.Now()
	k, err := a.token(c, issue, now)
	w.Header()["Content-Type"] = contentType
	if err == nil {
		c.out = append(c.out[:0], `{"status":0,"msg":"SUCCESS","business":"apim-token-service","data":{"accessToken":"`...)
		c.out = append(append(c.out, k.text...), `","expire":`...)
		c.out = strconv.AppendInt(c.out, int64(k.expires.Sub(now)/time.Second), 10)
		w.Write(append(c.out, "}}"...))
		return
	}
	f := faultOf(err)
	if f.status != 0 {
		w.WriteHeader(f.status)
	}
	c.out = strconv.AppendInt(append(c.out[:0], `{"status":`...), int64(f.code), 10)
	c.out = appendString(append(c.out, `,"msg":`...), f.msg)
	w.Write(append(c.out, `,"business":"apim-token-service","data":null}`...))
}

func (a *api) token(c *call, issue func(key, text string, now time.Time) (*token, error), now time.Time) (*token, error) {
	if c.r.Method != http.MethodPost {
		return nil, errMethod
	}
	if err := c.readBody(a.cfg.MaxBody); err != nil {
		return nil, &fault{code: codeTokenBad, msg: faultOf(err).msg}
	}
	var cred credentials
	if err := members.Unmarshal(c.body, &cred); err != nil {
		return nil, &fault{code: codeTokenBad, msg: "bad parameter: the body is not a JSON object of strings"}
	}
	timestamp := strings.Trim(string(cred.Timestamp), `"`)
	if cred.AppKey == "" || cred.Encryption == "" || timestamp == "" || timestamp == "null" {
		return nil, &fault{code: codeTokenEmpty, msg: "parameter empty: appKey, encryption and timestamp are needed"}
	}
	if _, err := strconv.ParseInt(timestamp, 10, 64); err != nil {
		return nil, &fault{code: codeTokenBad, msg: "bad parameter: timestamp is not a number of milliseconds"}
	}
	account, ok := a.svc.Account(cred.AppKey)
	if !ok {
		return nil, a.svc.Denied(&fault{code: codeUnknownApp, msg: "unknown appKey"})
	}
	if account.Secret == "" || !sameDigest(tokenDigest(account, timestamp), cred.Encryption) {
		return nil, a.svc.Denied(&fault{code: codeSignature, msg: "encryption is wrong"})
	}
	return issue(cred.AppKey, cred.AccessToken, now)
}

// tokenDigest is what an application shows for a token. It is a plain hash, not an HMAC.
func tokenDigest(a platform.Account, timestamp string) [sha256.Size]byte {
	return sha256.Sum256([]byte(a.Key + timestamp + a.Secret))
}
