package huawei_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

var update = flag.Bool("update", false, "write the golden files")

var requestID = regexp.MustCompile(`"(request_id|rule_id|action_id)":"[0-9a-f-]{36}"`)

// golden compares with a file of testdata. What is drawn by chance is left out.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = requestID.ReplaceAllString(got, `"$1":"…"`)
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestTheContractsSamplesAreWhatIsSent(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		time.Sleep(time.Until(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)))
		c := post(w, asyncs, `{"service_id":"reboot","command_name":"ON_OFF","paras":{"value":"ON"},"expire_time":600}`)
		golden(t, "async_answer.json", c.Raw)
		m := post(w, messages, `{"name":"messageName","message":"HelloWorld"}`)
		golden(t, "message_answer.json", m.Raw)
		time.Sleep(2120 * time.Millisecond)
		d := w.Connect(0)
		down := d.Next()
		golden(t, "command_down.json", down.Topic+"\n"+string(down.Payload))
		letter := d.Next()
		golden(t, "message_down.json", letter.Topic+"\n"+string(letter.Payload))
		r := platform.ReplyTo(down.Command)
		r.OK, r.Data = true, []byte(`{"result":"success"}`)
		topic, payload, err := w.Harness.Codec.Encode(d.Address, r)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "command_response.json", topic+"\n"+string(payload))
		d.Publish(topic, payload)
		golden(t, "async_show.json", show(w, c).Raw)
		golden(t, "async_history.json", get(w, asyncs+"-history").Raw)
		golden(t, "message_row.json", rowOf(w, m).Raw)
		golden(t, "device.json", get(w, "devices/pk1_dk0").Raw)
		for _, p := range a.pushes() {
			golden(t, "push_"+strings.ToLower(p.path[1:]+"_"+p.Notify.Body["status"].(string))+".json", p.raw)
		}
	})
}

func TestACommandIDIsAUUIDThatHoldsTheNumber(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	rapid.Check(t, func(t *rapid.T) {
		id := platform.ID(rapid.Uint64Range(1, 1<<62-1).Draw(t, "id"))
		topic, _, err := huawei.Codec{}.Encode(platform.Address{Product: "p", Device: "n"}, platform.Reply{ID: id, OK: true})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimPrefix(topic, "$oc/devices/p_n/sys/commands/response/request_id=")
		if !form.MatchString(text) {
			t.Fatalf("%d is %q, which is no UUID", id, text)
		}
		c, err := huawei.Codec{}.Decode("$oc/devices/p_n/sys/commands/request_id="+text, []byte(`{"paras":{}}`))
		if err != nil || c.ID != id {
			t.Fatalf("%s is read as %d, want %d: %v", text, c.ID, id, err)
		}
		i := rapid.IntRange(0, 35).Draw(t, "digit")
		if spoilt := text[:i] + "f" + text[i+1:]; spoilt != text {
			if c, err := (huawei.Codec{}).Decode("$oc/devices/p_n/sys/commands/request_id="+spoilt, []byte(`{"paras":{}}`)); err == nil {
				t.Fatalf("%s is read as %d", spoilt, c.ID)
			}
		}
	})
}

func TestACodecAnswersWithItsOwnCodesOnly(t *testing.T) {
	a := platform.Address{Product: "p", Device: "n"}
	if _, _, err := (huawei.Codec{}).Encode(a, platform.Reply{ID: 1}); err == nil {
		t.Error("a failure with the code of success is encoded")
	}
	_, payload, err := huawei.Codec{}.Encode(a, platform.Reply{ID: 1, Code: -7, Message: "motor \"A\"\nstuck"})
	if want := `{"result_code":-7,"response_name":"motor \"A\"\nstuck"}`; err != nil || string(payload) != want {
		t.Errorf("%s, %v, want %s", payload, err, want)
	}
}

func TestACodecReadsCommandsAndMessages(t *testing.T) {
	const request = "$oc/devices/p_n/sys/commands/request_id=b550fc21-d895-4107-9cd9-1d165a240006"
	const down = "$oc/devices/p_n/sys/messages/down"
	for _, c := range []struct {
		topic, payload string
		want           platform.Command
	}{
		{request, `{"service_id":"s","command_name":"c","paras":{"a":1.0}}`, platform.Command{ID: 2078724684846989318, Service: "s:c", Input: []byte(`{"a":1.0}`)}},
		{request, `{"object_device_id":"p_n","command_name":"c","paras":{}}`, platform.Command{ID: 2078724684846989318, Service: "c", Input: []byte(`{}`)}},
		{down, `{"name":"n","id":"m1","content":"{\"a\":1}"}`, platform.Command{OneWay: true, Service: "n", Input: []byte(`{"a":1}`)}},
		{down, `{"id":"b550fc21-d895-4107-9cd9-1d165a240006","content":"text"}`, platform.Command{ID: 2078724684846989318, OneWay: true, Input: []byte(`"text"`)}},
		{down, "\x00\x01", platform.Command{OneWay: true, Input: []byte(`"\u0000\u0001"`)}},
		{down, `{"a":1}`, platform.Command{OneWay: true, Input: []byte(`{"a":1}`)}},
		{"$oc/devices/p_n/user/a", `x`, platform.Command{OneWay: true, Input: []byte(`"x"`)}},
		{"/any/topic", `{"id":"1","content":"2"}`, platform.Command{OneWay: true, Input: []byte(`2`)}},
	} {
		got, err := huawei.Codec{}.Decode(c.topic, []byte(c.payload))
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s %s: %v (-want +got)\n%s", c.topic, c.payload, err, d)
		}
	}
	for topic, payload := range map[string]string{request: `{`, request + "0": `{}`, "$oc/devices/p_n/sys/commands/request_id=": `{}`,
		"$oc/devices/p_n/sys/events/down": `{}`, "$oc/devices/p_n/sys/commands/response/request_id=1": `{}`} {
		if c, err := (huawei.Codec{}).Decode(topic, []byte(payload)); err == nil {
			t.Errorf("%s %s is read as %+v", topic, payload, c)
		}
	}
}

func TestAResponseIsReadAsTheSDKsWriteIt(t *testing.T) {
	p := registry(t, "s", "")
	dev := p.Device(platform.Address{Product: "p", Device: "n"})
	const topic = "$oc/devices/p_n/sys/commands/response/request_id=b550fc21-d895-4107-9cd9-1d165a240006"
	for payload, want := range map[string]platform.Reply{
		`{"result_code":0,"response_name":"C","paras":{"a":1}}`: {OK: true, Message: "C", Data: []byte(`{"a":1}`)},
		`{"result_code":0,"response_name":"","paras":null}`:     {OK: true},
		`{}`:                    {OK: true},
		`null`:                  {OK: true},
		``:                      {OK: true},
		`text`:                  {OK: true},
		`[1]`:                   {OK: true},
		`{"result_code":null}`:  {OK: true},
		`{"result_code":"0"}`:   {OK: true},
		`{"result_code":1}`:     {Code: 1},
		`{"result_code":-1}`:    {Code: -1},
		`{"result_code":"abc"}`: {Code: -1},
		`{"result_code":1.5}`:   {Code: -1},
		`{"result_code":{}}`:    {Code: -1},
		`{"result_code":3,"response_name":5,"paras":"x"}`: {Code: 3, Data: []byte(`"x"`)},
	} {
		want.ID, want.Raw = 2078724684846989318, []byte(payload)
		got, err := huawei.New(huawei.Config{}).Up(dev, topic, []byte(payload))
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", payload, err, d)
		}
	}
}

func TestWhatIsNoResponseIsSaidToBeNone(t *testing.T) {
	p := registry(t, "s", "")
	dev := p.Device(platform.Address{Product: "p", Device: "n"})
	d := huawei.New(huawei.Config{})
	for _, topic := range []string{"", "/any", "$oc/devices/p_n/sys/commands/request_id=1", "$oc/devices/p_n/sys/messages/up",
		"$oc/devices/p_n/sys/properties/report", "$oc/devices/p_n/sys/events/up", "x/sys/commands/response/request_id=1"} {
		if _, err := d.Up(dev, topic, []byte(`{}`)); !errors.Is(err, platform.ErrNotReply) {
			t.Errorf("%s: %v, want %v", topic, err, platform.ErrNotReply)
		}
	}
	if _, err := d.Up(dev, "$oc/devices/p_n/sys/commands/response/request_id=", []byte(`{}`)); err == nil || errors.Is(err, platform.ErrNotReply) {
		t.Errorf("a response without request_id: %v, want another error", err)
	}
}

func TestAResponseToNobodysCommandChangesNothing(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, commands, `{"paras":{}}`)
		m := d.Next()
		for _, id := range []string{"1", "7f4a3a0e-0a6b-4c0e-9a43-2d4b8c1f6e11", strings.Repeat("x", 36)} {
			d.Publish("$oc/devices/pk1_dk0/sys/commands/response/request_id="+id, []byte(`{}`))
		}
		d.Publish("$oc/devices/pk1_dk0/sys/commands/response/request_id=", []byte(`{}`))
		synctest.Wait()
		w.Expect(3, platform.Unknown)
		w.Expect(1, platform.Garbled)
		d.Answer(m)
		want(w, "the right one", <-call, 200, "")
	})
}
