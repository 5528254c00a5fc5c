package alibaba_test

import (
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/broker"
)

var dev1 = platform.Address{Product: "a1pk", Device: "dev1"}

func TestACommandComesBackFromEveryTopic(t *testing.T) {
	p, d := town(t, alibaba.DefaultConfig)
	for _, c := range []struct {
		name         string
		mode         platform.Mode
		ext          int
		down, answer string
	}{
		{"async", platform.Cached, 0, "/sys/a1pk/dev1/thing/service/m:s", "/sys/a1pk/dev1/thing/service/m:s_reply"},
		{"async, ext", platform.Cached, 3, "/sys/a1pk/dev1/thing/service/m:s", "/sys/a1pk/dev1/thing/service/m:s_reply"},
		{"sync", platform.Instant, 0, "/sys/a1pk/dev1/rrpc/request/7", "/sys/a1pk/dev1/rrpc/response/7"},
		{"sync, ext", platform.Instant, 3, "/ext/rrpc/7/sys/a1pk/dev1/thing/service/m:s", "/ext/rrpc/7/sys/a1pk/dev1/thing/service/m:s"},
	} {
		cmd := platform.Command{ID: 7, Wire: platform.WireStride + 5, Device: dev1, Service: "m:s", Input: []byte(`{"p":10.0}`), Mode: c.mode}
		m, err := d.Down(p.Device(dev1), &broker.Session{Note: c.ext}, cmd)
		if err != nil || m.Topic != c.down {
			t.Errorf("%s: down on %s, error %v; want %s", c.name, m.Topic, err, c.down)
		}
		got, err := alibaba.Codec{}.Decode(m.Topic, m.Payload)
		if err != nil || got.Wire != 5 || got.Service != "m:s" || string(got.Input) != `{"p":10.0}` || (c.mode == platform.Instant) != (got.ID == 7) {
			t.Errorf("%s: decoded as %+v, error %v", c.name, got, err)
		}
		for _, wire := range []platform.Wire{5, platform.WireStride + 5} { // with and without the device's number
			r := platform.ReplyTo(got)
			r.Wire, r.OK, r.Data, r.Message = wire, true, []byte(`{"y":7}`), "m"
			topic, payload, err := alibaba.Codec{}.Encode(dev1, r)
			if err != nil || topic != c.answer {
				t.Errorf("%s: up on %s, error %v; want %s", c.name, topic, err, c.answer)
			}
			r.Extra = nil
			if topic, _, _ := (alibaba.Codec{Ext: c.ext != 0}).Encode(dev1, r); topic != c.answer {
				t.Errorf("%s: without Extra up on %s, want %s", c.name, topic, c.answer)
			}
			back, err := d.Up(p.Device(dev1), topic, payload)
			if err != nil || !back.OK || string(back.Data) != `{"y":7}` || back.Message != "m" || back.Wire != cmd.Wire && back.ID != cmd.ID {
				t.Errorf("%s: read as %+v, error %v", c.name, back, err)
			}
		}
	}
}

func TestADevicesErrorKeepsItsCode(t *testing.T) {
	_, d := town(t, alibaba.DefaultConfig)
	r := platform.Reply{ID: 7, Code: 460, Message: "parameter error"}
	topic, payload, err := alibaba.Codec{}.Encode(dev1, r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Up(nil, topic, payload); err != nil || got.OK || got.Code != 460 || got.Message != "parameter error" {
		t.Errorf("%s: read as %+v, error %v", payload, got, err)
	}
	if _, _, err := (alibaba.Codec{}).Encode(dev1, platform.Reply{Code: 200}); err == nil {
		t.Error("a failure with the code of success is encoded")
	}
}

func TestOtherMessagesAreNoReplies(t *testing.T) {
	p, d := town(t, alibaba.DefaultConfig)
	for _, topic := range []string{"/sys/a1pk/dev1/thing/event/property/post", "/sys/a1pk/dev1/thing/service/s", "/sys/a1pk/dev1/thing/service/_reply",
		"/sys/a1pk/dev1/rrpc/request/7", "/sys/a1pk/dev1/thing/service/property/set_reply", "/sys/a1pk/dev1/thing/model/down_raw_reply", "/ext/rrpc/7", "/a1pk/dev1/user/x", "", "/sys/", "/sys/a1pk/dev1"} {
		if r, err := d.Up(p.Device(dev1), topic, []byte(`{"id":"1","code":200}`)); err != platform.ErrNotReply {
			t.Errorf("%s: %+v, error %v; want %v", topic, r, err, platform.ErrNotReply)
		}
	}
}

func TestAnIDThatThePlatformDidNotWriteIsNobodys(t *testing.T) {
	p, d := town(t, alibaba.DefaultConfig)
	for _, id := range []string{`"0"`, `"01"`, `"x"`, `"-1"`, `1.0`, `"2147483649"`, `"4294967296"`, `"16777216"`, `[1]`} {
		r, err := d.Up(p.Device(dev1), "/sys/a1pk/dev1/thing/service/s_reply", []byte(`{"id":`+id+`,"code":200}`))
		if r.Wire != 0 || r.ID != 0 {
			t.Errorf("id %s: %+v, error %v; want no command", id, r, err)
		}
	}
	for _, id := range []string{"undefined", "0", "07", "9223372036854775808", "-1"} {
		r, err := d.Up(p.Device(dev1), "/sys/a1pk/dev1/rrpc/response/"+id, []byte(`{"id":"1","code":200}`))
		if err != nil || r.Wire != 0 || r.ID != 0 {
			t.Errorf("message id %s: %+v, error %v; want no command", id, r, err)
		}
	}
}

func TestMessagesThatAreNoCommandsAreNotDecoded(t *testing.T) {
	for topic, payload := range map[string]string{
		"/sys/a1pk/dev1/thing/service/s_reply":           `{"id":"1","params":{}}`,
		"/sys/a1pk/dev1/thing/service/s":                 `{"id":"1"}`,
		"/sys/a1pk/dev2/thing/service/s":                 `{"params":{}}`,
		"/sys/a1pk/dev1/rrpc/response/7":                 `{"id":"1","params":{}}`,
		"/sys/a1pk/dev1/rrpc/request/x":                  `{"id":"1","params":{}}`,
		"/sys/a1pk/dev1/thing/event/property/post_reply": `{"id":"1","params":{}}`,
		"/sys/a1pk/dev1/thing/service/property/set":      `{"id":"1","params":{}}`,
	} {
		if c, err := (alibaba.Codec{}).Decode(topic, []byte(payload)); err == nil {
			t.Errorf("%s %s: decoded as %+v", topic, payload, c)
		}
	}
}
