package device

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"fleetdrill/scenarios"
)

func TestAnInstantIsTheNextOfItsKindAndNeverTheCauseItself(t *testing.T) {
	g := &Group{Apart: true}
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(0, rapid.Int64Range(0, 1<<50).Draw(t, "from"))
		m := rapid.SampledFrom([]moment{sending, breaking, linking}).Draw(t, "moment")
		at := g.instant(from, m)
		if d := at.Sub(from); d <= 0 || d > 4*time.Microsecond {
			t.Fatalf("%v after its cause, want more than 0 and at most 4µs", d)
		}
		if ns := at.UnixNano(); ns%1000 != 0 || ns/1000%4 != int64(m) {
			t.Fatalf("at %d ns, want a whole microsecond that is %d of 4", ns, m)
		}
	})
	now := time.Now()
	if got := (&Group{}).instant(now, linking); !got.Equal(now) {
		t.Errorf("on the real clock %v became %v", now, got)
	}
}

func TestADeviceActsInInstantsOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "twice", After: constant(time.Second)}), func(g *Group) {
			g.Apart = true
			g.Observe = func(f Fact) {
				want := map[Kind]moment{Connected: linking, Answered: sending}
				if m, ok := want[f.Kind]; ok && (f.At.UnixNano()%1000 != 0 || f.At.UnixNano()/1000%4 != int64(m)) {
					t.Errorf("%v at %d ns, want microsecond %d of 4", f.Kind, f.At.UnixNano(), m)
				}
			}
		})
		w.at(time.Second)
		w.send(1, 0)
		w.at(3 * time.Second)
		w.dev.Kick(time.Second)
		w.at(10 * time.Second)
	})
}
