package sdktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The vendor has no SDK for Go that can be had. enosApp is an application written from the contract's text.
type enosApp struct {
	t                *testing.T
	w                *world
	appKey, secret   string
	token            string // "": none yet
	bearer, unsigned bool   // it shows its token alone: as Authorization, or without a signature
}

// enosHTTP waits a little longer than the longest command.
var enosHTTP = &http.Client{Timeout: 70 * time.Second}

func (w *world) enos(t *testing.T) *enosApp {
	t.Helper()
	a := &enosApp{t: t, w: w, appKey: key, secret: secret}
	in := a.tokenCall("get", nil)
	if a.token = in.Data.AccessToken; in.Status == nil || *in.Status != 0 || a.token == "" {
		t.Fatalf("no token: %+v", in)
	}
	return a
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// enosToken is the answer of the two calls about tokens.
type enosToken struct {
	Status   *int
	Msg      string
	Business string
	Data     struct {
		AccessToken string
		Expire      int
	}
}

// tokenCall asks for a token, or with more for something else about it.
func (a *enosApp) tokenCall(what string, more map[string]any) (out enosToken) {
	a.t.Helper()
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	body := map[string]any{"appKey": a.appKey, "encryption": digest(a.appKey, stamp, a.secret), "timestamp": stamp}
	for name, v := range more {
		body[name] = v
	}
	text, _ := json.Marshal(body)
	resp, err := enosHTTP.Post(a.w.url("/apim-token-service/v2.0/token/"+what), "application/json", bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != 200 {
		a.t.Fatalf("HTTP %d, %v", resp.StatusCode, err)
	}
	return out
}

// enosAnswer is the envelope of all calls.
type enosAnswer struct {
	http       int
	Code       *int
	Msg        string
	RequestID  string
	Data       json.RawMessage
	Pagination struct{ PageNo, PageSize, TotalSize int }
}

// enosCommand is a command as the API tells it.
type enosCommand struct {
	CommandID, OrgID, ProductKey, DeviceKey, AssetID string
	CreateTime                                       int64
	State, CommandType, Timeout, PendingTTL          int
	TslIdentifier                                    string
	InputData, OutputData                            json.RawMessage
}

// call signs a call and makes it. query is "name=value&…", decoded; what it has no name for is filled in.
func (a *enosApp) call(method, path, query, body string) (out enosAnswer) {
	a.t.Helper()
	q := url.Values{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		q.Set(name, value)
	}
	req, err := http.NewRequest(method, a.w.url("/connect-service/v2.1/"+path+"?"+q.Encode()), strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json;charset=UTF-8")
	a.sign(req, q, body)
	resp, err := enosHTTP.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(text, &out) != nil || out.Code == nil || out.Msg == "" || out.RequestID == "" {
		a.t.Fatalf("%s %s: %s, %v", method, query, text, err)
	}
	out.http = resp.StatusCode
	return out
}

// sign adds the three headers: keys and values of the query in the order of the keys, then the body as it is.
func (a *enosApp) sign(req *http.Request, q url.Values, body string) {
	if a.bearer {
		req.Header.Set("Authorization", "Bearer "+a.token)
		return
	}
	names := make([]string, 0, len(q))
	for name := range q {
		names = append(names, name)
	}
	slices.Sort(names)
	var signed strings.Builder
	for _, name := range names {
		signed.WriteString(name + q.Get(name))
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	req.Header.Set("apim-accesstoken", a.token)
	if !a.unsigned {
		req.Header.Set("apim-timestamp", stamp)
		req.Header.Set("apim-signature", digest(a.token, signed.String(), body, stamp, a.secret))
	}
}

const enosDK1 = "orgId=" + org + "&productKey=" + enosProduct + "&deviceKey=dk1"

// invoke calls a service of dk1; more is appended to the query.
func (a *enosApp) invoke(service, more, body string) enosAnswer {
	a.t.Helper()
	return a.call("POST", "commands", "action=invokeService&"+enosDK1+"&serviceId="+service+more, body)
}

// code fails the test unless an answer has that code, and data only with 0.
func (a *enosApp) code(what string, out enosAnswer, want int) {
	a.t.Helper()
	if *out.Code != want || out.http != 200 || want != 0 && string(out.Data) != "null" {
		a.t.Errorf("%s: HTTP %d, code %d %q, data %s; want code %d", what, out.http, *out.Code, out.Msg, out.Data, want)
	}
}

// accepted returns the id of a command that was taken in without an output.
func (a *enosApp) accepted(out enosAnswer) string {
	a.t.Helper()
	f := map[string]string{}
	if *out.Code == 0 {
		f = fields(a.t, out.Data)
	}
	if _, waited := f["outputData"]; f["commandId"] == "" || waited {
		a.t.Fatalf("code %d %q, data %s; want a commandId alone", *out.Code, out.Msg, out.Data)
	}
	return strings.Trim(f["commandId"], `"`)
}

func (a *enosApp) command(id string) (c enosCommand) {
	a.t.Helper()
	out := a.call("GET", "commands", "action=get&"+enosDK1+"&commandId="+id, "")
	if *out.Code != 0 || json.Unmarshal(out.Data, &c) != nil || c.CommandID != id {
		a.t.Fatalf("command %s: code %d, %s", id, *out.Code, out.Data)
	}
	return c
}

// connected connects a device of enosProduct, and returns when the API says that it is there.
func (a *enosApp) connected(device string, h habits) *device {
	a.t.Helper()
	d := a.w.connect(a.t, enosLogin(device), h)
	a.awaits(device, "online")
	return d
}

func (a *enosApp) awaits(device, status string) {
	a.t.Helper()
	eventually(a.t, device+" is "+status, func() bool {
		out := a.call("GET", "devices", "action=get&orgId="+org+"&productKey="+enosProduct+"&deviceKey="+device, "")
		if *out.Code != 0 {
			a.t.Fatalf("device %s: %+v", device, out)
		}
		return fields(a.t, out.Data)["status"] == `"`+status+`"`
	})
}
