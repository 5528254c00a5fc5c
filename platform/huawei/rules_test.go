package huawei_test

import (
	"fmt"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

const (
	rulesPath   = "routing-rule/rules"
	actionsPath = "routing-rule/actions"
)

func TestARuleIsMadeShownChangedAndDeleted(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := post(w, rulesPath, `{"rule_name":"规则","description":"d","subject":{"resource":"device.property","event":"report"},"select":"*","where":"1=1"}`)
		id := a.text("rule_id")
		if want := `{"rule_id":"` + id + `","rule_name":"规则","description":"d","subject":{"resource":"device.property","event":"report"},"app_type":"GLOBAL","select":"*","where":"1=1","active":false}`; a.Status != 201 || a.Raw != want {
			t.Errorf("%d %s, want %s", a.Status, a.Raw, want)
		}
		if shown := get(w, rulesPath+"/"+id); shown.Status != 200 || shown.Raw != a.Raw {
			t.Error(shown.Raw)
		}
		u := send(w, "PUT", rulesPath+"/"+id, `{"rule_name":"n","active":true,"subject":{"resource":"device","event":"create"}}`)
		if want := strings.NewReplacer("规则", "n", "false", "true").Replace(a.Raw); u.Status != 200 || u.Raw != want {
			t.Errorf("%d %s, want %s", u.Status, u.Raw, want)
		}
		if d := send(w, "DELETE", rulesPath+"/"+id, ""); d.Status != 204 || d.Raw != "" {
			t.Error(d.Status, d.Raw)
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			want(w, method, send(w, method, rulesPath+"/"+id, "{}"), 404, "IOTDA.014000")
		}
	})
}

func TestIOTDA000006IsForARuleOrAnActionThatCannotBe(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		subject := `"subject":{"resource":"device.message.status","event":"update"}`
		for _, body := range []string{`{}`, `{"subject":{"resource":"device.x","event":"update"}}`, `{"subject":{"resource":"device","event":"report"}}`,
			`{` + subject + `,"app_type":"X"}`, `{` + subject + `,"app_type":"APP"}`, `{` + subject + `,"rule_name":"a*"}`,
			`{` + subject + `,"app_id":"` + strings.Repeat("a", 37) + `"}`, `{` + subject + `,"select":"` + strings.Repeat("a", 2501) + `"}`,
			`{` + subject + `,"active":"true"}`} {
			want(w, body, post(w, rulesPath, body), 400, "IOTDA.000006")
		}
		rule := post(w, rulesPath, `{`+subject+`}`).text("rule_id")
		action := func(channel, forwarding string) string {
			return `{"rule_id":"` + rule + `","channel":"` + channel + `","channel_detail":{` + forwarding + `}}`
		}
		for _, body := range []string{`{}`, action("AMQP_FORWARDING", `"amqp_forwarding":{}`), action("DMS_KAFKA_FORWARDING", ``), action("HTTP_FORWARDING", ``),
			action("", `"http_forwarding":{"url":"http://a"}`), action("HTTP_FORWARDING", `"http_forwarding":{"url":"ftp://a"}`),
			action("HTTP_FORWARDING", `"http_forwarding":{"url":"a"}`), action("HTTP_FORWARDING", `"http_forwarding":{"url":"http://"}`),
			action("HTTP_FORWARDING", `"http_forwarding":{"url":"http://a","token":"abc"}`),
			action("HTTP_FORWARDING", `"http_forwarding":{"url":"http://a","token":"ab","signature_enable":true}`),
			action("HTTP_FORWARDING", `"http_forwarding":{"url":"http://a","token":"a c","signature_enable":true}`)} {
			want(w, body, post(w, actionsPath, body), 400, "IOTDA.000006")
		}
		good := action("HTTP_FORWARDING", `"http_forwarding":{"url":"https://a:8443/x?y","cn_name":"c","cert_id":"1","sni_enable":true,"signature_enable":true,"token":"abc"}`)
		want(w, good, post(w, actionsPath, good), 201, "")
		want(w, "an unknown rule", post(w, actionsPath, strings.Replace(good, rule, "r", 1)), 404, "IOTDA.014000")
	})
}

func TestAnActionIsMadeShownChangedAndDeleted(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		rule := post(w, rulesPath, `{"subject":{"resource":"device.message.status","event":"update"},"app_type":"APP","app_id":"app1"}`).text("rule_id")
		a := post(w, actionsPath, `{"rule_id":"`+rule+`","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://a/1"}}}`)
		id := a.text("action_id")
		if want := `{"action_id":"` + id + `","rule_id":"` + rule + `","app_id":"app1","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://a/1"}}}`; a.Raw != want {
			t.Errorf("%s, want %s", a.Raw, want)
		}
		if shown := get(w, actionsPath+"/"+id); shown.Raw != a.Raw {
			t.Error(shown.Raw)
		}
		u := send(w, "PUT", actionsPath+"/"+id, `{"channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://a/2"}}}`)
		if u.Status != 200 || u.text("channel_detail", "http_forwarding", "url") != "http://a/2" || u.text("rule_id") != rule {
			t.Error(u.Raw)
		}
		want(w, "a bad URL", send(w, "PUT", actionsPath+"/"+id, `{"channel_detail":{"http_forwarding":{"url":"a"}}}`), 400, "IOTDA.000006")
		if d := send(w, "DELETE", actionsPath+"/"+id, ""); d.Status != 204 {
			t.Error(d.Raw)
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			want(w, method, send(w, method, actionsPath+"/"+id, "{}"), 404, "IOTDA.014000")
		}
	})
}

func TestRulesAndActionsAreListedByFilterAndPage(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		var ids []string
		for i := range 12 {
			r := post(w, rulesPath, fmt.Sprintf(`{"rule_name":"r%d","subject":{"resource":"device.command.status","event":"update"}}`, i))
			ids = append(ids, r.text("rule_id"))
			post(w, actionsPath, `{"rule_id":"`+r.text("rule_id")+`","channel":"HTTP_FORWARDING","channel_detail":{"http_forwarding":{"url":"http://a"}}}`)
		}
		send(w, "PUT", rulesPath+"/"+ids[3], `{"active":true}`)
		for query, want := range map[string]int{"": 10, "?limit=50": 12, "?active=true": 1, "?active=false&limit=50": 11, "?rule_name=r5": 1,
			"?resource=device.commmad.status": 10, "?resource=device": 0, "?event=update&offset=10": 2, "?app_type=APP": 0, "?app_id=x": 0} {
			a := get(w, rulesPath+query)
			if rows, _ := a.Body["rules"].([]any); a.Status != 200 || len(rows) != want || len(a.text("marker")) != 24 {
				t.Errorf("%s: %d %d rows, want %d", query, a.Status, len(rows), want)
			}
		}
		first := get(w, rulesPath+"?limit=5")
		if rows := first.Body["rules"].([]any); rows[0].(map[string]any)["rule_id"] != ids[11] || first.Body["count"] != 12.0 {
			t.Error(first.Raw)
		}
		next := get(w, rulesPath+"?limit=5&marker="+first.text("marker"))
		if rows := next.Body["rules"].([]any); rows[0].(map[string]any)["rule_id"] != ids[6] {
			t.Error(next.Raw)
		}
		for query, want := range map[string]int{"": 10, "?limit=50": 12, "?rule_id=" + ids[3]: 1, "?channel=HTTP_FORWARDING": 10, "?channel=X": 0, "?app_id=x": 0} {
			if rows, _ := get(w, actionsPath+query).Body["actions"].([]any); len(rows) != want {
				t.Errorf("%s: %d actions, want %d", query, len(rows), want)
			}
		}
		want(w, "limit", get(w, rulesPath+"?limit=0"), 400, "IOTDA.000017")
		want(w, "limit", get(w, actionsPath+"?limit=51"), 400, "IOTDA.000017")
	})
}

func TestAProjectDoesNotSeeAnothersRules(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		a := post(w, rulesPath, `{"subject":{"resource":"device.command.status","event":"update"}}`)
		w.Platform.AddAccount(platform.Account{Key: "ak-test", Secret: "as-test", Orgs: []string{"o1", "o2"}})
		r := request(w, "GET", "/v5/iot/o2/"+rulesPath+"/"+a.text("rule_id"), "")
		r.Header.Set("X-Auth-Token", "fixed-token")
		want(w, "another project", do(w, r), 404, "IOTDA.014000")
	})
}
