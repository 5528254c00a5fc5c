package enos

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"fleetdrill/platform"
)

// purse holds an application's access token. All callers of the application share it: one fetches, the others go on
// with the old token, or wait if there is none.
type purse struct {
	base    string
	client  *http.Client
	account platform.Account

	held     atomic.Pointer[heldToken]
	fetching chan struct{} // cap 1. A channel, not a mutex: who waits on it in virtual time lets time go on
}

type heldToken struct {
	text         string
	renew, until time.Time
}

// renewShare of a token's life is left when it is renewed.
const renewShare = 10

// token returns a living token.
func (p *purse) token(ctx context.Context) (string, error) {
	now := time.Now()
	t := p.held.Load()
	if t != nil && now.Before(t.renew) {
		return t.text, nil
	}
	usable := t != nil && now.Before(t.until)
	if usable {
		select {
		case p.fetching <- struct{}{}:
		default:
			return t.text, nil
		}
	} else {
		select {
		case p.fetching <- struct{}{}:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	defer func() { <-p.fetching }()
	if now := p.held.Load(); now != t && now != nil {
		return now.text, nil
	}
	return p.fetch(ctx, t, usable)
}

// forget drops a token that the platform did not take.
func (p *purse) forget(text string) {
	if t := p.held.Load(); t != nil && t.text == text {
		p.held.CompareAndSwap(t, nil)
	}
}

// fetch renews the old token if that is usable, or asks for one.
func (p *purse) fetch(ctx context.Context, old *heldToken, usable bool) (string, error) {
	asked := time.Now()
	timestamp := strconv.FormatInt(asked.UnixMilli(), 10)
	sum := tokenDigest(p.account, timestamp)
	body, what := map[string]any{"appKey": p.account.Key, "encryption": hex.EncodeToString(sum[:]), "timestamp": asked.UnixMilli()}, "get"
	if usable {
		body["accessToken"], what = old.text, "refresh"
	}
	text, life, err := p.post(ctx, p.base+tokenPath+what, body)
	if err != nil && usable {
		p.held.Store(&heldToken{text: old.text, renew: old.until, until: old.until}) // ask for a new one when this is over
		return old.text, nil
	}
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	p.held.Store(&heldToken{text: text, renew: asked.Add(life - life/renewShare), until: asked.Add(life)})
	return text, nil
}

func (p *purse) post(ctx context.Context, url string, body map[string]any) (text string, life time.Duration, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return "", 0, err
	}
	req.Header["Content-Type"] = contentType
	answer, err := exchange(p.client, req, nil)
	if err != nil {
		return "", 0, err
	}
	var in struct {
		Status *int
		Msg    string
		Data   struct {
			AccessToken string
			Expire      int64
		}
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return "", 0, err
	}
	if in.Status == nil || *in.Status != 0 || in.Data.AccessToken == "" || in.Data.Expire < 0 {
		return "", 0, fmt.Errorf("refused: %s", clip(string(answer)))
	}
	return in.Data.AccessToken, time.Duration(in.Data.Expire) * time.Second, nil
}
