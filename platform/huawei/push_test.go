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
	away  bool // nobody listens
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

func (a *app) isAway(away bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = away
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
			a.mu.Lock()
			defer a.mu.Unlock()
			if addr != "app:80" || a.away {
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
		synctest.Wait()
		if s := d.Pushes(); s.Told != s.Acked+s.Lost+s.Waiting || s.Attempts < s.Acked || s.Told < 0 || s.Lost < 0 || s.Waiting < 0 {
			t.Errorf("counted %+v", s)
		}
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
		post(w, messages, `{"message":"x","ttl":5}`)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		d := w.Connect(0) // not subscribed to /t
		m := post(w, messages, `{"message":"x","name":"n","topic_full_name":"/t"}`)
		post(w, messages, `{"message":"x"}`)
		d.Next()
		post(w, messages, `{"message":"x","ttl":0,"topic":"a"}`)
		if got, want := a.states(), "PENDING TIMEOUT FAILED DELIVERED FAILED"; got != want {
			t.Fatalf("pushed: %s, want %s", got, want)
		}
		p := a.pushes()[2]
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
