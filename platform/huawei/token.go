package huawei

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// tokens are the access tokens that are alive. A new one leaves older ones valid.
type tokens struct {
	life time.Duration

	mu    sync.RWMutex
	alive map[key]token
	queue []key // of those that end, the oldest first
}

type token struct {
	account string
	expires time.Time // zero: never
}

// key is what a token is looked up by: how long that takes tells nothing about the texts of others.
type key [sha256.Size]byte

func keyOf(text string) key { return sha256.Sum256([]byte(text)) }

// newTokens begins with those that are valid for ever.
func newTokens(life time.Duration, fixed map[string]string) *tokens {
	t := &tokens{life: life, alive: map[key]token{}}
	for text, account := range fixed {
		t.alive[keyOf(text)] = token{account: account}
	}
	return t
}

// add makes a token, and forgets those that are over.
func (t *tokens) add(account string, now time.Time) (text string, expires time.Time) {
	var raw [32]byte
	rand.Read(raw[:])
	text, expires = hex.EncodeToString(raw[:]), now.Add(t.life)
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.queue) > 0 && !now.Before(t.alive[t.queue[0]].expires) {
		delete(t.alive, t.queue[0])
		t.queue = t.queue[1:]
	}
	t.alive[keyOf(text)] = token{account, expires}
	t.queue = append(t.queue, keyOf(text))
	return text, expires
}

// owner returns the account whose living token that is.
func (t *tokens) owner(text string, now time.Time) (account string, ok bool) {
	if text == "" {
		return "", false
	}
	id := keyOf(text)
	t.mu.RLock()
	defer t.mu.RUnlock()
	k, ok := t.alive[id]
	return k.account, ok && (k.expires.IsZero() || now.Before(k.expires))
}

// tokenRequest is what an application shows for a token: the account's key and secret as a user's name and password.
type tokenRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					Name     string `json:"name"`
					Password string `json:"password"`
					Domain   named  `json:"domain"`
				} `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope struct {
			Project *named `json:"project"`
			Domain  *named `json:"domain"`
		} `json:"scope"`
	} `json:"auth"`
}

type named struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// issued is the answer to a call for a token; the token itself is in the header X-Subject-Token.
type issued struct {
	Expires string   `json:"expires_at"`
	Issued  string   `json:"issued_at"`
	Methods []string `json:"methods"`
	Catalog *[]any   `json:"catalog,omitempty"`
	Roles   []named  `json:"roles"`
	Project *named   `json:"project,omitempty"`
	Domain  *named   `json:"domain,omitempty"`
	User    struct {
		named
		Domain named `json:"domain"`
	} `json:"user"`
}

// iamTime is how the token call writes times.
const iamTime = "2006-01-02T15:04:05.000000Z"

func (a *api) createToken(c *call) error {
	var in tokenRequest
	if err := c.read(&in); err != nil {
		return err
	}
	user, scope := &in.Auth.Identity.Password.User, &in.Auth.Scope
	if len(in.Auth.Identity.Methods) != 1 || in.Auth.Identity.Methods[0] != "password" {
		return invalid("auth.identity.methods", "has to be [\"password\"]")
	}
	if user.Name == "" || user.Password == "" {
		return invalid("auth.identity.password.user", "name and password are needed")
	}
	account, ok := a.svc.Account(user.Name)
	if subtle.ConstantTimeCompare([]byte(account.Secret), []byte(user.Password)) != 1 || !ok {
		return a.svc.Denied(errUnauthorized)
	}
	now := time.Now()
	text, expires := a.tokens.add(account.Key, now)
	out := issued{Expires: expires.UTC().Format(iamTime), Issued: now.UTC().Format(iamTime), Methods: in.Auth.Identity.Methods,
		Roles: []named{}, Project: scope.Project, Domain: scope.Domain}
	out.User.named, out.User.Domain = named{ID: user.Name, Name: user.Name}, user.Domain
	if c.r.URL.Query().Get("nocatalog") == "" {
		out.Catalog = &[]any{}
	}
	c.w.Header().Set("X-Subject-Token", text)
	return c.answer(http.StatusCreated, map[string]json.RawMessage{"token": encode(out)})
}
