package huawei_test

import (
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

func TestARecordDoesNotKeepTheRequestThatItCameIn(t *testing.T) {
	body := `{"paras":"` + strings.Repeat("x", 200_000) + `","service_id":"s","command_name":"c","paras":{"value":1}}`
	inWorld(t, harness(), func(w *dialecttest.World) {
		kept := dialecttest.Kept(func() {
			for range 25 {
				post(w, "devices/pk1_dk0/commands", body)
			}
		})
		if kept > 5<<18 {
			t.Errorf("25 records keep %d bytes", kept)
		}
		w.Expect(25, platform.Ended)
	})
}
