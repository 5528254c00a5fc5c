package sdktest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

const commandTopic = "$oc/devices/" + huaDevice + "/sys/commands/request_id="

// respond answers a command with that JSON.
func respond(json string) answer {
	return func(topic string, _ []byte) (string, []byte) {
		if !strings.Contains(topic, "/sys/commands/request_id=") {
			return "", nil
		}
		return strings.Replace(topic, "/sys/commands/", "/sys/commands/response/", 1), []byte(json)
	}
}

const huaOK = `{"result_code":0,"response_name":"COMMAND_RESPONSE","paras":{"result":"success"}}`

func TestHuaweiCommandReturnsTheDevicesResponseWithEveryWayToLogIn(t *testing.T) {
	t.Parallel()
	w := start(t)
	d := present(t, w, w.iotda(t, owner), huaDevice, habits{answer: respond(huaOK)})
	token, _, err := w.token(t, key, secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]credentials{
		"AK/SK":         owner,
		"derived AK/SK": {ak: key, sk: secret, project: org, derived: true},
		"temporary key": {ak: key, sk: secret, project: org, temporary: "gQpjbi1ub3J0aC00"},
		"token":         {ak: "unknown", sk: "none", project: org, token: token},
	} {
		out, err := w.iotda(t, c).CreateCommand(command(map[string]any{"value": "<ON> & ü"}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := map[string]any{"result_code": 0.0, "response_name": "COMMAND_RESPONSE", "paras": map[string]any{"result": "success"}}
		if out.HttpStatusCode != 200 || out.ErrorCode != nil || out.ErrorMsg != nil || !reflect.DeepEqual(plainJSON(*out.Response), want) {
			t.Errorf("%s: %v", name, out)
		}
		m := d.next()
		if m.Topic() != commandTopic+of(out.CommandId) || len(of(out.CommandId)) != 36 || m.Qos() != 0 {
			t.Errorf("%s: came on %s at QoS %d, command %s", name, m.Topic(), m.Qos(), of(out.CommandId))
		}
		f := fields(t, m.Payload())
		if len(f) != 3 || f["service_id"] != `"reboot"` || f["command_name"] != `"ON_OFF"` || f["paras"] != `{"value":"<ON> & ü"}` {
			t.Errorf("%s: payload %s", name, m.Payload())
		}
	}
}

func TestHuaweiCommandKeepsA200ForAnyResultAndAnyPayload(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	say := make(chan string, 1)
	present(t, w, c, huaDevice, habits{answer: func(topic string, p []byte) (string, []byte) { return respond(<-say)(topic, p) }})
	for _, tc := range []struct {
		says string
		want any
	}{
		{`{"result_code":5,"paras":null}`, map[string]any{"result_code": 5.0, "paras": nil}},
		{`{"response_name":""}`, map[string]any{"response_name": ""}},
		{`no json`, "no json"},
	} {
		say <- tc.says
		out, err := c.CreateCommand(command(map[string]any{}))
		if err != nil || !reflect.DeepEqual(plainJSON(of(out.Response)), tc.want) || out.ErrorCode != nil {
			t.Errorf("device says %s: %v, %v", tc.says, out, err)
		}
	}
}

func TestHuaweiCommandWithoutAnAnswerIsA200WithAnErrorCodeAfter20Seconds(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	d := present(t, w, c, huaDevice, habits{})
	began := time.Now()
	out, err := c.CreateCommand(command(map[string]any{"value": 1}))
	if took := time.Since(began); took < 20*time.Second {
		t.Errorf("ended after %v, before the vendor's 20 s", took)
	}
	if err != nil || out.HttpStatusCode != 200 || of(out.ErrorCode) != "IOTDA.014111" || out.Response != nil {
		t.Fatalf("%v, %v", out, err)
	}
	if text, ok := of(out.ErrorMsg).(string); !ok || !strings.HasPrefix(text, "Command request timed out.") {
		t.Errorf("error_msg %v", of(out.ErrorMsg))
	}
	if m := d.next(); m.Topic() != commandTopic+of(out.CommandId) {
		t.Errorf("came on %s, command %s", m.Topic(), of(out.CommandId))
	}
}

func TestHuaweiCommandIsRefusedAsTheSDKReadsIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	for _, tc := range []struct {
		name, code string
		status     int
		who        credentials
		change     func(*model.CreateCommandRequest)
	}{
		{"absent device", "IOTDA.014016", 403, owner, func(*model.CreateCommandRequest) {}},
		{"unknown device", "IOTDA.014000", 404, owner, func(r *model.CreateCommandRequest) { r.DeviceId = "nobody" }},
		{"wrong secret", "IOTDA.000002", 401, credentials{ak: key, sk: "wrong", project: org}, nil},
		{"wrong secret, derived", "IOTDA.000002", 401, credentials{ak: key, sk: "wrong", project: org, derived: true}, nil},
		{"unknown key", "IOTDA.000002", 401, credentials{ak: "nobody", sk: secret, project: org}, nil},
		{"foreign project", "IOTDA.000021", 403, credentials{ak: key, sk: secret, project: foreign}, nil},
		{"foreign device", "IOTDA.014000", 404, credentials{ak: "ak-foreign", sk: secret, project: foreign}, nil},
		{"no paras", "IOTDA.000006", 400, owner, func(r *model.CreateCommandRequest) { r.Body.Paras = nil }},
		{"paras is a text", "IOTDA.000006", 400, owner, func(r *model.CreateCommandRequest) { r.Body.Paras = object("ON") }},
		{"service_id too long", "IOTDA.000006", 400, owner, func(r *model.CreateCommandRequest) { r.Body.ServiceId = ptr(strings.Repeat("s", 65)) }},
		{"command_name too long", "IOTDA.000006", 400, owner, func(r *model.CreateCommandRequest) { r.Body.CommandName = ptr(strings.Repeat("s", 129)) }},
		{"no body", "IOTDA.000008", 400, owner, func(r *model.CreateCommandRequest) { r.Body = nil }},
	} {
		in, client := command(map[string]any{}), c
		if tc.change != nil {
			tc.change(in)
		}
		if tc.who != owner {
			client = w.iotda(t, tc.who)
		}
		t.Run(tc.name, func(t *testing.T) {
			_, err := client.CreateCommand(in)
			refusedHua(t, err, tc.status, tc.code)
		})
	}
}

func TestHuaweiCallsAboveTheLimitAreThrottled(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {rate_limit: 1}")
	c := w.iotda(t, owner)
	for range 100 {
		_, err := c.CreateCommand(command(map[string]any{}))
		var r *sdkerr.ServiceResponseError
		if errors.As(err, &r) && r.ErrorCode == "IOTDA.014016" {
			continue // a new second may have begun
		}
		refusedHua(t, err, 403, "IOTDA.021102")
		return
	}
	t.Error("100 calls were taken, with a limit of one a second")
}

func TestHuaweiInstanceHasToBeNamedWhereThereIsOne(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {instance: inst-1}")
	c := w.iotda(t, owner)
	in := command(map[string]any{})
	_, err := c.CreateCommand(in)
	refusedHua(t, err, 400, "IOTDA.000006")
	in.InstanceId = ptr("inst-1") // it is then part of what the SDK signs
	_, err = c.CreateCommand(in)
	refusedHua(t, err, 403, "IOTDA.014016")
}

func TestHuaweiTokenOfTheServiceFileIsValidForEver(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {tokens: [{token: fixed-token, account: "+key+"}]}")
	for token, want := range map[string]int{"fixed-token": 403, "other-token": 401} {
		_, err := w.iotda(t, credentials{ak: "none", sk: "none", project: org, token: token}).CreateCommand(command(map[string]any{}))
		refusedHua(t, err, want, map[int]string{403: "IOTDA.014016", 401: "IOTDA.000002"}[want])
	}
}

func TestHuaweiTokenIsGivenForNameAndPasswordOnly(t *testing.T) {
	t.Parallel()
	w := start(t)
	text, token, err := w.token(t, key, secret)
	if err != nil || text == "" {
		t.Fatalf("token %q, %v", text, err)
	}
	until, err := time.Parse(time.RFC3339, token.ExpiresAt)
	if left := time.Until(until); err != nil || left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("expires at %s, %v: want in 24 h", token.ExpiresAt, err)
	}
	if token.User == nil || token.User.Name != key || token.Project == nil || token.Methods[0] != "password" {
		t.Errorf("token %v", token)
	}
	if _, _, err = w.token(t, key, "wrong"); err == nil {
		t.Error("a wrong password got a token")
	}
	refusedHua(t, err, 401, "IOTDA.000002")
	_, err = w.iotda(t, credentials{ak: "unknown", sk: "none", project: org, token: "stolen"}).CreateCommand(command(map[string]any{}))
	refusedHua(t, err, 401, "IOTDA.000002")
}

func TestHuaweiSDKsDatesAreWithinTheWindow(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {sign_window: 15m}")
	for _, derived := range []bool{false, true} {
		_, err := w.iotda(t, credentials{ak: key, sk: secret, project: org, derived: derived}).CreateCommand(command(map[string]any{}))
		refusedHua(t, err, 403, "IOTDA.014016")
	}
}
