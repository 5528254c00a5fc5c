package dialecttest

import "fleetdrill/platform"

func badCredentials(w *World) {
	for _, c := range []struct {
		what   string
		a      platform.Address
		secret string
		want   byte
	}{
		{"a wrong secret", Address(0), "ds-other", w.refused().Secret},
		{"no secret", Address(0), "", w.refused().Secret},
		{"an unknown device", platform.Address{Product: Product, Device: "nobody"}, "ds-test", w.refused().Device},
		{"an unknown product", platform.Address{Product: "nothing", Device: "dk0"}, "ds-test", w.refused().Product},
	} {
		if _, code := w.TryConnect(c.a, c.secret); code != c.want {
			w.T.Errorf("%s: CONNACK %d, want %d", c.what, code, c.want)
		}
	}
	w.Expect(0, platform.WentOnline)
	if w.Platform.Device(Address(Fresh)).Status().Activated {
		w.T.Error("a refused connection has activated the device")
	}
}

func (w *World) refused() Refused {
	if w.Harness.Refused == (Refused{}) {
		return DefaultRefused
	}
	return w.Harness.Refused
}

func disabled(w *World) {
	want := w.refused().Disabled
	if _, code := w.TryConnect(platform.Address{Product: Product, Device: Disabled}, "ds-test"); code != want {
		w.T.Errorf("CONNACK %d, want %d", code, want)
	}
}

// success is the topic and the payload of an answer by device i, with no output.
func (w *World) success(i int, m Message) (topic string, payload []byte) {
	w.T.Helper()
	r := platform.ReplyTo(m.Command)
	r.OK = true
	topic, payload, err := w.Harness.Codec.Encode(Address(i), r)
	if err != nil {
		w.T.Fatal(err)
	}
	return topic, payload
}

func foreignTopic(w *World) {
	d, thief := w.Connect(0), w.Connect(1)
	call := w.Go(w.Command(0))
	m := d.Next()
	topic, payload := w.success(0, m)
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
	r := platform.ReplyTo(m.Command)
	r.OK, r.Data = true, []byte(`{"stolen":true}`)
	thief.Reply(r)
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
	topic, payload := w.success(0, m)
	for _, bad := range append([]string{string(payload[:len(payload)-1])}, w.Harness.Garbage...) {
		d.Publish(topic, []byte(bad))
	}
	w.Expect(1+len(w.Harness.Garbage), platform.Garbled)
	if d.Lost() {
		w.T.Fatal("the device lost its connection over a message that cannot be read")
	}
	d.Answer(m)
	w.Want(<-call, nil)
}

func malformed(w *World) {
	w.Connect(0)
	for _, body := range w.Harness.Bad {
		if code := w.Harness.Raw(w, []byte(body)); code != w.Harness.Malformed {
			w.T.Errorf("body %.20q: code %s, want %s", body, code, w.Harness.Malformed)
		}
	}
	w.Expect(0, platform.Accepted)
}

func tooLong(w *World) {
	d := w.Connect(0)
	fits := make(chan string, 1)
	go func() { fits <- w.Harness.Raw(w, w.Harness.Body(w.Harness.MaxBody)) }()
	m := d.Next()
	topic, payload := w.success(0, m)
	d.Publish(topic, payload)
	if code := <-fits; code != w.Harness.Codes[nil] {
		w.T.Errorf("a body of %d bytes: code %s, want success", w.Harness.MaxBody, code)
	}
	if code := w.Harness.Raw(w, w.Harness.Body(w.Harness.MaxBody+1)); code != w.Harness.TooLong {
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
