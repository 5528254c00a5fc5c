package enos_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
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

func list(w *dialecttest.World, e envelope) []map[string]any {
	w.T.Helper()
	var all []map[string]any
	if e.Code != "0" {
		w.T.Fatalf("answer is %s", e.Raw)
	}
	if err := json.Unmarshal(e.Data, &all); err != nil {
		w.T.Fatalf("%v in %s", err, e.Raw)
	}
	return all
}

func get(w *dialecttest.World, query string) envelope {
	w.T.Helper()
	return sendAs(w, http.MethodGet, commands, query, nil)
}

func commandID(w *dialecttest.World, e envelope) string {
	w.T.Helper()
	var data struct{ CommandID string }
	if json.Unmarshal(e.Data, &data); data.CommandID == "" {
		w.T.Fatalf("no commandId in %s", e.Raw)
	}
	return data.CommandID
}

func TestACommandCanBeLookedUp(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		id := commandID(w, post(w, invoke(0, "serviceId=setX", "pendingTtl=1000"), `{"inputData":{"p":1.30}}`))
		golden(t, "get_waiting.json", string(get(w, queryOf("get", 0, "commandId="+id)).Data))
		d := w.Connect(0)
		d.Answer(d.Next())
		golden(t, "get_succeeded.json", string(get(w, queryOf("get", 0, "commandId="+id)).Data))
		wantFailure(w, get(w, queryOf("get", 1, "commandId="+id)), "99404") // another device's
		wantFailure(w, get(w, queryOf("get", 0, "commandId=1")), "99404")
		wantFailure(w, get(w, queryOf("get", 0, "commandId=x")), "99400")
		wantFailure(w, get(w, queryOf("get", 0)), "99400")
		time.Sleep(7*24*time.Hour + time.Second)
		wantFailure(w, get(w, queryOf("get", 0, "commandId="+id)), "99404") // no longer told
	})
}

// states makes a command in each state, on device 0, which is online at the end; state 1 is made last.
func states(w *dialecttest.World) {
	post(w, invoke(0, "serviceId=canceled", "pendingTtl=100"), input)
	post(w, queryOf("cancel", 0), "")
	post(w, invoke(0, "serviceId=expired", "pendingTtl=1"), input)
	time.Sleep(2 * time.Second)
	d := w.Connect(0)
	call := postGo(w, invoke(0, "serviceId=succeeded"), input)
	d.Answer(d.Next())
	<-call
	call = postGo(w, invoke(0, "serviceId=failed"), input)
	m := d.Next()
	d.Reply(platform.Reply{Wire: m.Wire, Service: m.Service, Code: 2001})
	<-call
	post(w, invoke(0, "serviceId=timedOut", "timeout=1"), input)
	d.Next()
	post(w, invoke(0, "serviceId=sent", "pendingTtl=100", "timeout=60"), input)
	d.Next()
	post(w, invoke(0, "serviceId=created", "pendingTtl=100"), input)
}

func TestASearchTellsAllStatesNewestFirst(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		states(w)
		e := post(w, queryOf("search", 0), `{"projection":["state","tslIdentifier"]}`)
		golden(t, "search_states.json", string(e.Data))
		if want := `{"sortedBy":[{"field":"createDate","order":"DESC"}],"pageNo":1,"pageSize":100,"totalSize":7}`; string(e.Pagination) != want {
			t.Errorf("pagination is %s, want %s", e.Pagination, want)
		}
		if n := len(list(w, post(w, queryOf("search", 1), ""))); n != 0 {
			t.Errorf("another device has %d commands, want none", n)
		}
	})
}

func TestASearchExpressionSelects(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		start := time.Now().UTC()
		states(w) // two at start, the others two seconds later and on
		at := func(d time.Duration) string { return start.Add(d).Format("2006-01-02 15:04:05") }
		for expr, want := range map[string]int{
			"":                            7,
			"  ":                          7,
			"state = 5":                   1,
			"state=6":                     1,
			"state = 2 and state = 3":     0,
			"commandName.en_US like 'ed'": 6,
			"commandName.default LIKE '%time%' AND state = 7": 1,
			"createTime = '" + at(0) + "'":                    2,
			"createTime > '" + at(0) + "'":                    5,
			"createTime < '" + at(2*time.Second) + "'":        2,
			"createTime < '" + at(0) + "'":                    0,
			"commandName.zh_CN like ''''":                     0,
		} {
			body, _ := json.Marshal(map[string]string{"expression": expr})
			if got := len(list(w, post(w, queryOf("search", 0), string(body)))); got != want {
				t.Errorf("%q selects %d commands, want %d", expr, got, want)
			}
		}
	})
}

func TestASearchThatCannotBeReadIs99400(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, c := range []struct{ body, want string }{
			{`{"expression":"{state = 2}"}`, `"{" stands where state`},
			{`{"expression":"state > 2"}`, `">" stands where one of =`},
			{`{"expression":"state = 8"}`, `"8" is not a state`},
			{`{"expression":"state = 2 or state = 3"}`, `"or" stands where and`},
			{`{"expression":"state = 2 and"}`, "ends where state"},
			{`{"expression":"commandName like 'a'"}`, "needs a locale"},
			{`{"expression":"commandName.en_US = 'a'"}`, `"=" stands where like`},
			{`{"expression":"commandName.en_US is 'a'"}`, `"is" stands where like`},
			{`{"expression":"commandName.en_US like 'a"}`, "no closing quote"},
			{`{"expression":"createTime > 5"}`, `"5" stands where a time`},
			{`{"expression":"createTime > '5'"}`, "yyyy-MM-dd"},
			{`{"expression":"name = 'x'"}`, `"name" stands where state`},
			{`{"expression":5}`, "body:"},
			{`{"pagination":{"pageNo":0}}`, "pageNo 0"},
			{`{"pagination":{"pageSize":0}}`, "pageSize 0"},
			{`{"pagination":{"sorters":[{"field":"state"}]}}`, "sorters"},
			{`{"projection":["nothing"]}`, `no field "nothing"`},
			{`[`, "body:"},
		} {
			e := post(w, queryOf("search", 0), c.body)
			wantFailure(w, e, "99400")
			if !strings.Contains(e.Msg, c.want) {
				t.Errorf("%s: message %q, want …%s", c.body, e.Msg, c.want)
			}
		}
	})
}

func TestASearchHasPages(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for i := range 5 {
			post(w, invoke(0, fmt.Sprint("serviceId=s", i), "pendingTtl=100"), input)
		}
		for page, want := range map[string]string{
			`"pageNo":1,"pageSize":2`:                   "s4 s3",
			`"pageNo":3,"pageSize":2`:                   "s0",
			`"pageNo":4,"pageSize":2`:                   "",
			`"pageNo":9223372036854775807,"pageSize":2`: "",
			`"pageNo":2,"pageSize":9223372036854775807`: "",
			`"pageSize":9223372036854775807`:            "s4 s3 s2 s1 s0",
		} {
			e := post(w, queryOf("search", 0), `{"pagination":{`+page+`}}`)
			var names []string
			for _, c := range list(w, e) {
				names = append(names, c["tslIdentifier"].(string))
			}
			if got := strings.Join(names, " "); got != want || !strings.Contains(string(e.Pagination), `"totalSize":5`) {
				t.Errorf("%s: %q of %s, want %q of 5", page, got, e.Pagination, want)
			}
		}
	})
}

func TestCancelTakesBackWhatWaits(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		var ids []string
		for range 3 {
			ids = append(ids, commandID(w, post(w, invoke(0, "pendingTtl=100"), input)))
		}
		one := list(w, post(w, queryOf("cancel", 0, "commandId="+ids[1]), ""))
		if len(one) != 1 || one[0]["commandId"] != ids[1] || one[0]["state"] != 2.0 {
			t.Errorf("cancelled: %v, want %s in state 2", one, ids[1])
		}
		if again := list(w, post(w, queryOf("cancel", 0, "commandId="+ids[1]), "")); len(again) != 0 {
			t.Errorf("cancelled again: %v, want nothing", again)
		}
		wantFailure(w, post(w, queryOf("cancel", 0, "commandId=1"), ""), "99404")
		wantFailure(w, post(w, queryOf("cancel", 1, "commandId="+ids[0]), ""), "99404")
		all := list(w, get(w, queryOf("cancel", 0)))
		if len(all) != 2 || all[0]["commandId"] != ids[2] {
			t.Errorf("all cancelled: %v, want the two others, newest first", all)
		}
		if none := list(w, get(w, queryOf("cancel", 0))); len(none) != 0 {
			t.Errorf("cancelled: %v, want nothing", none)
		}
		if n := w.Connect(0).Waiting(); n != 0 {
			t.Errorf("%d cancelled commands are delivered", n)
		}
	})
}

func TestAMeasurementPointIsSet(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, queryOf("setMeasurepoint", 0, "measurepointId=temp"), `{"value":20.50}`)
		m := d.Next()
		golden(t, "down_measurepoint.json", m.Topic+"\n"+string(m.Payload))
		d.Answer(m)
		e := <-call
		id := commandID(w, e)
		if strings.Contains(e.Raw, "outputData") {
			t.Errorf("answer has outputData: %s", e.Raw)
		}
		golden(t, "get_measurepoint.json", string(get(w, queryOf("get", 0, "commandId="+id)).Data))
		wantFailure(w, post(w, queryOf("setMeasurepoint", 0), `{"value":1}`), "99400")
		wantFailure(w, post(w, queryOf("setMeasurepoint", 0, "measurepointId=temp"), `{}`), "99400")
		wantFailure(w, post(w, queryOf("setMeasurepoint", 1, "measurepointId=temp"), `{"value":1}`), "11900")
	})
}

func TestADeviceTellsItsStatus(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Connect(0)
		for change, want := range map[string]string{"deviceKey=dk0": "online", "deviceKey=dk1": "offline",
			"deviceKey=dk3": "inactive", "deviceKey=" + dialecttest.Disabled: "disabled"} {
			e := sendAs(w, http.MethodGet, "/connect-service/v2.1/devices", queryOf("get", 0, change), nil)
			var data map[string]any
			if json.Unmarshal(e.Data, &data); data["status"] != want || data["orgId"] != dialecttest.Org {
				t.Errorf("%s: %s, want %s", change, e.Raw, want)
			}
		}
	})
}

func TestADeviceTellsWhenItCameAndWent(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		times := func() (active, online, offline int64) {
			e := sendAs(w, http.MethodGet, "/connect-service/v2.1/devices", queryOf("get", dialecttest.Fresh), nil)
			var data struct{ ActiveTime, LastOnlineTime, LastOfflineTime int64 }
			if err := json.Unmarshal(e.Data, &data); err != nil {
				t.Fatalf("%v in %s", err, e.Raw)
			}
			return data.ActiveTime, data.LastOnlineTime, data.LastOfflineTime
		}
		want := func(active, online, offline int64) {
			t.Helper()
			if a, on, off := times(); a != active || on != online || off != offline {
				t.Errorf("active %d, online %d, offline %d; want %d, %d, %d", a, on, off, active, online, offline)
			}
		}
		want(0, 0, 0)
		first := time.Now().UnixMilli()
		d := w.Connect(dialecttest.Fresh)
		want(first, first, 0)
		time.Sleep(time.Minute)
		d.Drop()
		want(first, first, first+60_000)
		time.Sleep(time.Minute)
		w.Connect(dialecttest.Fresh)
		want(first, first+120_000, first+60_000)
	})
}
