package sdktest

import (
	"reflect"
	"strconv"
	"testing"
	"time"

	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

func async(strategy string) *model.CreateAsyncCommandRequest {
	return &model.CreateAsyncCommandRequest{DeviceId: huaDevice, Body: &model.AsyncDeviceCommandRequest{
		ServiceId: ptr("reboot"), CommandName: ptr("ON_OFF"), Paras: object(map[string]any{"value": "ON"}), SendStrategy: strategy}}
}

// create sends an asynchronous command, and returns its id.
func create(t *testing.T, c *iotda.IoTDAClient, in *model.CreateAsyncCommandRequest, status string) string {
	t.Helper()
	out, err := c.CreateAsyncCommand(in)
	if err != nil || of(out.Status) != status || of(out.DeviceId) != huaDevice || len(of(out.CommandId)) != 36 || of(out.CreatedTime) == "" {
		t.Fatalf("%v, %v; want status %s", out, err, status)
	}
	return of(out.CommandId)
}

// ends waits until a command has that status, and returns it.
func ends(t *testing.T, c *iotda.IoTDAClient, id, status string) (out *model.ShowAsyncDeviceCommandResponse) {
	t.Helper()
	eventually(t, "command is "+status, func() bool {
		var err error
		if out, err = c.ShowAsyncDeviceCommand(&model.ShowAsyncDeviceCommandRequest{DeviceId: huaDevice, CommandId: id}); err != nil {
			t.Fatal(err)
		}
		return of(out.Status) == status
	})
	return out
}

func TestHuaweiAsyncCommandWaitsForItsDeviceAndEndsSuccessful(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	in := async("delay")
	in.Body.ExpireTime = ptr[int32](600)
	id := create(t, c, in, "PENDING")
	if s := ends(t, c, id, "PENDING"); s.SentTime != nil || of(s.ExpireTime) != 600 || of(s.SendStrategy) != "delay" {
		t.Errorf("while it waits: %v", s)
	}
	d := w.connect(t, huaweiLogin(huaDevice, devSecret), habits{answer: respond(huaOK)})
	if m := d.next(); m.Topic() != commandTopic+id {
		t.Errorf("came on %s", m.Topic())
	}
	s := ends(t, c, id, "SUCCESSFUL")
	want := map[string]any{"result_code": 0.0, "response_name": "COMMAND_RESPONSE", "paras": map[string]any{"result": "success"}}
	if !reflect.DeepEqual(plainJSON(of(s.Result)), want) || !reflect.DeepEqual(plainJSON(of(s.Paras)), map[string]any{"value": "ON"}) {
		t.Errorf("result %v, paras %v", of(s.Result), of(s.Paras))
	}
	times := []string{of(s.CreatedTime), of(s.SentTime), of(s.DeliveredTime), of(s.ResponseTime)}
	for i, text := range times {
		if _, err := time.Parse("20060102T150405Z", text); err != nil || i > 0 && text < times[i-1] {
			t.Errorf("created, sent, delivered, responded %q", times)
			break
		}
	}
}

func TestHuaweiAsyncCommandFailsByItsDevicesResult(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	present(t, w, c, huaDevice, habits{answer: respond(`{"result_code":7}`)})
	if s := ends(t, c, create(t, c, async(""), "PENDING"), "FAILED"); of(s.ResponseTime) == "" {
		t.Errorf("%v: want a response_time", s)
	}
}

func TestHuaweiImmediateCommandIsSentOrFails(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	create(t, c, async("immediately"), "FAILED")
	present(t, w, c, huaDevice, habits{answer: respond(huaOK)})
	id := create(t, c, async("immediately"), "SENT")
	if s := ends(t, c, id, "SUCCESSFUL"); of(s.SentTime) != of(s.CreatedTime) {
		t.Errorf("sent %s, created %s: want the same", of(s.SentTime), of(s.CreatedTime))
	}
}

func TestHuaweiAsyncCommandExpires(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	in := async("delay")
	in.Body.ExpireTime = ptr[int32](1)
	if s := ends(t, c, create(t, c, in, "PENDING"), "EXPIRED"); of(s.SentTime) != "" {
		t.Errorf("sent at %s, and never was", of(s.SentTime))
	}
}

func TestHuaweiAsyncCommandTimesOutWithoutAnAcknowledgementOrAResponse(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {ack_timeout: 300ms, response_timeout: 300ms, resend: 50ms}")
	c := w.iotda(t, owner)
	deaf := present(t, w, c, huaDevice, habits{hold: true})
	if got := deaf.subscribe("$oc/devices/"+huaDevice+"/sys/commands/#", 1); got != 1 {
		t.Fatalf("granted QoS %d", got)
	}
	if s := ends(t, c, create(t, c, async("delay"), "PENDING"), "TIMEOUT"); of(s.DeliveredTime) != "" || of(s.SentTime) == "" {
		t.Errorf("without an acknowledgement: %v", s)
	}
	for n := range 3 { // sent three times in all
		if m := deaf.next(); m.Qos() != 1 || m.Duplicate() != (n > 0) {
			t.Errorf("send %d: QoS %d, duplicate %v", n+1, m.Qos(), m.Duplicate())
		}
	}
	deaf.leave()
	awaitHuawei(t, c, huaDevice, "OFFLINE")
	present(t, w, c, huaDevice, habits{})
	if s := ends(t, c, create(t, c, async("delay"), "PENDING"), "TIMEOUT"); of(s.DeliveredTime) == "" {
		t.Errorf("without a response: %v", s)
	}
}

func TestHuaweiAsyncCommandsAreListedInQueueAndHistory(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	var ids []string
	for range 3 {
		ids = append(ids, create(t, c, async("delay"), "PENDING"))
	}
	first, err := c.ListAsyncCommands(&model.ListAsyncCommandsRequest{DeviceId: huaDevice, Limit: ptr[int32](2)})
	if err != nil || of(first.Page.Count) != 3 || len(*first.Commands) != 2 || of((*first.Commands)[0].CommandId) != ids[2] {
		t.Fatalf("first page %v, %v", first, err)
	}
	second, err := c.ListAsyncCommands(&model.ListAsyncCommandsRequest{DeviceId: huaDevice, Limit: ptr[int32](2), Marker: first.Page.Marker})
	if err != nil || len(*second.Commands) != 1 || of((*second.Commands)[0].CommandId) != ids[0] {
		t.Fatalf("second page %v, %v", second, err)
	}
	present(t, w, c, huaDevice, habits{answer: respond(huaOK)})
	ends(t, c, ids[2], "SUCCESSFUL")
	queue, err := c.ListAsyncCommands(&model.ListAsyncCommandsRequest{DeviceId: huaDevice})
	if err != nil || len(*queue.Commands) != 0 {
		t.Errorf("queue %v, %v", queue, err)
	}
	past, err := c.ListAsyncHistoryCommands(&model.ListAsyncHistoryCommandsRequest{DeviceId: huaDevice, Status: ptr("SUCCESSFUL"),
		CommandName: ptr("ON_OFF"), StartTime: ptr("20240102T030405Z")})
	if err != nil || len(*past.Commands) != 3 || of((*past.Commands)[2].CommandId) != ids[0] || of(past.Page.Marker) == "" {
		t.Errorf("history %v, %v", past, err)
	}
	for status, want := range map[string]int64{"SUCCESSFUL": 3, "FAILED": 0} {
		n, err := c.CountAsyncHistoryCommands(&model.CountAsyncHistoryCommandsRequest{DeviceId: huaDevice, Status: ptr(status)})
		if err != nil || of(n.Count) != want {
			t.Errorf("%s: %v, %v, want %d", status, n, err, want)
		}
	}
}

func TestHuaweiListsOfAsyncCommandsAreRefusedAsTheSDKReadsIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	_, err := c.ListAsyncCommands(&model.ListAsyncCommandsRequest{DeviceId: huaDevice, Limit: ptr[int32](51)})
	refusedHua(t, err, 400, "IOTDA.000017")
	_, err = c.ListAsyncHistoryCommands(&model.ListAsyncHistoryCommandsRequest{DeviceId: huaDevice, StartTime: ptr("yesterday")})
	refusedHua(t, err, 400, "IOTDA.000009")
	_, err = c.ListAsyncHistoryCommands(&model.ListAsyncHistoryCommandsRequest{DeviceId: huaDevice,
		StartTime: ptr("20240102T030405Z"), EndTime: ptr("20240102T030404Z")})
	refusedHua(t, err, 400, "IOTDA.000010")
}

func TestHuaweiAsyncCommandIsRefusedAsTheSDKReadsIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	_, err := c.CreateAsyncCommand(async("sometimes"))
	refusedHua(t, err, 400, "IOTDA.000006")
	long := async("delay")
	long.Body.ExpireTime = ptr[int32](172801)
	_, err = c.CreateAsyncCommand(long)
	refusedHua(t, err, 400, "IOTDA.000006")
	_, err = c.ShowAsyncDeviceCommand(&model.ShowAsyncDeviceCommandRequest{DeviceId: huaDevice, CommandId: "nothing"})
	refusedHua(t, err, 404, "IOTDA.014000")
	for i := range 20 {
		in := async("delay")
		in.Body.CommandName = ptr("n" + strconv.Itoa(i))
		create(t, c, in, "PENDING")
	}
	_, err = c.CreateAsyncCommand(async("delay"))
	refusedHua(t, err, 400, "IOTDA.000006")
}

func TestHuaweiAsyncCommandToAnMQTTDeviceIsRefusedWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {refuse_async: true}")
	_, err := w.iotda(t, owner).CreateAsyncCommand(async("delay"))
	refusedHua(t, err, 403, "IOTDA.014114")
}
