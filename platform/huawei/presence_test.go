package huawei_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/dialecttest"
)

func TestADevicesComingAndGoingIsPushed(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		rule, _ := subscribe(w, "device.status", "http://app/presence")
		d := w.Connect(0)
		came := time.Now().UTC().Format("20060102T150405Z")
		time.Sleep(time.Minute)
		d.Drop()
		synctest.Wait()
		went := time.Now().UTC().Format("20060102T150405Z")
		got := a.pushes()
		if len(got) != 2 {
			t.Fatalf("%d pushes, want 2", len(got))
		}
		for i, want := range []string{
			`"body":{"status":"ONLINE","last_online_time":"` + came + `","status_update_time":"` + came + `"}}}`,
			`"body":{"status":"OFFLINE","last_online_time":"` + came + `","status_update_time":"` + went + `"}}}`,
		} {
			if p := got[i]; p.path != "/presence" || p.Resource != "device.status" || p.Event != "update" || !strings.HasSuffix(p.raw, want) {
				t.Errorf("push %d to %s is %s, want %s", i, p.path, p.raw, want)
			}
		}
		send(w, "DELETE", rule, "")
		w.Connect(0)
		if n := len(a.pushes()); n != 2 {
			t.Errorf("%d pushes without a rule, want 2", n)
		}
	})
}

func TestTheLogDoubtsARuleWhoseSubjectIsNeverPushed(t *testing.T) {
	var log bytes.Buffer
	h := harness()
	h.Logger = slog.New(slog.NewTextHandler(&log, nil))
	inWorld(t, h, func(w *dialecttest.World) {
		subscribe(w, "device.status", "http://app")
		if log.Len() > 0 {
			t.Errorf("doubts what is pushed: %s", &log)
		}
		r := post(w, rulesPath, `{"subject":{"resource":"device.property","event":"report"}}`)
		if log.Len() > 0 {
			t.Errorf("doubts a rule that is not active: %s", &log)
		}
		send(w, "PUT", rulesPath+"/"+r.text("rule_id"), `{"active":true}`)
	})
	if want := `level=WARN msg="a rule is active whose subject is never pushed here" rule=`; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s: %s", want, &log)
	}
}
