package alibaba_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

// What the business refuses, each by the vendor's code. The calls are those of parameters with the changes.
var businessCodes = []struct {
	name, action string
	changes      []string
	code         string
}{
	{"neither IotId nor ProductKey", "InvokeThingService", []string{"ProductKey"}, "iot.prod.NullProductKey"},
	{"ProductKey without DeviceName", "InvokeThingService", []string{"DeviceName"}, "iot.device.NullDeviceName"},
	{"unknown product", "InvokeThingService", []string{"ProductKey=nothing"}, "iot.prod.NotExistedProduct"},
	{"product of another account", "InvokeThingService", []string{"ProductKey=theirs", "DeviceName=d"}, "iot.prod.NotExistedProduct"},
	{"unknown device", "InvokeThingService", []string{"DeviceName=nobody"}, "iot.device.NotExistedDevice"},
	{"unknown IotId, although the pair is right", "InvokeThingService", []string{"IotId=nobody"}, "iot.device.InvalidIoTId"},
	{"IotId of another account", "InvokeThingService", []string{"IotId=their-asset"}, "iot.device.InvalidIoTId"},
	{"device that was never there", "InvokeThingService", []string{"DeviceName=dk3"}, "iot.device.InactiveDevice"},
	{"asynchronous call of a device that was never there", "InvokeThingService", []string{"DeviceName=dk3", "Identifier=report", "Qos=1"}, "iot.device.InactiveDevice"},
	{"absent device", "InvokeThingService", nil, "iot.messagebroker.OFFLINE"},
	{"service that is not in the thing model", "InvokeThingService", []string{"Identifier=dance"}, "iot.device.InvokeThingServiceFailed"},
	{"default module by its name", "InvokeThingService", []string{"Identifier=Default:reboot"}, "iot.device.InvokeThingServiceFailed"},
	{"service that no topic can hold", "InvokeThingService", []string{"Identifier=a/b"}, "iot.system.IllegalRequest"},
	{"service with the name of an answer", "InvokeThingService", []string{"Identifier=reboot_reply"}, "iot.system.IllegalRequest"},
	{"Args that is no JSON", "InvokeThingService", []string{"Args={"}, "iot.system.IllegalRequest"},
	{"Args that is not UTF-8", "InvokeThingService", []string{"Args={\"a\":\"\xff\"}"}, "iot.system.IllegalRequest"},
	{"Args that is no object", "InvokeThingService", []string{"Args=[]"}, "iot.system.IllegalRequest"},
	{"Args that is too long", "InvokeThingService", []string{`Args={"a":"` + strings.Repeat("x", 3000) + `"}`}, "iot.system.IllegalRequest"},
	{"Qos 2", "InvokeThingService", []string{"Qos=2"}, "iot.system.IllegalRequest"},
	{"Qos that is no number", "InvokeThingService", []string{"Qos=one"}, "iot.system.IllegalRequest"},
	{"product of another format", "InvokeThingService", []string{"ProductKey=pk-odd", "DeviceName=dk-odd"}, "iot.device.InvokeThingServiceFailed"},
	{"address before service", "InvokeThingService", []string{"DeviceName=nobody", "Identifier=dance"}, "iot.device.NotExistedDevice"},
	{"service before Args", "InvokeThingService", []string{"Args={", "Identifier=dance"}, "iot.device.InvokeThingServiceFailed"},
	{"Args before the device's state", "InvokeThingService", []string{"Args={", "DeviceName=dk3"}, "iot.system.IllegalRequest"},

	{"batch without product", "InvokeThingsService", []string{"ProductKey"}, "iot.prod.NullProductKey"},
	{"batch without devices", "InvokeThingsService", nil, "iot.device.NullDeviceName"},
	{"batch with one that is unknown", "InvokeThingsService", []string{"DeviceName.1=dk0", "DeviceName.2=nobody"}, "iot.device.NotExistedDevice"},
	{"batch of an unknown service", "InvokeThingsService", []string{"DeviceName.1=dk0", "Identifier=dance"}, "iot.device.InvokeThingServiceFailed"},
	{"batch of 101", "InvokeThingsService", batch(101), "iot.system.IllegalRequest"},

	{"RRpc to an unknown device", "RRpc", []string{"DeviceName=nobody", "RequestBase64Byte=YQ==", "Timeout=1000"}, "iot.device.NotExistedDevice"},
	{"RRpc with bytes that are not Base64", "RRpc", []string{"RequestBase64Byte=%%", "Timeout=1000"}, "iot.system.IllegalRequest"},
	{"RRpc that waits too short", "RRpc", []string{"RequestBase64Byte=YQ==", "Timeout=999"}, "iot.system.IllegalRequest"},
	{"RRpc that waits too long", "RRpc", []string{"RequestBase64Byte=YQ==", "Timeout=8001"}, "iot.system.IllegalRequest"},
	{"RRpc to a filter", "RRpc", []string{"RequestBase64Byte=YQ==", "Timeout=1000", "Topic=/a/+"}, "iot.system.IllegalRequest"},

	{"status of an unknown device", "GetDeviceStatus", []string{"DeviceName=nobody"}, "iot.device.NotExistedDevice"},
	{"data of 51 calls", "QueryDeviceServiceData", []string{"Identifier=reboot", "StartTime=0", "EndTime=1", "PageSize=51"}, "iot.system.IllegalRequest"},
	{"data backwards", "QueryDeviceServiceData", []string{"Identifier=reboot", "StartTime=2", "EndTime=1"}, "iot.system.IllegalRequest"},
}

func batch(n int) []string {
	var changes []string
	for i := range n {
		changes = append(changes, "DeviceName."+strconv.Itoa(i+1)+"=dk0")
	}
	return changes
}

func TestTheBusinessRefusesWithHTTP200(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.MaxArgs, cfg.BatchQPS = 2000, 0
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		addTheirs(w)
		for _, c := range businessCodes {
			wantFailureOf(w, c.name, call(w, c.action, c.changes...), c.code)
		}
		w.Expect(0, platform.Published)
	})
}

func TestACallThatThePlatformDoesNotOutliveEndsInASystemException(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Connect(0)
		done := goCall(w, "InvokeThingService")
		if err := w.Platform.Close(w.T.Context()); err != nil {
			t.Error(err)
		}
		e := <-done
		wantFailureOf(w, "the platform closes", e, "iot.system.SystemException")
		if e.ErrorMessage != "A system exception occurred." {
			t.Errorf("the message is %q", e.ErrorMessage)
		}
	})
}

// addTheirs adds a device of another account.
func addTheirs(w *dialecttest.World) {
	w.Platform.AddProduct(platform.Product{Key: "theirs", Org: "o2", Dialect: alibaba.Name})
	a := platform.Address{Product: "theirs", Device: "d"}
	if _, err := w.Platform.AddDevice(platform.Registration{Address: a, Alias: "their-asset", Activated: true}); err != nil {
		w.T.Fatal(err)
	}
}

// What the gateway refuses, with another status and another envelope.
var gatewayCodes = []struct {
	name, action string
	changes      []string
	status       int
	code         string
}{
	{"unknown action", "InvokeThing", nil, 404, "InvalidAction.NotFound"},
	{"no action", "", []string{"Action"}, 404, "InvalidAction.NotFound"},
	{"unknown version", "InvokeThingService", []string{"Version=2018-01-21"}, 400, "InvalidVersion"},
	{"no version", "InvokeThingService", []string{"Version"}, 400, "InvalidVersion"},
	{"unknown format", "InvokeThingService", []string{"Format=YAML"}, 400, "InvalidParameter.Format"},
	{"no Args", "InvokeThingService", []string{"Args"}, 400, "MissingArgs"},
	{"empty Identifier", "InvokeThingService", []string{"Identifier="}, 400, "MissingIdentifier"},
	{"missing parameters before the address", "InvokeThingService", []string{"Args", "DeviceName=nobody"}, 400, "MissingArgs"},
	{"RRpc without bytes", "RRpc", []string{"Timeout=1000"}, 400, "MissingRequestBase64Byte"},
	{"RRpc without timeout", "RRpc", []string{"RequestBase64Byte=YQ=="}, 400, "MissingTimeout"},
	{"data without a time", "QueryDeviceServiceData", []string{"Identifier=reboot", "EndTime=1"}, 400, "MissingStartTime"},

	{"no access key", "InvokeThingService", []string{"AccessKeyId"}, 400, "MissingAccessKeyId"},
	{"unknown access key", "InvokeThingService", []string{"AccessKeyId=nobody"}, 404, "InvalidAccessKeyId.NotFound"},
	{"disabled access key", "InvokeThingService", []string{"AccessKeyId=ak-off"}, 400, "InvalidAccessKeyId.Inactive"},
	{"wrong signature", "InvokeThingService", []string{"Signature=AAAA"}, 400, "SignatureDoesNotMatch"},
	{"no signature", "InvokeThingService", []string{"Signature="}, 400, "IncompleteSignature"},
	{"other signature method", "InvokeThingService", []string{"SignatureMethod=HMAC-MD5"}, 400, "IncompleteSignature"},
	{"no signature method", "InvokeThingService", []string{"SignatureMethod"}, 400, "MissingSignatureMethod"},
	{"no signature version", "InvokeThingService", []string{"SignatureVersion"}, 400, "MissingSignatureVersion"},
	{"no nonce", "InvokeThingService", []string{"SignatureNonce"}, 400, "MissingSignatureNonce"},
	{"no time", "InvokeThingService", []string{"Timestamp"}, 400, "MissingTimestamp"},
	{"version before key", "InvokeThingService", []string{"AccessKeyId=nobody", "Version=1"}, 400, "InvalidVersion"},
	{"signature before parameters", "InvokeThingService", []string{"Signature=AAAA", "Args"}, 400, "SignatureDoesNotMatch"},
}

func TestTheGatewayRefusesWithAnotherStatusAndEnvelope(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.DisabledKeys = []string{"ak-off"}
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		w.Platform.AddAccount(platform.Account{Key: "ak-off", Secret: "as-test", Orgs: []string{dialecttest.Org}})
		for _, c := range gatewayCodes {
			wantRefusal(w, c.name, call(w, c.action, c.changes...), c.status, c.code)
		}
		e := do(w, v1Request(w, http.MethodPut, parameters(w, "InvokeThingService")))
		wantRefusal(w, "method PUT", e, 404, "InvalidAction.NotFound")
		w.Expect(0, platform.Accepted)
	})
}

func TestARefusedSignatureTellsWhatThePlatformSigned(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		e := call(w, "GetDeviceStatus", "Signature=AAAA")
		_, tail, ok := strings.Cut(e.Message, "server string to sign is:")
		if !ok || !strings.HasPrefix(tail, "GET&%2F&AccessKeyId%3Dak-test%26Action%3DGetDeviceStatus%26") || strings.Contains(e.Raw, w.Account.Secret) {
			w.T.Errorf("message is %q", e.Message)
		}
	})
}

func TestOtherPathsAreNotTheAPI(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		resp, err := w.Client.Get(dialecttest.Base + "/other?" + url.Values(parameters(w, "GetDeviceStatus")).Encode())
		if err != nil {
			w.T.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			w.T.Errorf("status %d, want 404", resp.StatusCode)
		}
	})
}

// formats are how a caller says which it wants.
var formats = []struct {
	name    string
	changes []string
	accept  string
	acs3    bool
	xml     bool
}{
	{"nothing said", []string{"Format"}, "", false, true},
	{"Format=XML", []string{"Format=XML"}, "application/json", false, true},
	{"Format=xml", []string{"Format=xml"}, "", false, true},
	{"Format=json", []string{"Format=json"}, "", false, false},
	{"any is accepted", []string{"Format"}, "*/*", false, true},
	{"JSON is accepted", []string{"Format"}, "text/html, application/JSON;q=0.9", false, false},
	{"ACS3", []string{"Format"}, "*/*", true, false},
	{"ACS3 with Format=XML", []string{"Format=XML"}, "*/*", true, true},
}

func TestTheAnswersFormatIsWhatTheCallerAsksFor(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, c := range formats {
			p := parameters(w, "GetDeviceStatus", c.changes...)
			req := v1Request(w, http.MethodGet, p)
			if c.acs3 {
				req = acs3Request(w, "GetDeviceStatus", p, nil)
			}
			req.Header.Set("Accept", c.accept)
			e := do(w, req)
			if got := e.Header.Get("Content-Type") == "text/xml;charset=utf-8"; got != c.xml {
				w.T.Errorf("%s: XML is %v, want %v", c.name, got, c.xml)
			}
			if e.Data.Status != "OFFLINE" || e.Success == nil || !*e.Success {
				w.T.Errorf("%s: answer %s", c.name, e.Raw)
			}
		}
	})
}
