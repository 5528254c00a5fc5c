package enos_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

func TestADownlinkIsTheContracts(t *testing.T) {
	p := registry(t, "pk1", "dk1", "ds-test")
	a := platform.Address{Product: "pk1", Device: "dk1"}
	m, err := enos.New(enos.DefaultConfig).Down(p.Device(a), nil, platform.Command{Wire: 23369371, Device: a, Service: "setX", Input: []byte(`{"p":10.5}`)})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "down.json", m.Topic+"\n"+string(m.Payload))
	c, err := enos.Codec{}.Decode(m.Topic, m.Payload)
	if err != nil || c.Wire != 23369371 || c.Service != "setX" || string(c.Input) != `{"p":10.5}` {
		t.Errorf("the device reads %+v, %v", c, err)
	}
}

func TestAReplyIsTheContracts(t *testing.T) {
	a := platform.Address{Product: "pk1", Device: "dk1"}
	topic, payload, err := enos.Codec{}.Encode(a, platform.Reply{Wire: 23369371, Service: "setX", OK: true, Data: []byte(`{"ok":1}`), Message: "done"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "reply.json", topic+"\n"+string(payload))
	_, payload, err = enos.Codec{}.Encode(a, platform.Reply{Wire: 7, Service: "setX", Code: 2001, Message: "motor \"A\"\nstuck"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "reply_failed.json", string(payload))
	if _, _, err := (enos.Codec{}).Encode(a, platform.Reply{Wire: 7, Service: "setX", Code: 200}); err == nil {
		t.Error("a failure with the code of success is encoded")
	}
}

func TestAReplyIsReadAsTheSDKsWriteIt(t *testing.T) {
	const topic = "/sys/pk1/dk1/thing/service/setX_reply"
	for payload, want := range map[string]platform.Reply{
		`{"id":"7","code":200,"data":{"ok":1},"message":"done"}`: {Wire: 7, OK: true, Code: 200, Data: []byte(`{"ok":1}`), Message: "done"},
		`{"id":7,"code":"200"}`:                                  {Wire: 7, OK: true, Code: 200},
		`{"id":"7","code":"1102","message":"h\u00e4ngt"}`:        {Wire: 7, Code: 1102, Message: "hängt"},
		`{"id":"7","code":0}`:                                    {Wire: 7},
		`{"id":"7","code":-1,"data":null,"message":null}`:        {Wire: 7, Code: -1},
		`{"id":"7","code":200,"message":5,"version":"1.0"}`:      {Wire: 7, OK: true, Code: 200},
		`{"id":"18446744073709551615","code":200}`:               {Wire: 1<<64 - 1, OK: true, Code: 200},
		`{"id":"abc","code":200}`:                                {OK: true, Code: 200},
		`{"id":"007","code":200}`:                                {OK: true, Code: 200},
		`{"id":-7,"code":200}`:                                   {OK: true, Code: 200},
		`{"id":"18446744073709551616","code":200}`:               {OK: true, Code: 200},
		` {"code":200 , "id" : "7" , "data" : { "a" : 1.0 } } `:  {Wire: 7, OK: true, Code: 200, Data: []byte(`{ "a" : 1.0 }`)},
	} {
		want.Service = "setX"
		got, err := enos.New(enos.DefaultConfig).Up(nil, topic, []byte(payload))
		if err != nil {
			t.Errorf("%s: %v", payload, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", payload, d)
		}
	}
}

func TestAReplyThatCannotBeReadIsAnError(t *testing.T) {
	for _, payload := range []string{"", "{", "[]", "null", "7", `{"id":"7"}`, `{"code":200}`, `{"id":null,"code":200}`, `{"id":"","code":200}`,
		`{"id":{},"code":200}`, `{"id":"7","code":"ok"}`, `{"id":"7","code":200.5}`, `{"id":"7","code":true}`, `{"id":"7","code":99999999999999999999}`, `{"id":"7","code":200}x`} {
		got, err := enos.New(enos.DefaultConfig).Up(nil, "/sys/pk1/dk1/thing/service/setX_reply", []byte(payload))
		if err == nil || errors.Is(err, platform.ErrNotReply) {
			t.Errorf("%q: %+v, %v, want another error", payload, got, err)
		}
	}
}

func TestWhatIsNoReplyIsSaidToBeNone(t *testing.T) {
	for _, topic := range []string{"", "/", "/sys/pk1/dk1/thing/service/setX", "/sys/pk1/dk1/thing/measurepoint/post", "/sys/pk1/dk1/thing/service/_reply",
		"/sys/pk1/dk1/thing/service/a/b_reply", "/sys/pk1/dk1/thing/model/down_raw_reply", "/ext/session/pk1/dk1/thing/activate/info_reply"} {
		if _, err := enos.New(enos.DefaultConfig).Up(nil, topic, []byte(`{"id":"7","code":200}`)); !errors.Is(err, platform.ErrNotReply) {
			t.Errorf("%s: %v, want %v", topic, err, platform.ErrNotReply)
		}
	}
}

func TestAReplyOnAnotherServicesTopicChangesNothing(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := w.Go(w.Command(0))
		m := d.Next()
		d.Reply(platform.Reply{Wire: m.Wire, Service: "other", OK: true})
		d.Reply(platform.Reply{Wire: m.Wire, Service: "measurepoint/set", OK: true})
		w.Expect(2, platform.Unknown)
		w.Expect(0, platform.Matched)
		d.Answer(m)
		w.Want(<-call, nil)
	})
}

func TestADeviceThatSubscribesGetsOneCopy(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.Subscribe("/sys/pk1/dk0/thing/service/+")
		d.Subscribe("/sys/pk1/dk0/#")
		call := w.Go(w.Command(0))
		m := d.Next()
		d.Answer(m)
		w.Want(<-call, nil)
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d more messages came: copies, or its own answer", n)
		}
	})
}
