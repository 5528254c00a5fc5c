package sdktest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const enosTopic = "/sys/" + enosProduct + "/dk1/thing/service/"

func TestEnOSInvokeServiceReturnsTheDevicesOutput(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	d := a.connected("dk1", habits{answer: alinkOK})
	for _, more := range []string{"", "&pendingTtl=0&timeout=5", "&assetId=asset1"} {
		out := a.invoke("setX", more, `{"inputData":{"p":10.0, "s":"ü +%"}}`)
		a.code(more, out, 0)
		f := fields(t, out.Data)
		if f["outputData"] != `{"y":7}` || len(f["commandId"]) < 3 {
			t.Errorf("%q: data %s", more, out.Data)
		}
		m := d.next()
		in := fields(t, m.Payload())
		if m.Topic() != enosTopic+"setX" || m.Qos() != 0 || in["method"] != `"thing.service.setX"` || in["version"] != `"1.0"` ||
			in["params"] != `{"p":10.0, "s":"ü +%"}` {
			t.Errorf("%q: %s on %s at QoS %d", more, m.Payload(), m.Topic(), m.Qos())
		}
	}
}

func TestEnOSDevicesOwnCodeIsTheCodeOfTheCall(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	a.connected("dk1", habits{answer: func(topic string, payload []byte) (string, []byte) {
		return topic + "_reply", alinkReply(payload, `"2001","message":"no paper"`) // a code as text, as one SDK writes it
	}})
	out := a.invoke("reboot", "", `{"inputData":{}}`)
	if *out.Code != 2001 || out.Msg != "no paper" || fields(t, out.Data)["commandId"] == "" {
		t.Errorf("code %d %q, data %s", *out.Code, out.Msg, out.Data)
	}
	if c := a.command(strings.Trim(fields(t, out.Data)["commandId"], `"`)); c.State != 6 {
		t.Errorf("%+v, want state 6", c)
	}
}

func TestEnOSInstantCommandFailsAtOnceWithoutItsDevice(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	a.code("absent", a.invoke("reboot", "", `{"inputData":{}}`), 11900)
	address := "action=invokeService&serviceId=reboot&orgId=" + org
	a.code("inactive", a.call("POST", "commands", address+"&assetId=asset2", `{"inputData":{}}`), 11888)
	a.code("disabled", a.call("POST", "commands", address+"&assetId=asset3", `{"inputData":{}}`), 11888)
	a.code("custom format", a.call("POST", "commands", address+"&assetId=asset4", `{"inputData":{}}`), 11810)
}

func TestEnOSInstantCommandTimesOut(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	d := a.connected("dk1", habits{})
	began := time.Now()
	a.code("silent", a.invoke("reboot", "&timeout=1", `{"inputData":{}}`), 11915)
	if took := time.Since(began); took < time.Second {
		t.Errorf("after %v, before its timeout of 1 s", took)
	}
	late := d.next()
	blocking := a.accepted(a.invoke("reboot", "&pendingTtl=60&timeout=60", `{"inputData":{}}`))
	a.code("behind a cached one", a.invoke("reboot", "&timeout=1", `{"inputData":{}}`), 11904)
	d.say(late.Topic()+"_reply", alinkReply(late.Payload(), `200,"data":{}`))
	if c := a.command(blocking); c.State != 4 {
		t.Errorf("a late answer changed another command: %+v", c)
	}
}

func TestEnOSCachedCommandsGoOutInOrderOneAfterAnother(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	var ids []string
	for i := range 3 {
		ids = append(ids, a.accepted(a.invoke("setX", "&pendingTtl=172800&timeout=60", `{"inputData":{"p":`+strconv.Itoa(i)+`}}`)))
	}
	if c := a.command(ids[0]); c.State != 1 || c.PendingTTL != 172800 || c.Timeout != 60 || c.CommandType != 2 || c.TslIdentifier != "setX" ||
		string(c.InputData) != `{"p":0}` || string(c.OutputData) != "null" || c.OrgID != org || c.AssetID != "asset1" || c.ProductKey != enosProduct || c.DeviceKey != "dk1" {
		t.Errorf("while it waits: %+v", c)
	}
	d := a.connected("dk1", habits{})
	for i := range 3 {
		m := d.next()
		if got := fields(t, m.Payload())["params"]; got != `{"p":`+strconv.Itoa(i)+`}` {
			t.Fatalf("number %d is %s", i, got)
		}
		if i == 0 {
			if first, second := a.command(ids[0]), a.command(ids[1]); first.State != 4 || second.State != 1 {
				t.Errorf("states %d and %d, want 4 and 1: one after another", first.State, second.State)
			}
		}
		d.say(m.Topic()+"_reply", alinkReply(m.Payload(), `200,"data":{"i":`+strconv.Itoa(i)+`}`))
	}
	eventually(t, "the last one has succeeded", func() bool {
		c := a.command(ids[2])
		return c.State == 5 && string(c.OutputData) == `{"i":2}`
	})
}

func TestEnOSCachedCommandExpires(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	id := a.accepted(a.invoke("reboot", "&pendingTtl=1", `{"inputData":{}}`))
	eventually(t, "it is expired", func() bool { return a.command(id).State == 3 })
}

func TestEnOSCacheHolds50Commands(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	for range 50 {
		a.accepted(a.invoke("reboot", "&pendingTtl=60", `{"inputData":{}}`))
	}
	a.code("number 51", a.invoke("reboot", "&pendingTtl=60", `{"inputData":{}}`), 11902)
}

func TestEnOSWaitingCommandsAreSearchedAndCancelled(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	var ids []string
	for range 3 {
		ids = append(ids, a.accepted(a.invoke("reboot", "&pendingTtl=60", `{"inputData":{}}`)))
	}
	states := func(out enosAnswer) (all []string) {
		t.Helper()
		var rows []enosCommand
		if err := json.Unmarshal(out.Data, &rows); err != nil {
			t.Fatalf("code %d %q, data %s: %v", *out.Code, out.Msg, out.Data, err)
		}
		for _, r := range rows {
			all = append(all, r.CommandID+" "+strconv.Itoa(r.State))
		}
		return all
	}
	got := a.call("POST", "commands", "action=cancel&"+enosDK1+"&commandId="+ids[1], "")
	if want := []string{ids[1] + " 2"}; !slices.Equal(states(got), want) {
		t.Errorf("cancelled %v, want %v", states(got), want)
	}
	got = a.call("POST", "commands", "action=search&"+enosDK1, `{"expression":"state = 1 and createTime > '2019-06-14 00:00:00'","pagination":{"pageNo":1,"pageSize":1}}`)
	if want := []string{ids[2] + " 1"}; !slices.Equal(states(got), want) || got.Pagination.TotalSize != 2 || got.Pagination.PageSize != 1 {
		t.Errorf("found %v of %+v, want %v of 2", states(got), got.Pagination, want)
	}
	got = a.call("GET", "commands", "action=cancel&"+enosDK1, "") // without a body one client sends GET
	if want := []string{ids[2] + " 2", ids[0] + " 2"}; !slices.Equal(states(got), want) {
		t.Errorf("cancelled %v, want %v", states(got), want)
	}
	a.code("bad expression", a.call("POST", "commands", "action=search&"+enosDK1, `{"expression":"state ="}`), 99400)
	a.code("unknown command", a.call("GET", "commands", "action=get&"+enosDK1+"&commandId=1", ""), 99404)
}

func TestEnOSMeasurementPointIsSet(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	d := a.connected("dk1", habits{answer: alinkOK})
	id := a.accepted(a.call("POST", "commands", "action=setMeasurepoint&"+enosDK1+"&measurepointId=temp", `{"value":1.50}`))
	m := d.next()
	if f := fields(t, m.Payload()); m.Topic() != enosTopic+"measurepoint/set" || f["params"] != `{"temp":1.50}` {
		t.Errorf("%s on %s", m.Payload(), m.Topic())
	}
	if c := a.command(id); c.CommandType != 1 || c.TslIdentifier != "temp" || string(c.InputData) != `1.50` || c.State != 5 || string(c.OutputData) != "null" {
		t.Errorf("%+v, output %s", c, c.OutputData)
	}
}

func TestEnOSDeviceStatusFollowsTheDevice(t *testing.T) {
	t.Parallel()
	a := start(t).enos(t)
	a.awaits("fresh", "inactive")
	a.awaits("off", "disabled")
	d := a.connected("fresh", habits{})
	d.leave()
	a.awaits("fresh", "offline")
}
