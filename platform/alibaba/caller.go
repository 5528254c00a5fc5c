package alibaba

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// HTTPCaller is an application that calls InvokeThingService. It may be used concurrently.
type HTTPCaller struct {
	client   *http.Client
	url      *url.URL
	err      error // what is wrong with the base
	instance string
	account  platform.Account
	auth     string
}

// NewHTTPCaller makes a caller of the platform at base, such as http://127.0.0.1:8080. instance is the IotInstanceId, which
// may be empty; auth is the platform's: AuthStrict (also for ""), or AuthOff. The client must not change any more. It
// needs as many connections as calls may be open (http.Transport.MaxIdleConnsPerHost), and no timeout of its own below 9 s.
func NewHTTPCaller(base string, client *http.Client, instance string, account platform.Account, auth string) *HTTPCaller {
	u, err := url.Parse(strings.TrimRight(base, "/") + "/")
	return &HTTPCaller{client: client, url: u, err: err, instance: instance, account: account, auth: auth}
}

// Call invokes the command's service and waits for the whole answer, at QoS 1 if the command says so or is cached. Whether
// that is the device's answer or only that the call was taken is up to the service's thing model. A platform that cannot
// be reached, or answers with something that cannot be read, is Broken; the error says why and is nil in all other cases.
// The command's ID, Wire, Timeout and TTL are ignored: the vendor lets nobody choose them.
func (h *HTTPCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	if h.err != nil {
		return platform.Outcome{Kind: platform.Broken}, h.err
	}
	resp, err := h.client.Do(h.request(ctx, &c))
	if err != nil {
		return platform.Outcome{Kind: platform.Broken}, err
	}
	defer resp.Body.Close()
	raw, err := platform.ReadAnswer(resp, maxAnswer)
	var out platform.Outcome
	if err == nil {
		out, err = readAnswer(raw)
	}
	if err != nil {
		return platform.Outcome{Kind: platform.Broken}, fmt.Errorf("answer: %s: %w", resp.Status, err)
	}
	return out, nil
}

// maxAnswer bounds what is read of an answer: the longest message of a device, every byte escaped.
const maxAnswer = 2 << 20

// formTypes is shared by all requests: net/http only reads it.
var formTypes = []string{formType}

func (h *HTTPCaller) request(ctx context.Context, c *platform.Command) *http.Request {
	body := h.form(c)
	u := *h.url
	req := &http.Request{Method: http.MethodPost, URL: &u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 4), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
	req.Header["Content-Type"] = formTypes
	c.Tag.Set(req.Header)
	return req.WithContext(ctx)
}

// form is the request's body: all parameters, with those of the signature.
func (h *HTTPCaller) form(c *platform.Command) []byte {
	p := append(make(params, 0, 16), param{"Action", "InvokeThingService"}, param{"Version", apiVersion}, param{"Format", "JSON"},
		param{"ProductKey", c.Device.Product}, param{"DeviceName", c.Device.Device}, param{"Identifier", c.Service},
		param{"Args", string(inputOf(c))})
	if qosOf(c) == 1 {
		p = append(p, param{"Qos", "1"})
	}
	if h.instance != "" {
		p = append(p, param{"IotInstanceId", h.instance})
	}
	if h.auth != AuthOff {
		p = append(p, param{"AccessKeyId", h.account.Key}, param{"SignatureMethod", "HMAC-SHA1"}, param{"SignatureVersion", "1.0"},
			param{"SignatureNonce", newNonce()}, param{"Timestamp", time.Now().UTC().Format("2006-01-02T15:04:05Z")})
		s := scratches.Get().(*scratch)
		p = append(p, param{"Signature", s.sign1(h.account.Secret, stringToSign1(http.MethodPost, p, s))})
		s.release()
	}
	b := make([]byte, 0, 512+2*len(c.Input))
	for i, p := range p {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendEscaped(append(append(b, p.name...), '='), p.value)
	}
	return b
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func inputOf(c *platform.Command) json.RawMessage {
	if c.Input == nil {
		return emptyObject
	}
	return c.Input
}

func qosOf(c *platform.Command) byte {
	if c.Mode == platform.Cached {
		return 1
	}
	return c.QoS
}

var errNoEnvelope = errors.New("neither of the vendor's envelopes")

// readAnswer reads an envelope, the business's or the gateway's. What it returns does not refer to raw.
func readAnswer(raw []byte) (platform.Outcome, error) {
	in, err := members.Parse(raw)
	if err != nil {
		return platform.Outcome{}, err
	}
	var out platform.Outcome
	success, result := "", ""
	for in.Next() {
		switch string(in.Key) {
		case "Success":
			success = string(in.Value)
		case "Code":
			out.Code = members.Text(in.Value)
		case "ErrorMessage", "Message":
			out.Message = members.Text(in.Value)
		case "Data":
			result = readData(in.Value, &out)
		}
	}
	switch {
	case success == "true" && result == "":
		out.Kind, out.Code = platform.OK, codeSuccess
		return out, nil
	case success == "true":
		return out, readResult([]byte(result), &out)
	case out.Code == "":
		return platform.Outcome{}, errNoEnvelope
	}
	out.Kind = kindOf(out.Code)
	return out, nil
}

// readData returns what the device answered, "" where the call did not wait for it.
func readData(value []byte, out *platform.Outcome) (result string) {
	in, err := members.Of(value)
	for err == nil && in.Next() {
		switch string(in.Key) {
		case "MessageId":
			out.ID = messageID(members.Plain(in.Value))
		case "Result":
			result = members.Text(in.Value)
		}
	}
	return result
}

// readResult reads the device's own answer.
func readResult(result []byte, out *platform.Outcome) error {
	r, _, err := readReply(result)
	if err != nil {
		return err
	}
	*out = outcomeOf(out.ID, r)
	return nil
}

// outcomeOf is a call that the device answered. Its code is the outcome's.
func outcomeOf(id platform.ID, r platform.Reply) platform.Outcome {
	out := platform.Outcome{Kind: platform.DeviceError, Code: strconv.Itoa(r.Code), ID: id, Message: r.Message, Data: r.Data}
	if r.OK {
		out.Kind = platform.OK
	}
	return out
}

// DirectCaller is an application without HTTP: it calls the dialect's platform, with the same checks, outcomes and codes as
// the API but those of its gateway (signatures, accounts, limits). The Dialect must be that of a platform.
type DirectCaller struct {
	Dialect *Dialect
}

// Call gives the command to the platform. Its error is that of ctx; anything the platform says is an Outcome. The command's
// Wire, ID, Timeout and TTL are ignored.
func (d DirectCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	dev := d.Dialect.svc.Device(c.Device)
	switch p := d.Dialect.svc.Product(c.Device.Product); {
	case p == nil || p.Dialect != Name:
		return failed(errNoProduct), nil
	case dev == nil:
		return failed(platform.ErrUnknownDevice), nil
	case c.Service == "":
		return failed(missing("Identifier")), nil
	}
	rec, err := d.Dialect.invoke(ctx, dev, request{identifier: c.Service, args: inputOf(&c), qos: qosOf(&c)}, c.Tag)
	if err == platform.ErrCallerGone && ctx.Err() != nil {
		return platform.Outcome{Kind: platform.Broken}, ctx.Err()
	}
	if err != nil {
		return failed(err), nil
	}
	if rec.Reply.Raw == nil {
		return platform.Outcome{Kind: platform.OK, Code: codeSuccess, ID: rec.ID}, nil
	}
	return outcomeOf(rec.ID, rec.Reply), nil
}

// failed is the outcome of a call that was refused or came to nothing.
func failed(err error) platform.Outcome {
	f := faultOf(err)
	return platform.Outcome{Kind: kindOf(f.code), Code: f.code, Message: f.msg}
}
