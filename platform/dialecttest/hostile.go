package dialecttest

import (
	"context"
	"strings"

	"fleetdrill/platform"
)

func badCredentials(w *World) {
	open := platform.Address{Product: Product, Device: "dk-open"} // whoever knows that it has no secret is still nobody
	if _, err := w.Platform.AddDevice(platform.Registration{Address: open, Activated: true}); err != nil {
		w.T.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		a      platform.Address
		secret string
		want   byte
	}{
		{"a wrong secret", Address(0), "ds-other", w.refused().Secret},
		{"no secret", Address(0), "", w.refused().Secret},
		{"no secret of a device that has none", open, "", w.refused().Secret},
		{"an unknown device", platform.Address{Product: Product, Device: "nobody"}, "ds-test", w.refused().Device},
		{"an unknown product", platform.Address{Product: "nothing", Device: "dk0"}, "ds-test", w.refused().Product},
	} {
		if _, code := w.TryConnect(c.a, c.secret); code != c.want {
			w.T.Errorf("%s: CONNACK %d, want %d", c.what, code, c.want)
		}
	}
	w.Expect(0, platform.WentOnline)
	if n := w.Platform.Traffic().Refused; n != 5 {
		w.T.Errorf("%d connections are counted as refused, want 5", n)
	}
	if w.Platform.Device(Address(Fresh)).Status().Activated {
		w.T.Error("a refused connection has activated the device")
	}
}

func deniedCall(w *World) {
	d, good := w.Connect(0), w.Account
	w.Platform.AddAccount(platform.Account{Key: "ak-open", Orgs: good.Orgs})
	for _, c := range []struct {
		key, secret string
		want        string
	}{{good.Key, "as-other", w.Harness.Denied[0]}, {"ak-nobody", good.Secret, w.Harness.Denied[1]}, {"ak-open", "", w.Harness.Denied[0]}} {
		w.Account = platform.Account{Key: c.key, Secret: c.secret, Orgs: good.Orgs}
		stranger := w.Harness.Caller(w)
		w.Account = good
		out, err := stranger.Call(context.Background(), w.Command(0))
		told := out.Code
		if err != nil { // where it could not even get as far as the call
			told = err.Error()
		}
		if !strings.Contains(told, c.want) || out.Kind == platform.OK {
			w.T.Errorf("key %s, secret %q: %+v, error %v, want code %s", c.key, c.secret, out, err, c.want)
		}
	}
	w.Expect(0, platform.Accepted)
	if n := w.Platform.DeniedCalls(); n != 3 || d.Waiting() != 0 {
		w.T.Errorf("%d calls are counted as denied and %d messages came, want 3 and none", n, d.Waiting())
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
	if n := w.Platform.Traffic().DeniedPublishes; n != 1 {
		w.T.Errorf("%d messages are counted as denied, want 1", n)
	}
	if n := d.Waiting(); n != 0 {
		w.T.Errorf("%d messages reached the other device", n)
	}
}

func foreignFilter(w *World) {
	d, thief := w.Connect(0), w.Connect(1)
	first := w.Go(w.Command(0))
	m := d.Next()
	d.Answer(m)
	<-first
	levels := strings.Split(m.Topic, "/")
	filters := []string{m.Topic, strings.Join(levels[:len(levels)-1], "/") + "/#"}
	for _, f := range filters {
		thief.Subscribe(f)
	}
	second := w.Go(w.Command(0))
	d.Answer(d.Next())
	<-second
	if n := w.Platform.Traffic().DeniedSubscribes; n != uint64(len(filters)) || thief.Waiting() != 0 {
		w.T.Errorf("%d filters are counted as denied and %d messages came, want %d and none", n, thief.Waiting(), len(filters))
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
