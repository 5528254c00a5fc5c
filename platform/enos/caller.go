package enos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// HTTPCaller is an application that calls the API. It may be used concurrently; its calls share one access token.
type HTTPCaller struct {
	client    *http.Client
	url       *url.URL
	err       error // what is wrong with the base
	org, auth string
	purse     purse
}

// NewHTTPCaller makes a caller of the platform at base, such as http://127.0.0.1:8080, for the devices of org. auth is
// the platform's: AuthStrict (also for ""), AuthLenient or AuthOff. The client must not change any more. It needs as
// many connections as calls may be open (http.Transport.MaxIdleConnsPerHost), and no timeout of its own below theirs.
func NewHTTPCaller(base string, client *http.Client, org string, account platform.Account, auth string) *HTTPCaller {
	base = strings.TrimRight(base, "/")
	u, err := url.Parse(base + commandsPath)
	return &HTTPCaller{client: client, url: u, err: err, org: org, auth: auth,
		purse: purse{base: base, client: client, account: account, fetching: make(chan struct{}, 1)}}
}

// Call invokes the command's service and waits for the whole answer. A platform that cannot be reached, or answers with
// something that cannot be read, is Broken; the error says why and is nil in all other cases. Durations are sent in
// whole seconds, rounded up. The command's ID and Wire are ignored.
func (h *HTTPCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	if h.err != nil {
		return platform.Outcome{Kind: platform.Broken}, h.err
	}
	for again := false; ; again = true {
		out, token, err := h.call(ctx, c)
		if err != nil {
			return platform.Outcome{Kind: platform.Broken}, err
		}
		// A token can end before its time, when the platform restarts. The call was not taken: it may be sent again.
		if out.Code != expiredCode || out.ID != 0 || again {
			return out, nil
		}
		h.purse.forget(token)
	}
}

var expiredCode = strconv.Itoa(codeTokenExpired)

func (h *HTTPCaller) call(ctx context.Context, c platform.Command) (out platform.Outcome, token string, err error) {
	if h.auth != AuthOff {
		if token, err = h.purse.token(ctx); err != nil {
			return out, "", err
		}
	}
	b := buffers.Get().(*buffer)
	defer b.release()
	answer, err := exchange(h.client, h.request(ctx, &c, token, b), b)
	if err != nil {
		return out, token, err
	}
	out, err = readAnswer(answer)
	return out, token, err
}

// buffer is memory for one call.
type buffer struct {
	text   []byte       // the query, then what is signed
	answer bytes.Buffer // never kept by what is read from it
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) release() {
	if b.answer.Cap() <= keepBuffer && cap(b.text) <= keepBuffer {
		buffers.Put(b)
	}
}

// seconds rounds up: a lifetime of less than a second must not become an instant command.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// request writes a call. The parameters stand in the order in which they are signed.
func (h *HTTPCaller) request(ctx context.Context, c *platform.Command, token string, b *buffer) *http.Request {
	var ttl int64
	if c.Mode == platform.Cached {
		ttl = seconds(c.TTL)
	}
	params := [...]param{{"action", "invokeService"}, {"deviceKey", c.Device.Device}, {"orgId", h.org},
		{"pendingTtl", strconv.FormatInt(ttl, 10)}, {"productKey", c.Device.Product}, {"serviceId", c.Service},
		{"timeout", strconv.FormatInt(seconds(c.Timeout), 10)}}
	b.text = b.text[:0]
	for i, p := range params {
		if i > 0 {
			b.text = append(b.text, '&')
		}
		b.text = append(append(append(b.text, p.key...), '='), url.QueryEscape(p.value)...)
	}
	u := *h.url
	u.RawQuery = string(b.text)
	body := make([]byte, 0, len(`{"inputData":}`)+len(c.Input)+2)
	body = append(append(append(body, `{"inputData":`...), inputOf(c)...), '}')
	req := &http.Request{Method: http.MethodPost, URL: &u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 6), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
	req.Header["Content-Type"] = contentType
	c.Tag.Set(req.Header)
	h.authorize(req.Header, token, params[:], body, b)
	return req.WithContext(ctx)
}

func inputOf(c *platform.Command) json.RawMessage {
	if c.Input == nil {
		return emptyObject
	}
	return c.Input
}

// authorize adds the token, and the signature where it is wanted.
func (h *HTTPCaller) authorize(header http.Header, token string, params query, body []byte, b *buffer) {
	if h.auth == AuthOff {
		return
	}
	values := [3]string{token}
	header[headerToken] = values[0:1:1]
	if h.auth == AuthLenient {
		return
	}
	values[1] = strconv.FormatInt(time.Now().UnixMilli(), 10)
	t := append(b.text[:0], token...)
	for _, p := range params {
		t = append(append(t, p.key...), p.value...)
	}
	t = append(append(append(t, body...), values[1]...), h.purse.account.Secret...)
	b.text = t
	sum := sha256.Sum256(t)
	values[2] = hex.EncodeToString(sum[:])
	header[headerTimestamp], header[headerSignature] = values[1:2:2], values[2:3:3]
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// exchange sends a request and returns the whole answer, which is good until b is used again.
func exchange(client *http.Client, req *http.Request, b *buffer) ([]byte, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if b == nil {
		b = new(buffer)
	}
	b.answer.Reset()
	if _, err := b.answer.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	switch {
	case b.answer.Len() > maxAnswer:
		return nil, fmt.Errorf("answer: longer than %d bytes", maxAnswer)
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusTooManyRequests:
		return nil, fmt.Errorf("answer: %s: %s", resp.Status, clip(b.answer.String()))
	}
	return b.answer.Bytes(), nil
}

// readAnswer reads the envelope. What it returns does not refer to raw.
func readAnswer(raw []byte) (platform.Outcome, error) {
	in, err := members.Parse(raw)
	if err != nil {
		return platform.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	var out platform.Outcome
	code, err := 0, errNoCode
	for in.Next() && (err == nil || err == errNoCode) {
		switch string(in.Key) {
		case "code":
			code, err = strconv.Atoi(string(in.Value))
		case "msg":
			out.Message = members.Text(in.Value)
		case "data":
			if dataErr := readData(in.Value, &out); dataErr != nil {
				err = dataErr
			}
		}
	}
	if err != nil {
		return platform.Outcome{}, fmt.Errorf("answer %s: %w", clip(string(raw)), err)
	}
	if code != codeOK {
		return outcomeOf(code, out.ID, out.Message), nil
	}
	out.Kind, out.Code = platform.OK, "0"
	return out, nil
}

// readData reads what an envelope holds, which may be null.
func readData(value []byte, out *platform.Outcome) error {
	if string(value) == "null" {
		return nil
	}
	in, err := members.Of(value)
	for err == nil && in.Next() {
		switch string(in.Key) {
		case "commandId":
			var id uint64
			id, err = strconv.ParseUint(members.Plain(in.Value), 10, 64)
			out.ID = platform.ID(id)
		case "outputData":
			out.Data = bytes.Clone(in.Value)
		}
	}
	return err
}

// failed is the outcome of a call that was refused or came to nothing. One that tells a command's ID carries the
// device's own code, which may be any number.
func failed(err error) platform.Outcome {
	f := faultOf(err)
	return outcomeOf(f.code, f.id, f.msg)
}

func outcomeOf(code int, id platform.ID, msg string) platform.Outcome {
	out := platform.Outcome{Kind: kindOf(code), Code: strconv.Itoa(code), ID: id, Message: msg}
	if id != 0 {
		out.Kind = platform.DeviceError
	}
	return out
}

// DirectCaller is an application without HTTP: it calls the Service, with the same checks, outcomes and codes as the API
// but those of its gateway (tokens, organisations, body limits). Config is the dialect's.
type DirectCaller struct {
	Service *platform.Service
	Config  Config // zero fields are taken from DefaultConfig, as New does
}

// Call gives the command to the platform. Its error is that of ctx; anything the platform says is an Outcome. The
// command's Wire and ID are ignored.
func (d DirectCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	cfg := d.Config.filled()
	if err := cfg.check(d.Service.Device(c.Device), &c); err != nil {
		return failed(err), nil
	}
	rec, err := cfg.send(ctx, d.Service, c)
	if err != nil && ctx.Err() != nil && err == platform.ErrCallerGone {
		return platform.Outcome{Kind: platform.Broken}, ctx.Err()
	}
	res, err := cfg.outcome(rec, err)
	if err != nil {
		return failed(err), nil
	}
	return platform.Outcome{Kind: platform.OK, Code: "0", ID: res.id, Message: "OK", Data: res.output}, nil
}
