package alibaba_test

import (
	"net/http"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

func TestARecordDoesNotKeepTheRequestThatItCameIn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		kept := dialecttest.Kept(func() {
			for range 25 {
				do(w, v1Request(w, http.MethodPost, parameters(w, "InvokeThingService", "Pad="+strings.Repeat("x", 200_000))))
			}
		})
		if kept > 5<<18 {
			t.Errorf("25 records keep %d bytes", kept)
		}
		w.Expect(25, platform.Ended)
	})
}
