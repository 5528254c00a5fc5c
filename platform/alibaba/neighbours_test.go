package alibaba_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

func TestABatchReachesEveryDeviceOnceAndWaitsForNone(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		one, two := w.Connect(0), w.Connect(1)
		e := call(w, "InvokeThingsService", "DeviceName.1=dk0", "DeviceName.2=dk1", "DeviceName.3=dk0", "DeviceName.4=dk2", "Identifier=reboot", "Qos=1")
		wantSuccess(w, e)
		if strings.Contains(e.Raw, "Data") {
			w.T.Errorf("there is data: %s", e.Raw)
		}
		for _, d := range []*dialecttest.Device{one, two} {
			m := d.Next() // asynchronous, although the service is not
			if want := "/sys/pk1/" + d.Device + "/thing/service/reboot"; m.Topic != want || m.QoS != 1 || d.Waiting() != 0 {
				w.T.Errorf("topic %s at QoS %d, %d more; want %s at 1, none", m.Topic, m.QoS, d.Waiting(), want)
			}
		}
		one.Publish("/sys/pk1/dk0/thing/service/reboot_reply", []byte(`{"id":"1","code":200}`))
		w.Expect(1, platform.Matched)
		if n := w.Connect(2).Waiting(); n != 1 {
			w.T.Errorf("%d messages waited for the absent device, want 1", n)
		}
	})
}

func TestABatchOf100Works(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		var names []string
		for i := range 100 {
			name := fmt.Sprint("many", i)
			w.Platform.AddDevice(platform.Registration{Address: platform.Address{Product: dialecttest.Product, Device: name}, Activated: true})
			names = append(names, fmt.Sprintf("DeviceName.%d=%s", i+1, name))
		}
		wantSuccess(w, call(w, "InvokeThingsService", names...))
		w.Expect(100, platform.Accepted)
	})
}

func TestRRpcCarriesBytesAndCodes(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		hello := "RequestBase64Byte=" + base64.StdEncoding.EncodeToString([]byte("hello\x00"))
		if e := call(w, "RRpc", hello, "Timeout=1000"); e.RrpcCode != "OFFLINE" || !*e.Success {
			w.T.Errorf("absent device: %s", e.Raw)
		}
		d := w.Connect(0)
		for _, answer := range []string{"\xff\x00", `{"code":500}`, ""} {
			done := goCall(w, "RRpc", hello, "Timeout=1000")
			m := d.Next()
			if string(m.Payload) != "hello\x00" || !strings.HasPrefix(m.Topic, "/sys/pk1/dk0/rrpc/request/") {
				w.T.Errorf("device got %q on %s", m.Payload, m.Topic)
			}
			asDevice(d, m, answer)
			e := <-done
			got, _ := base64.StdEncoding.DecodeString(e.PayloadBase64Byte)
			if e.RrpcCode != "SUCCESS" || string(got) != answer || string(e.MessageID) != m.Topic[strings.LastIndexByte(m.Topic, '/')+1:] {
				w.T.Errorf("answer %q: %s", answer, e.Raw)
			}
		}
		start := time.Now()
		e := call(w, "RRpc", hello, "Timeout=1500")
		if took := time.Since(start).Truncate(time.Millisecond); e.RrpcCode != "TIMEOUT" || !*e.Success || took != 1500*time.Millisecond {
			w.T.Errorf("unanswered: %s after %v", e.Raw, took)
		}
	})
}

func TestRRpcOnATopicOfTheApplicationsOwnNeedsASubscription(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		ask := []string{"RequestBase64Byte=YQ==", "Timeout=1000", "Topic=/testcmd"}
		if e := call(w, "RRpc", ask...); e.RrpcCode != "UNKNOWN" {
			w.T.Errorf("nobody has subscribed: %s", e.Raw)
		}
		d.Subscribe("/ext/rrpc/+/testcmd")
		done := goCall(w, "RRpc", ask...)
		m := d.Next()
		if !strings.HasPrefix(m.Topic, "/ext/rrpc/") || !strings.HasSuffix(m.Topic, "/testcmd") {
			w.T.Errorf("topic is %s", m.Topic)
		}
		d.Answer(m) // as a device of the simulator does
		if e := <-done; e.RrpcCode != "SUCCESS" {
			w.T.Error(e.Raw)
		}
	})
}

func TestRRpcTakesItsBytesFromAFormBesideAQuery(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		p := parameters(w, "RRpc", "Timeout=1000", "RequestBase64Byte=YQ==")
		signed := v1Request(w, http.MethodPost, p)
		signed.URL.RawQuery = without(p, "RequestBase64Byte").Encode()
		form := url.Values{"RequestBase64Byte": {"YQ=="}}.Encode()
		req, _ := http.NewRequest(http.MethodPost, signed.URL.String(), strings.NewReader(form))
		req.Header = signed.Header
		done := make(chan envelope, 1)
		go func() { done <- do(w, req) }()
		asDevice(d, d.Next(), "b")
		if e := <-done; e.RrpcCode != "SUCCESS" {
			w.T.Error(e.Raw)
		}
	})
}

func without(p url.Values, name string) url.Values {
	q := url.Values{}
	for n := range p {
		if n != name {
			q.Set(n, p.Get(n))
		}
	}
	return q
}

func TestADevicesStatusHasFourWords(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		want := func(word string, changes ...string) {
			w.T.Helper()
			if e := call(w, "GetDeviceStatus", changes...); e.Data.Status != word {
				w.T.Errorf("%v: %s, want %s", changes, e.Raw, word)
			}
		}
		want("UNACTIVE", "DeviceName=dk3")
		want("DISABLE", "DeviceName=dk-disabled")
		want("OFFLINE")
		time.Sleep(time.Hour)
		came := time.Now().UnixMilli()
		d := w.Connect(0)
		time.Sleep(time.Hour)
		want("ONLINE", "IotId=asset-0")
		if e := call(w, "GetDeviceStatus"); e.Data.Timestamp != came {
			w.T.Errorf("timestamp %d, want %d", e.Data.Timestamp, came)
		}
		d.Drop()
		want("OFFLINE")
		w.Connect(3).Drop()
		want("OFFLINE", "DeviceName=dk3")
	})
}

func TestServiceDataTellsOfEarlierCalls(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		start := time.Now().UnixMilli()
		for i := range 3 {
			call(w, "InvokeThingService", "Identifier=report", fmt.Sprintf(`Args={"n":%d}`, i))
			asDevice(d, d.Next(), fmt.Sprintf(`{"id":"%d","code":200,"data":{"m":%d}}`, i+1, i))
			time.Sleep(time.Second)
		}
		call(w, "InvokeThingService", "Identifier=testFb:later")
		ask := []string{"Identifier=report", fmt.Sprint("StartTime=", start), fmt.Sprint("EndTime=", start+3000), "PageSize=2"}
		e := call(w, "QueryDeviceServiceData", append(ask, "Asc=1")...)
		wantSuccess(w, e)
		first := info{fmt.Sprint(start), "report", "Report", `{"n":0}`, `{"m":0}`}
		if l := e.Data.List.ServiceInfo; len(l) != 2 || l[0] != first || !e.Data.NextValid || e.Data.NextTime != start+2000 {
			w.T.Errorf("ascending: %s", e.Raw)
		}
		e = call(w, "QueryDeviceServiceData", append(ask, "Asc=0", "PageSize=50", fmt.Sprint("StartTime=", start+1), "Format=XML")...)
		if l := e.Data.List.ServiceInfo; len(l) != 2 || l[0].InputData != `{"n":2}` || e.Data.NextValid {
			w.T.Errorf("descending: %s", e.Raw)
		}
		e = call(w, "QueryDeviceServiceData", append(ask, "Identifier=dance")...)
		if !strings.Contains(e.Raw, `"List":{"ServiceInfo":[]},"NextValid":false`) {
			w.T.Errorf("none: %s", e.Raw)
		}
	})
}

var _ platform.Dialect = (*alibaba.Dialect)(nil)
