package dialecttest

import (
	"bytes"
	"strings"

	"fleetdrill/platform"
)

func badCredentials(w *World) {
	for _, c := range []struct {
		what   string
		a      platform.Address
		secret string
	}{
		{"a wrong secret", Address(0), "ds-other"},
		{"no secret", Address(0), ""},
		{"an unknown device", platform.Address{Product: Product, Device: "nobody"}, "ds-test"},
		{"an unknown product", platform.Address{Product: "nothing", Device: "dk0"}, "ds-test"},
	} {
		if _, code := w.TryConnect(c.a, c.secret); code != 4 {
			w.T.Errorf("%s: CONNACK %d, want 4, bad user name or password", c.what, code)
		}
	}
	w.Expect(0, platform.WentOnline)
	if w.Platform.Device(Address(Fresh)).Status().Activated {
		w.T.Error("a refused connection has activated the device")
	}
}

func disabled(w *World) {
	if _, code := w.TryConnect(platform.Address{Product: Product, Device: Disabled}, "ds-test"); code != 5 {
		w.T.Errorf("CONNACK %d, want 5, not authorized", code)
	}
}

func foreignTopic(w *World) {
	d, thief := w.Connect(0), w.Connect(1)
	call := w.Go(w.Command(0))
	m := d.Next()
	topic, payload, err := w.Harness.Codec.Encode(Address(0), platform.Reply{Wire: m.Wire, Service: m.Service, OK: true})
	if err != nil {
		w.T.Fatal(err)
	}
	thief.Publish(topic, payload)
	w.Want(<-call, platform.ErrUnanswered)
	w.Expect(0, platform.Matched)
	w.Expect(0, platform.Foreign) // the broker has let nothing through
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("%d messages reached the other device", n)
	}
}

func foreignReply(w *World) {
	d, thief := w.Connect(0), w.Connect(1)
	call := w.Go(w.Command(0))
	m := d.Next()
	thief.Reply(platform.Reply{Wire: m.Wire, Service: m.Service, OK: true, Data: []byte(`{"stolen":true}`)})
	w.Expect(1, platform.Foreign)
	d.Answer(m)
	if got := <-call; string(got.Data) != string(OutputFor(m)) {
		w.T.Errorf("caller got %s, want %s", got.Data, OutputFor(m))
	}
}

func garbled(w *World) {
	d := w.Connect(0)
	call := w.Go(w.Command(0))
	m := d.Next()
	topic, payload, err := w.Harness.Codec.Encode(Address(0), platform.Reply{Wire: m.Wire, Service: m.Service, OK: true})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, bad := range [][]byte{nil, []byte("{"), []byte("[1]"), []byte("{}"), payload[:len(payload)-1]} {
		d.Publish(topic, bad)
	}
	w.Expect(5, platform.Garbled)
	if d.Lost() {
		w.T.Fatal("the device lost its connection over a message that cannot be read")
	}
	d.Answer(m)
	w.Want(<-call, nil)
}

func malformed(w *World) {
	w.Connect(0)
	for _, body := range []string{"", "{", "[]", `{"inputData":1}`, `{"inputData":{}} {}`, strings.Repeat("[", 20_000), "\xff\xfe"} {
		if code := w.Harness.Raw(w, []byte(body)); code != w.Harness.Malformed {
			w.T.Errorf("body %.20q: code %s, want %s", body, code, w.Harness.Malformed)
		}
	}
	w.Expect(0, platform.Accepted)
}

func tooLong(w *World) {
	d := w.Connect(0)
	text := func(n int) []byte {
		frame := `{"inputData":{"a":""}}`
		return bytes.Replace([]byte(frame), []byte(`""`), []byte(`"`+strings.Repeat("x", n-len(frame))+`"`), 1)
	}
	fits := make(chan string, 1)
	go func() { fits <- w.Harness.Raw(w, text(w.Harness.MaxBody)) }()
	m := d.Next()
	d.Reply(platform.Reply{Wire: m.Wire, Service: m.Service, OK: true})
	if code := <-fits; code != w.Harness.Codes[nil] {
		w.T.Errorf("a body of %d bytes: code %s, want success", w.Harness.MaxBody, code)
	}
	if code := w.Harness.Raw(w, text(w.Harness.MaxBody+1)); code != w.Harness.TooLong {
		w.T.Errorf("a body of %d bytes: code %s, want %s", w.Harness.MaxBody+1, code, w.Harness.TooLong)
	}
}

func unknownDevice(w *World) {
	c := w.Command(0)
	c.Device.Device = "nobody"
	w.Want(w.Call(c), platform.ErrUnknownDevice)
	c = w.Command(0)
	c.Device.Product = "nothing"
	w.Want(w.Call(c), platform.ErrUnknownDevice)
}
