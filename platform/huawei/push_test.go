package huawei_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
)

// app is an application that pushes go to.
type app struct {
	mu    sync.Mutex
	say   func(n int, r *http.Request) int // status of the answer to push n, from 0; nil: 200
	got   []pushed
	conns int
}

type pushed struct {
	at        time.Time
	path, raw string
	Resource  string
	Event     string
	EventTime string `json:"event_time"`
	Millis    string `json:"event_time_ms"`
	RequestID string `json:"request_id"`
	Notify    struct {
		Header json.RawMessage
		Body   map[string]any
	} `json:"notify_data"`
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	p := pushed{at: time.Now(), path: r.URL.Path, raw: string(raw)}
	json.Unmarshal(raw, &p)
	if r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
		p.raw = r.Method + " " + r.Header.Get("Content-Type")
	}
	a.mu.Lock()
	n, say := len(a.got), a.say
	a.got = append(a.got, p)
	a.mu.Unlock()
	if say != nil {
		w.WriteHeader(say(n, r))
	}
}

// pushes are those so far, once nothing more can come without time passing.
func (a *app) pushes() []pushed {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.got
}

// states are the pushed ones in order.
func (a *app) states() string {
	var out []string
	for _, p := range a.pushes() {
		out = append(out, fmt.Sprint(p.Notify.Body["status"]))
	}
	return strings.Join(out, " ")
}

func (a *app) answering(say func(n int, r *http.Request) int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.say = say
}

// inPushWorld has an application at http://app, which hears of commands at /push and of messages at /messages.
func inPushWorld(t *testing.T, cfg huawei.Config, run func(*dialecttest.World, *app)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, l := &app{}, pipe.Listen("app")
		cfg.PushDial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != "app:80" {
				return nil, fmt.Errorf("no route to %s", addr)
			}
			return l.Dial(ctx)
		}
		server := &http.Server{Handler: a, ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				a.mu.Lock()
				a.conns++
				a.mu.Unlock()
			}
		}}
		go server.Serve(l)
		t.Cleanup(func() { server.Close() })
		h, d := harnessOf(cfg, ""), huawei.New(cfg)
		h.Dialect = func() platform.Dialect { return d }
		t.Cleanup(func() { d.Close() })
		w := dialecttest.NewWorld(t, h)
		subscribe(w, "device.command.status", "http://app/push")
		subscribe(w, "device.message.status", "http://app/messages")
		run(w, a)
	})
}

// subscribe makes the three calls of the push page, and returns the rule's and the action's paths.
func subscribe(w *dialecttest.World, resource, url string) (rule, action string) {
	w.T.Helper()
	r := post(w, "routing-rule/rules", `{"rule_name":"r","subject":{"resource":"`+resource+`","event":"update"},"app_type":"GLOBAL"}`)
	a := post(w, "routing-rule/actions", `{"rule_id":"`+r.text("rule_id")+`","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"`+url+`"}}}`)
	u := send(w, "PUT", "routing-rule/rules/"+r.text("rule_id"), `{"active":true}`)
	if r.Status != 201 || a.Status != 201 || u.Status != 200 {
		w.T.Fatalf("subscribe: %s %s %s", r.Raw, a.Raw, u.Raw)
	}
	return "routing-rule/rules/" + r.text("rule_id"), "routing-rule/actions/" + a.text("action_id")
}

func TestACommandsStatesArePushed(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		c := delayed(w, "")
		if n := len(a.pushes()); n != 0 {
			t.Errorf("%d pushes of a command that waits", n)
		}
		time.Sleep(1500 * time.Millisecond)
		d := w.Connect(0)
		d.Answer(d.Next())
		if got := a.states(); got != "SENT DELIVERED SUCCESSFUL" {
			t.Fatalf("pushed: %s", got)
		}
		p := a.pushes()[1]
		if want := `{"resource":"device.commmad.status","event":"update","event_time":"20000101T000001Z","event_time_ms":"2000-01-01T00:00:01.500Z","request_id":"` + p.RequestID +
			`","notify_data":{"header":{"app_id":"","device_id":"pk1_dk0","node_id":"dk0","product_id":"pk1","gateway_id":"pk1_dk0","tags":[]},"body":{"command_id":"` + c.text("command_id") +
			`","created_time":"20000101T000000Z","sent_time":"20000101T000001Z","delivered_time":"20000101T000001Z","response_time":"","status":"DELIVERED","result":null}}}`; p.raw != want {
			t.Errorf("push is\n%s, want\n%s", p.raw, want)
		}
		last := a.pushes()[2]
		if !strings.Contains(last.raw, `"response_time":"20000101T000001Z","status":"SUCCESSFUL","result":{"result_code":0,`) || len(p.RequestID) != 36 || last.RequestID == p.RequestID {
			t.Error(last.raw)
		}
	})
}

func TestEveryEndingIsPushedAndWhatTheCallWasToldIsNot(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		delayed(w, `,"expire_time":1`)
		time.Sleep(time.Second)
		synctest.Wait()
		delayed(w, `,"send_strategy":"immediately"`)
		d := w.Connect(0)
		delayed(w, `,"send_strategy":"immediately"`)
		d.Answer(d.Next())
		delayed(w, "")
		d.Next()
		time.Sleep(180*time.Second + time.Nanosecond)
		if got, want := a.states(), "EXPIRED FAILED DELIVERED SUCCESSFUL SENT DELIVERED TIMEOUT"; got != want {
			t.Errorf("pushed: %s, want %s", got, want)
		}
		call := postGo(w, commands, `{"paras":{}}`)
		d.Answer(d.Next())
		<-call
		if n := len(a.pushes()); n != 7 {
			t.Errorf("a synchronous command is pushed")
		}
	})
}

func TestTheSpellingOfThePushIsASetting(t *testing.T) {
	cfg := testConfig()
	cfg.PushSpelling = huawei.SpellingCurrent
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		delayed(w, `,"send_strategy":"immediately"`)
		if p := a.pushes(); len(p) != 1 || p[0].Resource != "device.command.status" {
			t.Errorf("%+v", p)
		}
	})
}

func TestAMessagesStatesArePushed(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		m := post(w, messages, `{"message":"x","name":"n","topic_full_name":"/t"}`)
		post(w, messages, `{"message":"x","ttl":5}`)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		d := w.Connect(0) // not subscribed to /t
		post(w, messages, `{"message":"x"}`)
		d.Next()
		post(w, messages, `{"message":"x","ttl":0,"topic":"a"}`)
		if got, want := a.states(), "PENDING PENDING TIMEOUT FAILED DELIVERED FAILED"; got != want {
			t.Fatalf("pushed: %s, want %s", got, want)
		}
		p := a.pushes()[3]
		if !strings.HasSuffix(p.raw, `"body":{"message_id":"`+m.text("message_id")+`","name":"n","topic":"/t","status":"FAILED","timestamp":"20000101T000500Z","error_info":{"error_code":"IOTDA.014112","error_msg":"Send to device failed, device not subscribe topic."}}}}`) ||
			p.Resource != "device.message.status" || p.Event != "update" || p.path != "/messages" {
			t.Error(p.raw)
		}
	})
}

func TestAMessagesAcknowledgementChangesNothingAndItsLackDoes(t *testing.T) {
	cfg := testConfig()
	cfg.ImplicitQoS = 1
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		d := w.Connect(0)
		post(w, messages, `{"message":"x","ttl":5}`)
		d.Next()
		time.Sleep(time.Hour)
		if got := a.states(); got != "DELIVERED" {
			t.Errorf("acknowledged: %s", got)
		}
		d.Hold()
		post(w, messages, `{"message":"x","ttl":5}`)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		d.Drop()
		w.Connect(0)
		if got := a.states(); got != "DELIVERED DELIVERED TIMEOUT" {
			t.Errorf("not acknowledged: %s", got)
		}
	})
}

func TestAReplacedMessageIsNotPushed(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		for range 22 {
			post(w, messages, `{"message":"x"}`)
		}
		if got, want := a.states(), strings.TrimSpace(strings.Repeat("PENDING ", 22)); got != want {
			t.Errorf("pushed: %s", got)
		}
	})
}

func TestTheStatesOfADeviceBehindAGatewayNameBoth(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		post(w, "devices", `{"product_id":"pk1","node_id":"child","gateway_id":"pk1_dk0","app_id":"app1"}`)
		post(w, "devices/pk1_child/async-commands", `{"paras":{},"send_strategy":"immediately"}`)
		p := a.pushes()
		if len(p) != 1 || string(p[0].Notify.Header) != `{"app_id":"app1","device_id":"pk1_child","node_id":"child","product_id":"pk1","gateway_id":"pk1_dk0","tags":[]}` {
			t.Errorf("%+v", p)
		}
	})
}

func TestNothingIsPushedThatNobodyWantsToHear(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		fail := func() int {
			delayed(w, `,"send_strategy":"immediately"`)
			return len(a.pushes())
		}
		if n := fail(); n != 1 {
			t.Fatalf("%d pushes, want 1", n)
		}
		rule, action := subscribe(w, "device.commmad.status", "http://app/second")
		if n := fail(); n != 3 {
			t.Errorf("%d pushes, want 3: each rule has one", n)
		}
		send(w, "PUT", rule, `{"active":false}`)
		if n := fail(); n != 4 {
			t.Errorf("%d pushes, want 4: one rule is not active", n)
		}
		send(w, "PUT", rule, `{"active":true}`)
		send(w, "PUT", action, `{"channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://app/push"}}}`)
		if n := fail(); n != 5 {
			t.Errorf("%d pushes, want 5: one URL is told once", n)
		}
		send(w, "DELETE", rule, "")
		want(w, "the rule's action", get(w, action), 404, "IOTDA.014000")
		r := post(w, "routing-rule/rules", `{"subject":{"resource":"device.command.status","event":"update"},"app_type":"APP","app_id":"other"}`)
		send(w, "PUT", "routing-rule/rules/"+r.text("rule_id"), `{"active":true}`)
		post(w, "routing-rule/actions", `{"rule_id":"`+r.text("rule_id")+`","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://app/other"}}}`)
		if n := fail(); n != 6 {
			t.Errorf("%d pushes, want 6: the device is not of that app", n)
		}
	})
}

// failing makes a command fail, which is one push.
func failing(w *dialecttest.World, n int) {
	for range n {
		delayed(w, `,"send_strategy":"immediately"`)
	}
}

func TestOnly200AcknowledgesAndAFailedPushIsNotRepeated(t *testing.T) {
	for _, status := range []int{201, 204, 301, 404, 500, 503} {
		inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
			a.answering(func(n int, r *http.Request) int {
				if r.Header.Get("Location") == "" && n < 10 {
					return status
				}
				return 200
			})
			failing(w, 9)
			time.Sleep(time.Hour)
			if n := len(a.pushes()); n != 9 {
				t.Errorf("%d: %d pushes of 9, want each once", status, n)
			}
			failing(w, 2) // the tenth failure blocks, the next push waits
			if n := len(a.pushes()); n != 10 {
				t.Errorf("%d: %d pushes after ten failures, want 10", status, n)
			}
		})
	}
}

func TestASuccessBetweenFailuresForgetsThem(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n%10 == 9 {
				return 200
			}
			return 500
		})
		failing(w, 40)
		if n := len(a.pushes()); n != 40 {
			t.Errorf("%d pushes, want 40: never ten failures in a row", n)
		}
	})
}

func TestAReceiverHasFifteenSeconds(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		wait := 15*time.Second - time.Millisecond
		a.answering(func(n int, r *http.Request) int {
			time.Sleep(wait)
			return 200
		})
		failing(w, 20)
		time.Sleep(15 * 20 * time.Second)
		if n := len(a.pushes()); n != 20 {
			t.Errorf("%d pushes, want 20: all in time", n)
		}
		wait = 16 * time.Second
		failing(w, 12)
		time.Sleep(15 * 12 * time.Second)
		if n := len(a.pushes()); n != 30 {
			t.Errorf("%d pushes, want 30: ten were not in time, and the host is blocked", n)
		}
	})
}

func TestAReceiverThatIsDownGetsEverythingLaterAndInOrder(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		down := true
		a.answering(func(int, *http.Request) int {
			a.mu.Lock()
			defer a.mu.Unlock()
			if down {
				return 503
			}
			return 200
		})
		failing(w, 10)
		start := time.Now()
		synctest.Wait()
		var ids []string
		for range 50 {
			ids = append(ids, delayed(w, `,"send_strategy":"immediately"`).text("command_id"))
		}
		time.Sleep(3*time.Minute - time.Nanosecond)
		if n := len(a.pushes()); n != 10 {
			t.Errorf("%d pushes before the first probe, want 10", n)
		}
		time.Sleep(3*time.Hour - 3*time.Minute + 2*time.Nanosecond)
		if n := len(a.pushes()); n != 10+60 {
			t.Errorf("%d pushes after three hours, want 10 and a probe every three minutes", n)
		}
		a.mu.Lock()
		down = false
		a.mu.Unlock()
		time.Sleep(3*time.Minute + time.Second)
		got := a.pushes()[70:]
		if len(got) != 50 {
			t.Fatalf("%d pushes after its return, want 50", len(got))
		}
		for i, p := range got {
			if p.Notify.Body["command_id"] != ids[i] {
				t.Errorf("push %d is of %v, want %s", i, p.Notify.Body["command_id"], ids[i])
			}
		}
		if at := got[0].at.Sub(start); at != 3*time.Hour+3*time.Minute {
			t.Errorf("the probe that succeeds comes after %v", at)
		}
		failing(w, 1)
		if n := len(a.pushes()); n != 121 {
			t.Errorf("%d pushes, want 121: it is free", n)
		}
	})
}

func TestWhatHasPiledUpGoesAtEightHundredASecondAndFirst(t *testing.T) {
	cfg := testConfig()
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n < 10 {
				return 500
			}
			return 200
		})
		failing(w, 10+1+1600)
		time.Sleep(3 * time.Minute) // the probe succeeds
		begin := time.Now()
		time.Sleep(time.Second)
		live := delayed(w, `,"send_strategy":"immediately"`).text("command_id")
		if n := len(a.pushes()) - 11; n < 800 || n > 801 {
			t.Errorf("%d of the backlog within a second, want 800", n)
		}
		time.Sleep(time.Second)
		got := a.pushes()
		if len(got) != 11+1600+1 || got[len(got)-1].Notify.Body["command_id"] != live {
			t.Errorf("%d pushes after two seconds, want all, and the live one last", len(got))
		}
		for i, p := range got[11 : 11+1600] {
			if at, want := p.at.Sub(begin), time.Duration(i)*time.Second/800; at != want {
				t.Fatalf("number %d of the backlog goes after %v, want %v", i, at, want)
			}
		}
	})
}

func TestWhatPilesUpIsKeptForADayAndUpToItsLimit(t *testing.T) {
	cfg := testConfig()
	cfg.PushBytes = 30 << 10
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int { return 500 })
		failing(w, 10+5)
		time.Sleep(24*time.Hour + time.Minute)
		failing(w, 3)
		tried := len(a.pushes())
		a.answering(nil)
		time.Sleep(3*time.Minute + time.Second)
		if n := len(a.pushes()) - tried; n != 3 {
			t.Errorf("%d pushes after a day, want the 3 of today", n)
		}
		a.answering(func(n int, _ *http.Request) int { return 500 })
		failing(w, 10+200)
		tried = len(a.pushes())
		a.answering(nil)
		time.Sleep(4 * time.Minute)
		got, size := a.pushes()[tried:], 0
		for _, p := range got {
			size += len(p.raw)
		}
		if size > 30<<10 || size < 29<<10 {
			t.Errorf("%d pushes of %d bytes are kept, want nearly 30 K", len(got), size)
		}
	})
}

func TestABlockedHostBlocksAllItsURLsAndNoOther(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n < 10 {
				return 500
			}
			return 200
		})
		subscribe(w, "device.command.status", "http://nowhere/push")
		failing(w, 10)
		time.Sleep(time.Second)
		post(w, messages, `{"message":"x"}`)
		if n := len(a.pushes()); n != 10 {
			t.Errorf("%d pushes, want 10: the other URL of the host is blocked, too", n)
		}
		time.Sleep(3 * time.Minute)
		if got := a.pushes(); len(got) != 11 || got[10].path != "/messages" {
			t.Errorf("%d pushes, want 11", len(got))
		}
		failing(w, 1)
		if got := a.pushes(); len(got) != 12 || got[11].path != "/push" {
			t.Errorf("%d pushes, want 12: one success frees all", len(got))
		}
	})
}

func TestPushesToOneURLShareOneConnection(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(int, *http.Request) int { time.Sleep(10 * time.Millisecond); return 200 })
		failing(w, 50)
		time.Sleep(time.Second)
		for i, p := range a.pushes() {
			if i > 0 && p.at.Sub(a.pushes()[i-1].at) != 10*time.Millisecond {
				t.Errorf("push %d comes %v after the one before", i, p.at.Sub(a.pushes()[i-1].at))
			}
		}
		if n := len(a.pushes()); n != 50 || a.conns != 1 {
			t.Errorf("%d pushes by %d connections, want 50 by 1", n, a.conns)
		}
	})
}

func TestAPlatformThatClosesPushesNothing(t *testing.T) {
	var a *app
	inPushWorld(t, testConfig(), func(w *dialecttest.World, it *app) {
		a = it
		delayed(w, "")
		post(w, messages, `{"message":"x"}`)
		a.pushes()
	})
	if len(a.got) != 1 { // PENDING of the message
		t.Errorf("%d pushes, want 1", len(a.got))
	}
}

func TestTheOrderOfADevicesPushesHoldsUnderLoad(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		var devices [3]*dialecttest.Device
		for i := range devices {
			devices[i] = w.Connect(i)
		}
		for range 30 {
			var calls [9]<-chan answer
			for i := range calls {
				calls[i] = postGo(w, fmt.Sprintf("devices/pk1_dk%d/async-commands", i%3), `{"paras":{}}`)
			}
			for i := range calls {
				d := devices[i%3]
				d.Answer(d.Next())
			}
			for i := range calls {
				<-calls[i]
			}
		}
		time.Sleep(time.Second)
		next := map[string]string{}
		after := map[string]string{"": "SENT", "SENT": "DELIVERED", "DELIVERED": "SUCCESSFUL"}
		for _, p := range a.pushes() {
			id, status := p.Notify.Body["command_id"].(string), p.Notify.Body["status"].(string)
			if after[next[id]] != status {
				t.Errorf("%s follows %q", status, next[id])
			}
			next[id] = status
		}
		if n := len(a.pushes()); n != 30*9*3 {
			t.Errorf("%d pushes, want %d", n, 30*9*3)
		}
	})
}
