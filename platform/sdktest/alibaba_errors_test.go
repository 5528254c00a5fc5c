package sdktest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/iot"
)

// refusedAli fails the test unless the SDK raised the gateway's error.
func refusedAli(t *testing.T, a aliAnswer, err error, status int, code string) *aliRefusal {
	t.Helper()
	var r *aliRefusal
	if !errors.As(err, &r) || r.status != status || r.code != code {
		t.Fatalf("answer %+v, error %v; want HTTP %d %s", a, err, status, code)
	}
	return r
}

func TestAlibabaBusinessFailuresAreNoErrorsOfTheSDK(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 17)
	cases := []struct {
		name, code string
		call       aliCall
	}{
		{"no device named", "iot.prod.NullProductKey", aliCall{identifier: "setX", args: `{}`}},
		{"product without a device", "iot.device.NullDeviceName", aliCall{product: aliProduct, identifier: "setX", args: `{}`}},
		{"unknown product", "iot.prod.NotExistedProduct", aliCall{product: "nope", device: "dev1", identifier: "setX", args: `{}`}},
		{"unknown device", "iot.device.NotExistedDevice", aliCall{product: aliProduct, device: "nope", identifier: "setX", args: `{}`}},
		{"unknown IotId", "iot.device.InvalidIoTId", aliCall{iotID: "nope", identifier: "setX", args: `{}`}},
		{"inactive device", "iot.device.InactiveDevice", aliCall{product: aliProduct, device: "fresh", identifier: "setX", args: `{}`}},
		{"disabled device", "iot.device.InactiveDevice", aliCall{product: aliProduct, device: "off", identifier: "setX", args: `{}`}},
		{"absent device", "iot.messagebroker.OFFLINE", setX(`{}`)},
		{"unknown service", "iot.device.InvokeThingServiceFailed", aliCall{product: aliProduct, device: "dev1", identifier: "nope", args: `{}`}},
		{"Args is no JSON", "iot.system.IllegalRequest", setX(`{"p":`)},
		{"Args is no object", "iot.system.IllegalRequest", setX(`[1]`)},
		{"double without a decimal place", "iot.system.IllegalRequest", setX(`{"p":10}`)},
		{"double out of range", "iot.system.IllegalRequest", setX(`{"p":100.5}`)},
		{"int with a decimal place", "iot.system.IllegalRequest", setX(`{"n":1.0}`)},
		{"int out of range", "iot.system.IllegalRequest", setX(`{"n":6}`)},
		{"text too long", "iot.system.IllegalRequest", setX(`{"t":"` + long + `"}`)},
		{"bool that is true", "iot.system.IllegalRequest", setX(`{"on":true}`)},
		{"unknown parameter", "iot.system.IllegalRequest", setX(`{"zz":1}`)},
		{"Qos 2", "iot.system.IllegalRequest", aliCall{product: aliProduct, device: "dev1", identifier: "setX", args: `{}`, qos: "2"}},
	}
	for _, client := range aliClients {
		w := start(t)
		c := client.make(t, w, key, secret)
		for _, tc := range cases {
			a, err := c.invoke(tc.call)
			if err != nil || a.success || a.code != tc.code || a.message == "" || a.messageID != "" {
				t.Errorf("%s, %s: %+v, %v; want %s", client.name, tc.name, a, err, tc.code)
			}
		}
	}
}

func TestAlibabaInstanceHasToBeNamedWhereThereIsOne(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		call := setX(`{}`)
		for _, name := range []string{"", "iot-cn-1"} {
			call.instance = name
			if a, err := c.invoke(call); err != nil || a.success || a.code != "iot.Sre.IotInstanceNotFound" {
				t.Errorf("%q: %+v, %v", name, a, err)
			}
		}
		call.instance = "iot-cn-0"
		if a, err := c.invoke(call); err != nil || a.code != "iot.messagebroker.OFFLINE" {
			t.Errorf("the right one: %+v, %v", a, err)
		}
	}, "alibaba: {instance: iot-cn-0}")
}

func TestAlibabaMissingParametersAreRefusedByTheGateway(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		call := setX("")
		a, err := c.invoke(call)
		refusedAli(t, a, err, 400, "MissingArgs")
		call.identifier, call.args = "", `{}`
		a, err = c.invoke(call)
		refusedAli(t, a, err, 400, "MissingIdentifier")
	})
}

func TestAlibabaWrongCredentialsAreRefusedByTheGateway(t *testing.T) {
	t.Parallel()
	w := start(t, "alibaba: {disabled_keys: [ak-foreign]}")
	for _, c := range aliClients {
		t.Run(c.name, func(t *testing.T) {
			a, err := c.make(t, w, "ak-unknown", secret).invoke(setX(`{}`))
			refusedAli(t, a, err, 404, "InvalidAccessKeyId.NotFound")
			a, err = c.make(t, w, "ak-foreign", secret).invoke(setX(`{}`))
			refusedAli(t, a, err, 400, "InvalidAccessKeyId.Inactive")
			a, err = c.make(t, w, key, "wrong").invoke(setX(`{"t":"a b*~/ü"}`))
			r := refusedAli(t, a, err, 400, "SignatureDoesNotMatch")
			// The classic SDK compares the text that the platform has signed with its own: they are the same.
			if c.name == "classic SDK" && !strings.HasPrefix(r.recommend, "InvalidAccessKeySecret") {
				t.Errorf("recommends %q", r.recommend)
			}
		})
	}
}

func TestAlibabaSDKsPassTheChecksOfTimeAndNonce(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		for range 3 {
			if a, err := c.invoke(setX(`{}`)); err != nil || a.code != "iot.messagebroker.OFFLINE" {
				t.Fatalf("%+v, %v", a, err)
			}
		}
	}, "alibaba: {check_time: true, check_nonce: true}")
}

func TestAlibabaTemporaryKeysOfTheSDKsAreSignedWithTheirToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	sts, err := iot.NewClientWithStsToken("cn-shanghai", key, secret, "CAIS+/=")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]aliClient{"classic SDK": &classic{sts, w.host}, "Tea SDK ACS3": temporaryTea(t, w, ""), "Tea SDK v2": temporaryTea(t, w, "v2")} {
		if a, err := c.invoke(setX(`{}`)); err != nil || a.code != "iot.messagebroker.OFFLINE" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestAlibabaCallsAboveTheLimitOfASecondAreThrottled(t *testing.T) {
	eachAli(t, func(t *testing.T, w *world, c aliClient) {
		for range 100 {
			a, err := c.invoke(setX(`{}`))
			if err == nil {
				continue // a new second may have begun
			}
			r := refusedAli(t, a, err, 400, "Throttling.User")
			if !strings.Contains(r.message, "flow control") {
				t.Errorf("message %q", r.message)
			}
			return
		}
		t.Error("100 calls were taken, with a limit of one a second")
	}, "alibaba: {qps: 1}")
}

func TestAlibabaBatchAndRRpcHaveLimitsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := start(t, "alibaba: {batch_qps: 1, rrpc_qps: 1}")
	c := newClassic(t, w, key, secret)
	for name, call := range map[string]func() (aliAnswer, error){
		"InvokeThingsService": func() (aliAnswer, error) { return c.batch(setX(`{}`), "dev1") },
		"RRpc":                func() (aliAnswer, error) { return c.rrpc(setX(""), "", "AQI=", 1000) },
	} {
		a, err := call()
		for range 100 {
			if err != nil {
				break
			}
			a, err = call()
		}
		t.Run(name, func(t *testing.T) { refusedAli(t, a, err, 400, "Throttling.User") })
	}
	if a, err := c.invoke(setX(`{}`)); err != nil || a.code != "iot.messagebroker.OFFLINE" {
		t.Errorf("InvokeThingService beside them: %+v, %v", a, err)
	}
}

func TestAlibabaUnknownActionAndVersionAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newClassic(t, w, key, secret).(*classic)
	for _, tc := range []struct {
		action, version, code string
		status                int
	}{
		{"InvokeNothing", "2018-01-20", "InvalidAction.NotFound", 404},
		{"InvokeThingService", "2017-04-20", "InvalidVersion", 400},
	} {
		r := requests.NewCommonRequest()
		r.Scheme, r.Domain, r.Method, r.Version, r.ApiName = "http", w.host, "POST", tc.version, tc.action
		_, err := c.ProcessCommonRequest(r)
		refusedAli(t, aliAnswer{}, refusal(err), tc.status, tc.code)
	}
}

func TestAlibabaAnswersInXMLWhereTheSDKAsksForIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := newClassic(t, w, key, secret).(*classic)
	online(t, w, c, alibabaLogin("dev1"), habits{answer: alinkOK})
	r := c.request(setX(`{}`))
	r.AcceptFormat = "XML"
	out, err := c.InvokeThingService(r)
	if err != nil || !out.Success || out.Data.MessageId == "" || !json.Valid([]byte(out.Data.Result)) {
		t.Fatalf("answer %+v, error %v", out, err)
	}
	if kind := out.GetHttpHeaders()["Content-Type"]; len(kind) != 1 || kind[0] != "text/xml;charset=utf-8" {
		t.Errorf("Content-Type %q", kind)
	}
	bad := iot.CreateGetDeviceStatusRequest()
	bad.Scheme, bad.Domain, bad.AcceptFormat = "http", w.host, "YAML"
	_, err = c.GetDeviceStatus(bad)
	refused := refusedAli(t, aliAnswer{}, refusal(err), 400, "") // this SDK reads no errors but those in JSON
	if !strings.Contains(refused.message, "<Code>InvalidParameter.Format</Code>") {
		t.Errorf("message %s", refused.message)
	}
}
