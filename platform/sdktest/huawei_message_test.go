package sdktest

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"testing"

	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

func message(content any) *model.CreateMessageRequest {
	return &model.CreateMessageRequest{DeviceId: huaDevice, Body: &model.DeviceMessageRequest{Message: object(content)}}
}

// send sends a message, and returns its id.
func send(t *testing.T, c *iotda.IoTDAClient, in *model.CreateMessageRequest, status string) string {
	t.Helper()
	out, err := c.CreateMessage(in)
	if err != nil || out.HttpStatusCode != 201 || of(out.MessageId) == "" || of(out.Result.Status) != status || of(out.Result.CreatedTime) == "" {
		t.Fatalf("%v, %v; want 201 and %s", out, err, status)
	}
	if finished := of(out.Result.FinishedTime) != ""; finished != (status != "PENDING") {
		t.Errorf("%s has finished_time %q", status, of(out.Result.FinishedTime))
	}
	return of(out.MessageId)
}

// messagesDown is where a message goes that names no topic.
const messagesDown = "$oc/devices/" + huaDevice + "/sys/messages/down"

// messageForms are the ways to write a message, and what its device gets.
var messageForms = []struct {
	name, topic, payload string
	change               func(*model.DeviceMessageRequest)
}{
	{"standard", messagesDown, `{"name":"n1","id":"m1","content":"HelloWorld"}`, func(b *model.DeviceMessageRequest) {
		b.MessageId, b.Name = ptr("m1"), ptr("n1")
	}},
	{"standard JSON", messagesDown, `{"id":"m2","content":"{\"a\":1.50}"}`, func(b *model.DeviceMessageRequest) {
		b.MessageId, b.Message = ptr("m2"), object(map[string]any{"a": jsonNumber("1.50")})
	}},
	{"raw text", messagesDown, `HelloWorld`, func(b *model.DeviceMessageRequest) { b.PayloadFormat = ptr("raw") }},
	{"raw JSON", messagesDown, `{"a":[1,2]}`, func(b *model.DeviceMessageRequest) {
		b.PayloadFormat, b.Message = ptr("raw"), object(map[string]any{"a": []int{1, 2}})
	}},
	{"base64", messagesDown, "\x00\xff\x01", func(b *model.DeviceMessageRequest) {
		b.Encoding, b.Message = ptr("base64"), object(base64.StdEncoding.EncodeToString([]byte{0, 0xff, 1}))
	}},
	{"product topic", "$oc/devices/" + huaDevice + "/user/cfg", `HelloWorld`, func(b *model.DeviceMessageRequest) {
		b.Topic, b.PayloadFormat = ptr("cfg"), ptr("raw")
	}},
	{"full topic", "plain/topic", `HelloWorld`, func(b *model.DeviceMessageRequest) {
		b.TopicFullName, b.PayloadFormat = ptr("plain/topic"), ptr("raw")
	}},
}

func TestHuaweiMessageComesInItsFormatOnItsTopic(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	d := present(t, w, c, huaDevice, habits{})
	for _, filter := range []string{"$oc/devices/" + huaDevice + "/user/#", "plain/topic"} {
		if got := d.subscribe(filter, 0); got != 0 {
			t.Fatalf("%s: granted %#x", filter, got)
		}
	}
	for _, tc := range messageForms {
		in := message("HelloWorld")
		tc.change(in.Body)
		id := send(t, c, in, "DELIVERED")
		if m := d.next(); m.Topic() != tc.topic || string(m.Payload()) != tc.payload {
			t.Errorf("%s: %s on %s, want %s on %s", tc.name, m.Payload(), m.Topic(), tc.payload, tc.topic)
		}
		if in.Body.MessageId != nil && id != of(in.Body.MessageId) {
			t.Errorf("%s: message_id %s", tc.name, id)
		}
	}
}

func TestHuaweiMessageWaitsForItsDeviceAndIsToldAboutUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	in := message("one")
	in.Body.Name, in.Body.Ttl = ptr("n"), ptr[int32](5)
	in.Body.Properties = &model.PropertiesDto{CorrelationData: ptr("c-1"), ResponseTopic: ptr("r/t"),
		UserProperties: &[]model.UserPropDto{{PropKey: ptr("k"), PropValue: ptr("v")}}}
	one, two := send(t, c, in, "PENDING"), send(t, c, message("two"), "PENDING")
	if _, err := c.DeleteDeviceMessage(&model.DeleteDeviceMessageRequest{DeviceId: huaDevice, MessageId: two}); err != nil {
		t.Fatal(err)
	}
	_, err := c.ShowDeviceMessage(&model.ShowDeviceMessageRequest{DeviceId: huaDevice, MessageId: two})
	refusedHua(t, err, 404, "IOTDA.014000")
	three := send(t, c, message("three"), "PENDING")

	d := present(t, w, c, huaDevice, habits{})
	for _, id := range []string{one, three} {
		if f := fields(t, d.next().Payload()); f["id"] != `"`+id+`"` {
			t.Errorf("came %v, want %s", f, id)
		}
	}
	eventually(t, "the last is DELIVERED", func() bool {
		m, err := c.ShowDeviceMessage(&model.ShowDeviceMessageRequest{DeviceId: huaDevice, MessageId: three})
		return err == nil && of(m.Status) == "DELIVERED" && of(m.FinishedTime) != ""
	})
	list, err := c.ListDeviceMessages(&model.ListDeviceMessagesRequest{DeviceId: huaDevice})
	if err != nil || of(list.DeviceId) != huaDevice || len(*list.Messages) != 2 {
		t.Fatalf("list %v, %v", list, err)
	}
	got := (*list.Messages)[1]
	if of(got.MessageId) != one || of(got.Name) != "n" || of(got.Message) != "one" || of(got.Encoding) != "none" ||
		of(got.PayloadFormat) != "standard" || !reflect.DeepEqual(got.Properties, in.Body.Properties) {
		t.Errorf("the older one: %v", got)
	}
}

func TestHuaweiMessageThatCannotBeDeliveredFailsWithItsReason(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	reason := func(id, code string) {
		m, err := c.ShowDeviceMessage(&model.ShowDeviceMessageRequest{DeviceId: huaDevice, MessageId: id})
		if err != nil || of(m.Status) != "FAILED" || m.ErrorInfo == nil || of(m.ErrorInfo.ErrorCode) != code || of(m.ErrorInfo.ErrorMsg) == "" {
			t.Errorf("%v, %v; want FAILED with %s", m, err, code)
		}
	}
	in := message("x")
	in.Body.Ttl = ptr[int32](0)
	reason(send(t, c, in, "FAILED"), "IOTDA.014016")
	present(t, w, c, huaDevice, habits{})
	in = message("x")
	in.Body.TopicFullName = ptr("not/subscribed")
	reason(send(t, c, in, "FAILED"), "IOTDA.014112")
}

func TestHuaweiOnlyTheLast20MessagesWait(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	for i := range 21 {
		in := message(strconv.Itoa(i))
		in.Body.MessageId, in.Body.PayloadFormat = ptr("m"+strconv.Itoa(i)), ptr("raw")
		send(t, c, in, "PENDING")
	}
	list, err := c.ListDeviceMessages(&model.ListDeviceMessagesRequest{DeviceId: huaDevice})
	if err != nil || len(*list.Messages) != 20 || of((*list.Messages)[19].MessageId) != "m1" {
		t.Fatalf("list %v, %v", list, err)
	}
	d := present(t, w, c, huaDevice, habits{})
	for i := 1; i < 21; i++ {
		if got := string(d.next().Payload()); got != strconv.Itoa(i) {
			t.Fatalf("came %s, want %d", got, i)
		}
	}
}

func TestHuaweiMessageIsRefusedAsTheSDKReadsIt(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {topics: [{product: prod1, suffixes: [a]}]}")
	c := w.iotda(t, owner)
	once := message("x")
	once.Body.MessageId = ptr("once")
	send(t, c, once, "PENDING")
	for name, change := range map[string]func(*model.DeviceMessageRequest){
		"the same message_id":                    func(b *model.DeviceMessageRequest) { b.MessageId = ptr("once") },
		"message_id with a space":                func(b *model.DeviceMessageRequest) { b.MessageId = ptr("a b") },
		"no message":                             func(b *model.DeviceMessageRequest) { b.Message = nil },
		"a topic that the product does not have": func(b *model.DeviceMessageRequest) { b.Topic = ptr("b") },
		"both topics":                            func(b *model.DeviceMessageRequest) { b.Topic, b.TopicFullName = ptr("a"), ptr("b") },
		"ttl 7":                                  func(b *model.DeviceMessageRequest) { b.Ttl = ptr[int32](7) },
		"ttl 1445":                               func(b *model.DeviceMessageRequest) { b.Ttl = ptr[int32](1445) },
		"encoding gzip":                          func(b *model.DeviceMessageRequest) { b.Encoding = ptr("gzip") },
		"base64 that is none":                    func(b *model.DeviceMessageRequest) { b.Encoding = ptr("base64") },
		"payload_format other":                   func(b *model.DeviceMessageRequest) { b.PayloadFormat = ptr("other") },
		"correlation_data, a slash":              func(b *model.DeviceMessageRequest) { b.Properties = &model.PropertiesDto{CorrelationData: ptr("a/b")} },
	} {
		in := message("x!")
		change(in.Body)
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateMessage(in)
			refusedHua(t, err, 400, "IOTDA.000006")
		})
	}
	in := message("x")
	in.Body.Topic = ptr("a")
	send(t, c, in, "PENDING")
	in = message("x")
	in.DeviceId = "nobody"
	_, err := c.CreateMessage(in)
	refusedHua(t, err, 404, "IOTDA.014000")
}
