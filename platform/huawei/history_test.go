package huawei_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform/dialecttest"
)

func TestIOTDA014000IsForACommandThatIsNotTheDevices(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		c := delayed(w, "")
		id := c.text("command_id")
		for what, path := range map[string]string{
			"another device's": "devices/pk1_dk1/async-commands/" + id,
			"nobody's":         asyncs + "/7f4a3a0e-0a6b-4c0e-9a43-2d4b8c1f6e11",
			"no id":            asyncs + "/x",
			"in capitals":      asyncs + "/" + strings.ToUpper(id),
		} {
			want(w, what, get(w, path), 404, "IOTDA.014000")
		}
		want(w, "an id of 101", get(w, asyncs+"/"+strings.Repeat("x", 101)), 400, "IOTDA.000006")
	})
}

// ids are the command_ids of a list, shortened to the numbers they were made in.
func listed(a answer, of map[string]int) string {
	rows, _ := a.Body["commands"].([]any)
	var out []string
	for _, r := range rows {
		row := r.(map[string]any)
		out = append(out, fmt.Sprint(of[row["command_id"].(string)]))
		if row["paras"] != nil || row["result"] != nil {
			out = append(out, "has paras or result")
		}
	}
	return strings.Join(out, " ")
}

func TestQueueAndHistoryListTheNewestFirstAndInPages(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		of := map[string]int{}
		make := func(n int, more string) {
			a := post(w, asyncs, fmt.Sprintf(`{"command_name":"c%d","paras":{}%s}`, n%2, more))
			of[a.text("command_id")] = n
		}
		for n := range 12 {
			make(n, `,"send_strategy":"immediately"`) // FAILED
		}
		d := w.Connect(0)
		for n := 12; n < 15; n++ {
			make(n, "")
			d.Answer(d.Next())
			time.Sleep(time.Minute)
		}
		for n := 15; n < 18; n++ {
			make(n, "") // the first DELIVERED, the others PENDING
		}
		for query, want := range map[string]string{
			"":                                     "17 16 15",
			"?limit=2":                             "17 16",
			"?limit=2&offset=2":                    "15",
			"?status=PENDING":                      "17 16",
			"?status=DELIVERED":                    "15",
			"?status=SENT":                         "",
			"?command_name=c0":                     "16",
			"?start_time=20000101T000000Z":         "15",
			"?end_time=20000101T000259Z":           "",
			"-history":                             "14 13 12 11 10 9 8 7 6 5",
			"-history?limit=50":                    "14 13 12 11 10 9 8 7 6 5 4 3 2 1 0",
			"-history?limit=1&offset=14":           "0",
			"-history?offset=15":                   "",
			"-history?status=SUCCESSFUL":           "14 13 12",
			"-history?start_time=20000101T000100Z": "14 13",
			"-history?end_time=20000101T000100Z":   "13 12",
			"-history?start_time=20000101T000030Z&end_time=20000101T000130Z":   "13",
			"-history?command_name=c1&limit=3&marker=ffffffffffffffffffffffff": "13 11 9",
			"-history?command_name=none":                                       "",
		} {
			a := get(w, asyncs+query)
			if got := listed(a, of); a.Status != 200 || got != want {
				t.Errorf("%s: %d %q, want %q", query, a.Status, got, want)
			}
		}
		if a := get(w, asyncs+"?limit=1"); fmt.Sprint(a.Body["page"].(map[string]any)["count"]) != "3" {
			t.Error(a.Raw)
		}
		if a := post(w, asyncs+"-history/count?status=FAILED", ""); a.Body["count"] != 12.0 {
			t.Error(a.Raw)
		}
		walkHistory(w, of)
	})
}

// walkHistory goes through the pages by their markers.
func walkHistory(w *dialecttest.World, of map[string]int) {
	var pages []string
	marker := ""
	for range 4 {
		a := get(w, asyncs+"-history?limit=6&marker="+marker)
		pages = append(pages, listed(a, of))
		if marker = a.text("page", "marker"); len(marker) != 24 {
			w.T.Errorf("marker %q", marker)
		}
	}
	if got, want := strings.Join(pages, "|"), "14 13 12 11 10 9|8 7 6 5 4 3|2 1 0|"; got != want {
		w.T.Errorf("pages are %s, want %s", got, want)
	}
}

func TestListsAreRefusedByTheirParameters(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for query, code := range map[string]string{
			"limit=0": "IOTDA.000017", "limit=51": "IOTDA.000017", "limit=x": "IOTDA.000017", "offset=501": "IOTDA.000006",
			"offset=-1": "IOTDA.000006", "marker=12": "IOTDA.000006", "marker=ffffffffffffffffffffffff0": "IOTDA.000006",
			"marker=00000000zzzzzzzzzzzzzzzz": "IOTDA.000006", "status=DONE": "IOTDA.000006", "start_time=2000-01-01": "IOTDA.000009",
			"end_time=x": "IOTDA.000009",
			"start_time=20000101T000000Z&end_time=20000101T000000Z": "IOTDA.000010",
		} {
			for _, list := range []string{asyncs, asyncs + "-history"} {
				want(w, list+query, get(w, list+"?"+query), 400, code)
			}
		}
	})
}
