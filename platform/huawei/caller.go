package huawei

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// AuthDerived lets an HTTPCaller sign with a key that is derived for one day, region and service.
const AuthDerived = "derived"

// region is the one that AuthDerived signs for. The platform serves all.
const region = "cn-north-4"

// HTTPCaller is an application that calls the API. It may be used concurrently.
type HTTPCaller struct {
	client        *http.Client
	base, project string
	auth          string
	account       platform.Account
}

// NewHTTPCaller makes a caller of the platform at base, such as http://127.0.0.1:8080, for the devices of a project.
// auth is AuthStrict (also for "") for a signature, AuthDerived for one of the other form, or AuthOff for none. The
// client must not change any more. It needs as many connections as calls may be open
// (http.Transport.MaxIdleConnsPerHost), and no timeout below the platform's 20 s.
func NewHTTPCaller(base string, client *http.Client, project string, account platform.Account, auth string) *HTTPCaller {
	return &HTTPCaller{client: client, base: strings.TrimRight(base, "/"), project: project, account: account, auth: auth}
}

// kind is which call a command asks for.
type kind uint8

const (
	syncCall kind = iota
	asyncCall
	messageCall
)

// kindOfCall reads it from OneWay, Lane and Mode.
func kindOfCall(c *platform.Command) kind {
	switch {
	case c.OneWay:
		return messageCall
	case c.Mode == platform.Cached, c.Lane == LaneImmediate:
		return asyncCall
	}
	return syncCall
}

// paths and success codes of the calls, by kind.
var (
	callPaths = [...]string{"/commands", "/async-commands", "/messages"}
	callCodes = [...]string{"200", "200", "201"}
)

// Call makes the call that the command asks for and waits for its whole answer: a message where it is OneWay (Mode
// Instant is ttl 0), an asynchronous command where it is Cached (strategy delay) or in LaneImmediate, otherwise a
// synchronous one, whose timeout is the platform's. Lifetimes are rounded up, to seconds or to steps of five minutes; 0
// is the platform's own. An asynchronous command or a message that is taken in is OK, without its ending. A success has
// the code of its HTTP status, one that fails at once the code FAILED. A platform that cannot be reached, or answers
// with something that cannot be read, is Broken; the error says why and is nil in all other cases. The command's ID and
// Wire are ignored.
func (h *HTTPCaller) Call(ctx context.Context, c platform.Command) (platform.Outcome, error) {
	call := kindOfCall(&c)
	req, err := h.request(ctx, call, &c)
	if err != nil {
		return platform.Outcome{Kind: platform.Broken}, err
	}
	status, answer, err := exchange(h.client, req)
	var out platform.Outcome
	if err == nil {
		out, err = readAnswer(call, c.Mode, status, answer)
	}
	if err != nil {
		return platform.Outcome{Kind: platform.Broken}, err
	}
	return out, nil
}

func (h *HTTPCaller) request(ctx context.Context, call kind, c *platform.Command) (*http.Request, error) {
	body := requestBody(call, c)
	to := h.base + "/v5/iot/" + url.PathEscape(h.project) + "/devices/" + url.PathEscape(defaultID(c.Device)) + callPaths[call]
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header["Content-Type"] = contentType
	req.Header.Set(headerProject, h.project)
	c.Tag.Set(req.Header)
	switch h.auth {
	case AuthOff:
	case AuthDerived:
		authorize(req, algoDerived, h.account.Key, h.account.Secret, region, body, time.Now())
	default:
		authorize(req, algoStandard, h.account.Key, h.account.Secret, "", body, time.Now())
	}
	return req, nil
}

func requestBody(call kind, c *platform.Command) []byte {
	input := c.Input
	if input == nil {
		input = json.RawMessage("{}")
	}
	b := append(make([]byte, 0, 128+len(input)), '{')
	if call == messageCall {
		return appendMessageRequest(b, c, input)
	}
	b = append(append(appendNames(b, orderOf(c.Service)), `"paras":`...), input...)
	switch {
	case call == syncCall:
	case c.Mode == platform.Instant:
		b = append(b, `,"send_strategy":"immediately"`...)
	default:
		b = append(b, `,"send_strategy":"delay"`...)
		if n := roundUp(c.TTL, time.Second); n > 0 {
			b = strconv.AppendInt(append(b, `,"expire_time":`...), n, 10)
		}
	}
	return append(b, '}')
}

func appendMessageRequest(b []byte, c *platform.Command, input []byte) []byte {
	if c.Service != "" {
		b = append(appendString(append(b, `"name":`...), c.Service), ',')
	}
	b = append(append(b, `"message":`...), input...)
	if ttl := minutes(c); ttl != nil {
		b = strconv.AppendInt(append(b, `,"ttl":`...), int64(*ttl), 10)
	}
	return append(b, '}')
}

// minutes is a message's ttl; nil for the platform's own.
func minutes(c *platform.Command) *int {
	n := 0
	if c.Mode == platform.Cached {
		if c.TTL <= 0 {
			return nil
		}
		n = int(roundUp(c.TTL, stepTTL*time.Minute)) * stepTTL
	}
	return &n
}

func roundUp(d, unit time.Duration) int64 { return int64((d + unit - 1) / unit) }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// exchange sends a request and returns the whole answer.
func exchange(client *http.Client, req *http.Request) (status int, answer []byte, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	if answer, err = platform.ReadAnswer(resp, maxAnswer); err != nil {
		return 0, nil, fmt.Errorf("answer: %w", err)
	}
	return resp.StatusCode, answer, nil
}

// answerBody is what any of the answers may hold.
type answerBody struct {
	commandID, messageID string
	status, result       string
	errorCode, errorMsg  string
	response             []byte
}

// readBody reads an answer. The response is a part of it.
func readBody(answer []byte) (a answerBody, err error) {
	in, err := members.Parse(answer)
	for err == nil && in.Next() {
		switch string(in.Key) {
		case "command_id":
			a.commandID = members.Text(in.Value)
		case "message_id":
			a.messageID = members.Text(in.Value)
		case "status":
			a.status = members.Text(in.Value)
		case "error_code":
			a.errorCode = members.Text(in.Value)
		case "error_msg":
			a.errorMsg = members.Text(in.Value)
		case "response":
			a.response = in.Value
		case "result":
			result, e := members.Of(in.Value)
			for e == nil && result.Next() {
				if string(result.Key) == "status" {
					a.result = members.Text(result.Value)
				}
			}
		}
	}
	return a, err
}

func readAnswer(call kind, mode platform.Mode, status int, answer []byte) (platform.Outcome, error) {
	in, err := readBody(answer)
	if err != nil {
		return platform.Outcome{}, fmt.Errorf("answer %d %s: %w", status, clip(string(answer)), err)
	}
	id := commandOf(in.commandID)
	state := in.status
	if call == messageCall {
		id, state = commandOf(in.messageID), in.result
	}
	switch {
	case in.errorCode != "":
		return platform.Outcome{Kind: kindOf(in.errorCode), Code: in.errorCode, ID: id, Message: in.errorMsg}, nil
	case status != http.StatusOK && status != http.StatusCreated:
		return platform.Outcome{}, fmt.Errorf("answer %d without error_code: %s", status, clip(string(answer)))
	case call == syncCall && in.commandID == "", call != syncCall && state == "":
		return platform.Outcome{}, fmt.Errorf("answer %d is none to this call: %s", status, clip(string(answer)))
	case call == syncCall:
		return answerOf(id, in.response), nil
	}
	return acceptance(call, mode, id, state), nil
}

// acceptance is the outcome of a call that the device does not answer. Why one failed at once its answer does not say:
// a call that would wait for a device that is away cannot have failed for that.
func acceptance(call kind, mode platform.Mode, id platform.ID, state string) platform.Outcome {
	out := platform.Outcome{Kind: platform.OK, Code: callCodes[call], ID: id, Message: state}
	if state == stateFailed || state == stateTimeout {
		out.Kind, out.Code = platform.Rejected, state
		if mode == platform.Instant {
			out.Kind = platform.Offline
		}
	}
	return out
}

// answerOf is what a device's response comes to.
func answerOf(id platform.ID, raw []byte) platform.Outcome {
	r := readResponse(raw)
	out := platform.Outcome{Kind: platform.OK, Code: callCodes[syncCall], ID: id, Message: r.Message, Data: r.Data}
	if !r.OK {
		out.Kind, out.Code = platform.DeviceError, strconv.Itoa(r.Code)
	}
	return out
}
