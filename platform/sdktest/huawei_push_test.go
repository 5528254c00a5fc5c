package sdktest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

// notice is a push as the seed documents have it.
type notice struct {
	Resource string `json:"resource"`
	Event    string `json:"event"`
	Time     string `json:"event_time"`
	TimeMS   string `json:"event_time_ms"`
	Request  string `json:"request_id"`
	Data     struct {
		Header struct {
			DeviceID  string `json:"device_id"`
			NodeID    string `json:"node_id"`
			ProductID string `json:"product_id"`
			GatewayID string `json:"gateway_id"`
		} `json:"header"`
		Body map[string]any `json:"body"`
	} `json:"notify_data"`
}

// receiver is an application's URL. It answers each push with the next of answers, and with 200 from then on.
func receiver(t *testing.T, answers ...int) (url string, got chan notice) {
	t.Helper()
	got = make(chan notice, 64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		var n notice
		if err != nil || json.Unmarshal(text, &n) != nil || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %s, %v", r.Method, r.Header.Get("Content-Type"), text, err)
		}
		if len(answers) > 0 {
			w.WriteHeader(answers[0]) // pushes to one URL come one after another
			answers = answers[1:]
		}
		got <- n
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/push", got
}

func nextNotice(t *testing.T, got chan notice) notice {
	t.Helper()
	select {
	case n := <-got:
		return n
	case <-time.After(patience):
		t.Fatalf("no push within %v", patience)
		return notice{}
	}
}

// subscribe makes the three calls of the seed document: condition, action, activation.
func subscribe(t *testing.T, c *iotda.IoTDAClient, resource, url string) (rule, action string) {
	t.Helper()
	r, err := c.CreateRoutingRule(&model.CreateRoutingRuleRequest{Body: &model.AddRuleReq{RuleName: ptr("rule"),
		Subject: &model.RoutingRuleSubject{Resource: resource, Event: "update"}}})
	if err != nil || r.HttpStatusCode != 201 || of(r.RuleId) == "" || of(r.Active) {
		t.Fatalf("rule %v, %v", r, err)
	}
	a, err := c.CreateRuleAction(&model.CreateRuleActionRequest{Body: &model.AddActionReq{RuleId: *r.RuleId, Channel: "HTTP_FORWARDING",
		ChannelDetail: &model.ChannelDetail{HttpForwarding: &model.HttpForwarding{Url: url}}}})
	if err != nil || a.HttpStatusCode != 201 || of(a.ActionId) == "" || of(a.RuleId) != of(r.RuleId) {
		t.Fatalf("action %v, %v", a, err)
	}
	u, err := c.UpdateRoutingRule(&model.UpdateRoutingRuleRequest{RuleId: *r.RuleId, Body: &model.UpdateRuleReq{Active: ptr(true)}})
	if err != nil || !of(u.Active) || of(u.RuleName) != "rule" {
		t.Fatalf("active rule %v, %v", u, err)
	}
	return *r.RuleId, *a.ActionId
}

func TestHuaweiCommandStatusIsPushedInOrder(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	url, got := receiver(t)
	subscribe(t, c, "device.command.status", url)
	id := create(t, c, async("delay"), "PENDING")
	present(t, w, c, huaDevice, habits{answer: respond(huaOK)})
	for _, status := range []string{"SENT", "DELIVERED", "SUCCESSFUL"} {
		n := nextNotice(t, got)
		if n.Resource != "device.commmad.status" || n.Event != "update" || n.Request == "" {
			t.Errorf("%+v: want the seed document's spelling", n)
		}
		if _, err := time.Parse("20060102T150405Z", n.Time); err != nil {
			t.Error(err)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", n.TimeMS); err != nil {
			t.Error(err)
		}
		h, b := n.Data.Header, n.Data.Body
		if h.DeviceID != huaDevice || h.NodeID != "dev-1" || h.ProductID != huaProduct || h.GatewayID != huaDevice {
			t.Errorf("header %+v", h)
		}
		if b["command_id"] != id || b["status"] != status || b["created_time"] == "" || b["sent_time"] == "" {
			t.Errorf("body %v, want %s of %s", b, status, id)
		}
		if done := status == "SUCCESSFUL"; (b["response_time"] != "") != done || (b["result"] != nil) != done {
			t.Errorf("%s with response_time %q and result %v", status, b["response_time"], b["result"])
		}
	}
}

func TestHuaweiCurrentSpellingIsPushedWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {push_spelling: current}")
	c := w.iotda(t, owner)
	url, got := receiver(t)
	subscribe(t, c, "device.commmad.status", url) // both spellings are one subject
	create(t, c, async("immediately"), "FAILED")
	if n := nextNotice(t, got); n.Resource != "device.command.status" || n.Data.Body["status"] != "FAILED" {
		t.Errorf("%+v", n)
	}
}

func TestHuaweiMessageStatusIsPushed(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	url, got := receiver(t)
	subscribe(t, c, "device.message.status", url)
	in := message("x")
	in.Body.Name = ptr("n")
	id := send(t, c, in, "PENDING")
	present(t, w, c, huaDevice, habits{})
	for _, status := range []string{"PENDING", "DELIVERED"} {
		n := nextNotice(t, got)
		if b := n.Data.Body; n.Resource != "device.message.status" || b["message_id"] != id || b["status"] != status || b["name"] != "n" || b["timestamp"] == "" {
			t.Errorf("%+v, want %s of %s", n, status, id)
		}
	}
	in = message("x")
	in.Body.TopicFullName = ptr("not/subscribed")
	send(t, c, in, "FAILED")
	info, _ := nextNotice(t, got).Data.Body["error_info"].(map[string]any)
	if info["error_code"] != "IOTDA.014112" {
		t.Errorf("error_info %v", info)
	}
}

func TestHuaweiPushThatIsNotAcknowledgedWith200IsDropped(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	url, got := receiver(t, 204, 500)
	subscribe(t, c, "device.command.status", url)
	var ids []string
	for range 3 {
		ids = append(ids, create(t, c, async("immediately"), "FAILED"))
	}
	for i, id := range ids {
		if n := nextNotice(t, got); n.Data.Body["command_id"] != id {
			t.Errorf("push %d is of %v, want %s: each once, in order", i+1, n.Data.Body["command_id"], id)
		}
	}
	last := create(t, c, async("immediately"), "FAILED")
	if n := nextNotice(t, got); n.Data.Body["command_id"] != last {
		t.Errorf("after them comes %v, want %s", n.Data.Body["command_id"], last)
	}
}

func TestHuaweiBlockedReceiverGetsItsBacklogWhenItIsBack(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {push_fails: 2, push_probe: 200ms}")
	c := w.iotda(t, owner)
	url, got := receiver(t, 503, 503, 503)
	subscribe(t, c, "device.command.status", url)
	var ids []string
	for range 5 {
		ids = append(ids, create(t, c, async("immediately"), "FAILED"))
	}
	// Two are dropped, which blocks the host; the third is tried, fails, and is tried again with success.
	for i, id := range []string{ids[0], ids[1], ids[2], ids[2], ids[3], ids[4]} {
		if n := nextNotice(t, got); n.Data.Body["command_id"] != id {
			t.Errorf("push %d is of %v, want %s", i+1, n.Data.Body["command_id"], id)
		}
	}
}

func TestHuaweiRulesAreShownListedAndDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	rule, _ := subscribe(t, c, "device.command.status", "http://127.0.0.1:9/push")
	r, err := c.ShowRoutingRule(&model.ShowRoutingRuleRequest{RuleId: rule})
	if err != nil || r.Subject.Resource != "device.command.status" || of(r.AppType) != "GLOBAL" || !of(r.Active) {
		t.Errorf("rule %v, %v", r, err)
	}
	rules, err := c.ListRoutingRules(&model.ListRoutingRulesRequest{Resource: ptr("device.command.status"), Active: ptr(true)})
	if err != nil || of(rules.Count) != 1 || of((*rules.Rules)[0].RuleId) != rule || of(rules.Marker) == "" {
		t.Errorf("rules %v, %v", rules, err)
	}
	if none, err := c.ListRoutingRules(&model.ListRoutingRulesRequest{Active: ptr(false)}); err != nil || of(none.Count) != 0 {
		t.Errorf("inactive rules %v, %v", none, err)
	}
	if _, err := c.DeleteRoutingRule(&model.DeleteRoutingRuleRequest{RuleId: rule}); err != nil {
		t.Error(err)
	}
	_, err = c.ShowRoutingRule(&model.ShowRoutingRuleRequest{RuleId: rule})
	refusedHua(t, err, 404, "IOTDA.014000")
}

func TestHuaweiActionsAreShownListedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	oldURL, old := receiver(t)
	newURL, got := receiver(t)
	rule, action := subscribe(t, c, "device.command.status", oldURL)
	u, err := c.UpdateRuleAction(&model.UpdateRuleActionRequest{ActionId: action, Body: &model.UpdateActionReq{Channel: ptr("HTTP_FORWARDING"),
		ChannelDetail: &model.ChannelDetail{HttpForwarding: &model.HttpForwarding{Url: newURL}}}})
	if err != nil || u.ChannelDetail.HttpForwarding.Url != newURL {
		t.Errorf("action %v, %v", u, err)
	}
	a, err := c.ShowRuleAction(&model.ShowRuleActionRequest{ActionId: action})
	if err != nil || a.ChannelDetail.HttpForwarding.Url != newURL || of(a.RuleId) != rule {
		t.Errorf("action %v, %v", a, err)
	}
	actions, err := c.ListRuleActions(&model.ListRuleActionsRequest{RuleId: ptr(rule)})
	if err != nil || of(actions.Count) != 1 || of((*actions.Actions)[0].ActionId) != action {
		t.Errorf("actions %v, %v", actions, err)
	}
	create(t, c, async("immediately"), "FAILED")
	nextNotice(t, got)
	if len(old) != 0 {
		t.Error("the old URL got a push")
	}
	if _, err := c.DeleteRuleAction(&model.DeleteRuleActionRequest{ActionId: action}); err != nil {
		t.Error(err)
	}
	_, err = c.ShowRuleAction(&model.ShowRuleActionRequest{ActionId: action})
	refusedHua(t, err, 404, "IOTDA.014000")
}

func TestHuaweiRulesAreRefusedAsTheSDKReadsIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	_, err := c.CreateRoutingRule(&model.CreateRoutingRuleRequest{Body: &model.AddRuleReq{Subject: &model.RoutingRuleSubject{Resource: "nothing", Event: "update"}}})
	refusedHua(t, err, 400, "IOTDA.000006")
	rule, _ := subscribe(t, c, "device.status", "http://127.0.0.1:9/push")
	for name, in := range map[string]*model.AddActionReq{
		"another channel": {RuleId: rule, Channel: "AMQP_FORWARDING", ChannelDetail: &model.ChannelDetail{AmqpForwarding: &model.AmqpForwarding{QueueName: "q"}}},
		"no URL":          {RuleId: rule, Channel: "HTTP_FORWARDING", ChannelDetail: &model.ChannelDetail{HttpForwarding: &model.HttpForwarding{Url: "push"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateRuleAction(&model.CreateRuleActionRequest{Body: in})
			refusedHua(t, err, 400, "IOTDA.000006")
		})
	}
}
