package enos_test

import (
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
)

func TestARecordDoesNotKeepTheRequestThatItCameIn(t *testing.T) {
	pad := strings.Repeat("x", 200_000)
	for what, call := range map[string][2]string{
		"body":  {invoke(0), `{"pad":"` + pad + `","inputData":{"delay":5}}`},
		"query": {invoke(0, "pad="+pad), input},
	} {
		inWorld(t, harness(), func(w *dialecttest.World) {
			kept := dialecttest.Kept(func() {
				for range 25 {
					wantFailure(w, post(w, call[0], call[1]), "11900")
				}
			})
			if kept > 5<<18 {
				t.Errorf("%s: 25 records keep %d bytes", what, kept)
			}
		})
	}
}

func TestARecordDoesNotKeepTheReplyThatItsOutputCameIn(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		kept := dialecttest.Kept(func() {
			for range 25 {
				answer := postGo(w, invoke(0), input)
				r := platform.ReplyTo(d.Next().Command)
				r.OK, r.Data, r.Message = true, []byte(`{"a":1}`), strings.Repeat("x", 100_000)
				topic, payload, _ := w.Harness.Codec.Encode(d.Address, r)
				d.Publish(topic, []byte(strings.Replace(string(payload), `"message"`, `"pad"`, 1)))
				if e := <-answer; e.Code != "0" {
					t.Errorf("answer: %+v", e)
				}
			}
		})
		if kept > 5<<18 {
			t.Errorf("25 records keep %d bytes", kept)
		}
	})
}
