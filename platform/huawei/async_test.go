package huawei_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
)

const asyncs = "devices/pk1_dk0/async-commands"

// times are a command's four.
func times(a answer) string {
	return fmt.Sprintf("%s c=%s s=%s d=%s r=%s", a.text("status"), a.text("created_time"), a.text("sent_time"), a.text("delivered_time"), a.text("response_time"))
}

func show(w *dialecttest.World, created answer) answer {
	w.T.Helper()
	synctest.Wait() // timers of this instant have fired
	a := get(w, asyncs+"/"+created.text("command_id"))
	if a.Status != 200 {
		w.T.Fatalf("show %s: %d %s", created.text("command_id"), a.Status, a.Raw)
	}
	return a
}

func wantTimes(w *dialecttest.World, created answer, want string) {
	w.T.Helper()
	if got := times(show(w, created)); got != want {
		w.T.Errorf("command is %s, want %s", got, want)
	}
}

func delayed(w *dialecttest.World, more string) answer {
	w.T.Helper()
	a := post(w, asyncs, `{"service_id":"reboot","command_name":"ON_OFF","paras":{"value":"ON"}`+more+`}`)
	if a.Status != 200 {
		w.T.Fatalf("async: %d %s", a.Status, a.Raw)
	}
	return a
}

func TestADelayedCommandGoesThroughItsStates(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		c := delayed(w, `,"expire_time":600,"send_strategy":"delay"`)
		if want := `{"device_id":"pk1_dk0","command_id":"` + c.text("command_id") + `","service_id":"reboot","command_name":"ON_OFF","paras":{"value":"ON"},"expire_time":600,"status":"PENDING","created_time":"20000101T000000Z","send_strategy":"delay"}`; c.Raw != want {
			t.Errorf("answer is %s, want %s", c.Raw, want)
		}
		wantTimes(w, c, "PENDING c=20000101T000000Z s= d= r=")
		time.Sleep(time.Minute)
		d := w.Connect(0)
		d.SubscribeAt("$oc/devices/pk1_dk0/sys/commands/#", 1)
		m := d.Next()
		wantTimes(w, c, "DELIVERED c=20000101T000000Z s=20000101T000100Z d=20000101T000100Z r=") // QoS 0 before it subscribed
		time.Sleep(time.Minute)
		d.Publish(strings.Replace(m.Topic, "/request_id", "/response/request_id", 1), []byte(`{"result_code":0,"paras":{"r":[1.0]}}`))
		wantTimes(w, c, "SUCCESSFUL c=20000101T000000Z s=20000101T000100Z d=20000101T000100Z r=20000101T000200Z")
		if a := show(w, c); !strings.Contains(a.Raw, `"result":{"result_code":0,"paras":{"r":[1.0]}}`) || !strings.Contains(a.Raw, `"paras":{"value":"ON"}`) {
			t.Error(a.Raw)
		}
	})
}

func TestADelayedCommandHasBeenPendingForADeviceThatIsThere(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		if c := delayed(w, ""); c.text("status") != "PENDING" || strings.Contains(c.Raw, "sent_time") {
			t.Error(c.Raw)
		}
		d.Next()
	})
}

func TestAnAcknowledgementAtQoS1IsTheDelivery(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.SubscribeAt("$oc/devices/pk1_dk0/sys/commands/#", 1)
		d.Hold()
		c := delayed(w, "")
		m := d.Next()
		time.Sleep(time.Second)
		wantTimes(w, c, "SENT c=20000101T000000Z s=20000101T000000Z d= r=")
		d.Ack(m)
		wantTimes(w, c, "DELIVERED c=20000101T000000Z s=20000101T000000Z d=20000101T000001Z r=")
		d.Reply(func() platform.Reply { r := platform.ReplyTo(m.Command); r.Code = 5; return r }())
		wantTimes(w, c, "FAILED c=20000101T000000Z s=20000101T000000Z d=20000101T000001Z r=20000101T000001Z")

		c = delayed(w, "")
		m = d.Next()
		d.Answer(m) // before the acknowledgement
		wantTimes(w, c, "SUCCESSFUL c=20000101T000001Z s=20000101T000001Z d=20000101T000001Z r=20000101T000001Z")
	})
}

func TestACommandThatIsNotAcknowledgedIsSentThreeTimesAndTimesOut(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		d.SubscribeAt("$oc/devices/pk1_dk0/sys/commands/#", 1)
		d.Hold()
		c := delayed(w, "")
		for i := range 3 {
			time.Sleep(time.Nanosecond) // an acknowledgement in the instant of a timer is in time
			if m := d.Next(); m.Dup != (i > 0) {
				t.Errorf("sending %d has Dup %v", i+1, m.Dup)
			}
			if n := d.Waiting(); n != 0 {
				t.Errorf("after sending %d: %d more", i+1, n)
			}
			time.Sleep(2 * time.Second)
		}
		if n := d.Waiting(); n != 0 {
			t.Errorf("%d more than three sendings", n)
		}
		time.Sleep(174*time.Second - 3*time.Nanosecond)
		wantTimes(w, c, "SENT c=20000101T000000Z s=20000101T000000Z d= r=")
		time.Sleep(time.Second)
		wantTimes(w, c, "TIMEOUT c=20000101T000000Z s=20000101T000000Z d= r=")
	})
}

func TestACommandThatIsNotAnsweredTimesOutOrStaysDelivered(t *testing.T) {
	for keep, want := range map[bool]string{false: "TIMEOUT", true: "DELIVERED"} {
		cfg := testConfig()
		cfg.KeepDelivered = keep
		inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
			w.Connect(0)
			first, second := delayed(w, ""), delayed(w, "")
			time.Sleep(180 * time.Second)
			wantTimes(w, first, "DELIVERED c=20000101T000000Z s=20000101T000000Z d=20000101T000000Z r=")
			wantTimes(w, second, "PENDING c=20000101T000000Z s= d= r=") // one after another
			time.Sleep(time.Nanosecond)
			wantTimes(w, first, want+" c=20000101T000000Z s=20000101T000000Z d=20000101T000000Z r=")
			wantTimes(w, second, "DELIVERED c=20000101T000000Z s=20000101T000300Z d=20000101T000300Z r=")
			if a := get(w, asyncs+"-history?status="+want); !strings.Contains(a.Raw, first.text("command_id")) {
				t.Errorf("history lacks it: %s", a.Raw)
			}
		})
	}
}

func TestACommandExpiresAtTheEndOfItsLifetime(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a, b, c := delayed(w, ""), delayed(w, `,"expire_time":172800`), delayed(w, `,"expire_time":1,"send_strategy":""`)
		time.Sleep(time.Second - time.Nanosecond)
		wantTimes(w, c, "PENDING c=20000101T000000Z s= d= r=")
		time.Sleep(time.Nanosecond)
		wantTimes(w, c, "EXPIRED c=20000101T000000Z s= d= r=")
		time.Sleep(24*time.Hour - time.Second)
		wantTimes(w, a, "EXPIRED c=20000101T000000Z s= d= r=")
		time.Sleep(24*time.Hour - time.Nanosecond)
		wantTimes(w, b, "PENDING c=20000101T000000Z s= d= r=")
		time.Sleep(time.Nanosecond)
		wantTimes(w, b, "EXPIRED c=20000101T000000Z s= d= r=")
		if n := w.Connect(0).Waiting(); n != 0 {
			t.Errorf("%d expired commands are delivered", n)
		}
	})
}

func TestAnImmediateCommandIsSentOrFails(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		c := delayed(w, `,"send_strategy":"immediately","expire_time":60`)
		if c.text("status") != "FAILED" || c.text("send_strategy") != "immediately" {
			t.Error(c.Raw)
		}
		wantTimes(w, c, "FAILED c=20000101T000000Z s= d= r=")
		d := w.Connect(0)
		delayed(w, "") // open, and not in the way
		c = delayed(w, `,"send_strategy":"immediately"`)
		if c.text("status") != "SENT" || strings.Contains(c.Raw, "expire_time") {
			t.Error(c.Raw)
		}
		d.Next()
		d.Answer(d.Next())
		wantTimes(w, c, "SUCCESSFUL c=20000101T000000Z s=20000101T000000Z d=20000101T000000Z r=20000101T000000Z")
	})
}

func TestIOTDA000006IsForTheTwentyFirstPendingCommand(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for range 20 {
			delayed(w, "")
		}
		a := post(w, asyncs, `{"paras":{}}`)
		want(w, "number 21", a, 400, "IOTDA.000006")
		if !strings.Contains(a.ErrorMsg, "upLimit") {
			t.Error(a.ErrorMsg)
		}
		if a := post(w, asyncs+"-history/count", ""); a.Body["count"] != 0.0 {
			t.Errorf("history counts what was not taken: %s", a.Raw)
		}
	})
}

func TestIOTDA000006IsForAnAsynchronousCommandThatCannotBe(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, body := range []string{`{}`, `{"paras":[]}`, `{"paras":{},"expire_time":172801}`, `{"paras":{},"expire_time":-1}`,
			`{"paras":{},"expire_time":1.5}`, `{"paras":{},"expire_time":"60"}`, `{"paras":{},"send_strategy":"later"}`,
			`{"paras":{"a":"` + strings.Repeat("x", 32<<10) + `"}}`} {
			want(w, body, post(w, asyncs, body), 400, "IOTDA.000006")
		}
		fits := `{"paras":{"a":"` + strings.Repeat("x", 32<<10-8) + `"}}`
		want(w, "paras of 32 K", post(w, asyncs, fits), 200, "")
	})
}

func TestIOTDA014114IsForMQTTDevicesWhereTheCloudsRuleHolds(t *testing.T) {
	cfg := testConfig()
	cfg.RefuseAsync = true
	inWorld(t, harnessOf(cfg, ""), func(w *dialecttest.World) {
		want(w, "async", post(w, asyncs, `{"paras":{}}`), 403, "IOTDA.014114")
		w.Expect(0, platform.Accepted)
	})
}

func TestACallersLaneAndModeSayWhichCallIsMade(t *testing.T) {
	for name, caller := range callers() {
		h := harness()
		h.Caller = caller
		inWorld(t, h, func(w *dialecttest.World) {
			command := func(mode platform.Mode, lane int, oneWay bool) platform.Command {
				c := w.Command(0)
				c.Mode, c.Lane, c.OneWay, c.TTL = mode, lane, oneWay, 7*time.Minute
				return c
			}
			for _, c := range []struct {
				cmd          platform.Command
				away, online string
			}{
				{command(platform.Instant, huawei.LaneSync, false), "offline IOTDA.014016", "timeout IOTDA.014111"},
				{command(platform.Instant, huawei.LaneImmediate, false), "offline FAILED", "ok 200"},
				{command(platform.Cached, huawei.LaneDelay, false), "ok 200", "ok 200"},
				{command(platform.Cached, 0, false), "ok 200", "ok 200"},
				{command(platform.Instant, huawei.LaneMessage, true), "offline FAILED", "ok 201"},
				{command(platform.Cached, 0, true), "ok 201", "ok 201"},
			} {
				got := w.Call(c.cmd)
				if s := got.Kind.String() + " " + got.Code; s != c.away || got.ID == 0 && got.Kind == platform.OK {
					t.Errorf("%s: %+v to an absent device: %+v", name, c.cmd, got)
				}
				d := w.Connect(0)
				if got, s := w.Call(c.cmd), ""; true {
					if s = got.Kind.String() + " " + got.Code; s != c.online {
						t.Errorf("%s: %+v: %+v", name, c.cmd, got)
					}
				}
				d.Drop()
			}
			last := w.Platform.Known(w.Platform.Find(dialecttest.Address(0), nil))
			for _, r := range last {
				if r.OneWay && r.Mode == platform.Cached && r.TTL != 10*time.Minute {
					t.Errorf("%s: a message of 7 minutes lives %v, want 10", name, r.TTL)
				}
			}
		})
	}
}

func callers() map[string]func(*dialecttest.World) dialecttest.Caller {
	return map[string]func(*dialecttest.World) dialecttest.Caller{
		"http": harness().Caller,
		"direct": func(w *dialecttest.World) dialecttest.Caller {
			return huawei.DirectCaller{Service: w.Platform.Service, Config: testConfig()}
		},
	}
}
