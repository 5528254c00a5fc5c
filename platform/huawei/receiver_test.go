package huawei_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
)

// failing makes a command fail, which is one push.
func failing(w *dialecttest.World, n int) {
	for range n {
		delayed(w, `,"send_strategy":"immediately"`)
	}
}

func TestOnly200AcknowledgesAndAFailedPushIsNotRepeated(t *testing.T) {
	for _, status := range []int{201, 204, 301, 404, 500, 503} {
		inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
			a.answering(func(n int, r *http.Request) int {
				if r.Header.Get("Location") == "" && n < 10 {
					return status
				}
				return 200
			})
			failing(w, 9)
			time.Sleep(time.Hour)
			if n := len(a.pushes()); n != 9 {
				t.Errorf("%d: %d pushes of 9, want each once", status, n)
			}
			failing(w, 2) // the tenth failure blocks, the next push waits
			if n := len(a.pushes()); n != 10 {
				t.Errorf("%d: %d pushes after ten failures, want 10", status, n)
			}
		})
	}
}

func TestASuccessBetweenFailuresForgetsThem(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n%10 == 9 {
				return 200
			}
			return 500
		})
		failing(w, 40)
		if n := len(a.pushes()); n != 40 {
			t.Errorf("%d pushes, want 40: never ten failures in a row", n)
		}
	})
}

func TestAReceiverHasFifteenSeconds(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		wait := 15*time.Second - time.Millisecond
		a.answering(func(n int, r *http.Request) int {
			time.Sleep(wait)
			return 200
		})
		failing(w, 20)
		time.Sleep(15 * 20 * time.Second)
		if n := len(a.pushes()); n != 20 {
			t.Errorf("%d pushes, want 20: all in time", n)
		}
		wait = 16 * time.Second
		failing(w, 12)
		time.Sleep(15 * 12 * time.Second)
		if n := len(a.pushes()); n != 30 {
			t.Errorf("%d pushes, want 30: ten were not in time, and the host is blocked", n)
		}
	})
}

func TestAReceiverThatIsDownGetsEverythingLaterAndInOrder(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		down := true
		a.answering(func(int, *http.Request) int {
			a.mu.Lock()
			defer a.mu.Unlock()
			if down {
				return 503
			}
			return 200
		})
		failing(w, 10)
		start := time.Now()
		synctest.Wait()
		var ids []string
		for range 50 {
			ids = append(ids, delayed(w, `,"send_strategy":"immediately"`).text("command_id"))
		}
		time.Sleep(3*time.Minute - time.Nanosecond)
		if n := len(a.pushes()); n != 10 {
			t.Errorf("%d pushes before the first probe, want 10", n)
		}
		time.Sleep(3*time.Hour - 3*time.Minute + 2*time.Nanosecond)
		if n := len(a.pushes()); n != 10+60 {
			t.Errorf("%d pushes after three hours, want 10 and a probe every three minutes", n)
		}
		a.mu.Lock()
		down = false
		a.mu.Unlock()
		time.Sleep(3*time.Minute + time.Second)
		got := a.pushes()[70:]
		if len(got) != 50 {
			t.Fatalf("%d pushes after its return, want 50", len(got))
		}
		for i, p := range got {
			if p.Notify.Body["command_id"] != ids[i] {
				t.Errorf("push %d is of %v, want %s", i, p.Notify.Body["command_id"], ids[i])
			}
		}
		if at := got[0].at.Sub(start); at != 3*time.Hour+3*time.Minute {
			t.Errorf("the probe that succeeds comes after %v", at)
		}
		failing(w, 1)
		if n := len(a.pushes()); n != 121 {
			t.Errorf("%d pushes, want 121: it is free", n)
		}
	})
}

func TestAReceiverThatCannotBeReachedIsOneThatFails(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.isAway(true)
		failing(w, 10) // are lost, and block the host
		var ids []string
		for range 3 {
			ids = append(ids, delayed(w, `,"send_strategy":"immediately"`).text("command_id"))
		}
		time.Sleep(time.Hour)
		a.isAway(false)
		time.Sleep(3*time.Minute + time.Second)
		var got []string
		for _, p := range a.pushes() {
			got = append(got, p.Notify.Body["command_id"].(string))
		}
		if !slices.Equal(got, ids) {
			t.Errorf("it gets %v once it is there, want %v", got, ids)
		}
	})
}

func TestWhatHasPiledUpGoesAtEightHundredASecondAndFirst(t *testing.T) {
	cfg := testConfig()
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n < 10 {
				return 500
			}
			return 200
		})
		failing(w, 10+1+1600)
		time.Sleep(3 * time.Minute) // the probe succeeds
		begin := time.Now()
		time.Sleep(time.Second)
		live := delayed(w, `,"send_strategy":"immediately"`).text("command_id")
		if n := len(a.pushes()) - 11; n < 800 || n > 801 {
			t.Errorf("%d of the backlog within a second, want 800", n)
		}
		time.Sleep(time.Second)
		got := a.pushes()
		if len(got) != 11+1600+1 || got[len(got)-1].Notify.Body["command_id"] != live {
			t.Errorf("%d pushes after two seconds, want all, and the live one last", len(got))
		}
		for i, p := range got[11 : 11+1600] {
			if at, want := p.at.Sub(begin), time.Duration(i)*time.Second/800; at != want {
				t.Fatalf("number %d of the backlog goes after %v, want %v", i, at, want)
			}
		}
	})
}

func TestWhatPilesUpIsKeptForADayAndUpToItsLimit(t *testing.T) {
	cfg := testConfig()
	cfg.PushBytes = 30 << 10
	inPushWorld(t, cfg, func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int { return 500 })
		failing(w, 10+5)
		time.Sleep(24*time.Hour + time.Minute)
		failing(w, 3)
		tried := len(a.pushes())
		a.answering(nil)
		time.Sleep(3*time.Minute + time.Second)
		if n := len(a.pushes()) - tried; n != 3 {
			t.Errorf("%d pushes after a day, want the 3 of today", n)
		}
		a.answering(func(n int, _ *http.Request) int { return 500 })
		failing(w, 10+200)
		tried = len(a.pushes())
		a.answering(nil)
		time.Sleep(4 * time.Minute)
		got, size := a.pushes()[tried:], 0
		for _, p := range got {
			size += len(p.raw)
		}
		if size > 30<<10 || size < 29<<10 {
			t.Errorf("%d pushes of %d bytes are kept, want nearly 30 K", len(got), size)
		}
	})
}

func TestABlockedHostBlocksAllItsURLsAndNoOther(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(n int, _ *http.Request) int {
			if n < 10 {
				return 500
			}
			return 200
		})
		subscribe(w, "device.command.status", "http://nowhere/push")
		failing(w, 10)
		time.Sleep(time.Second)
		post(w, messages, `{"message":"x"}`)
		if n := len(a.pushes()); n != 10 {
			t.Errorf("%d pushes, want 10: the other URL of the host is blocked, too", n)
		}
		time.Sleep(3 * time.Minute)
		if got := a.pushes(); len(got) != 11 || got[10].path != "/messages" {
			t.Errorf("%d pushes, want 11", len(got))
		}
		failing(w, 1)
		if got := a.pushes(); len(got) != 12 || got[11].path != "/push" {
			t.Errorf("%d pushes, want 12: one success frees all", len(got))
		}
	})
}

func TestPushesToOneURLShareOneConnection(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		a.answering(func(int, *http.Request) int { time.Sleep(10 * time.Millisecond); return 200 })
		failing(w, 50)
		time.Sleep(time.Second)
		for i, p := range a.pushes() {
			if i > 0 && p.at.Sub(a.pushes()[i-1].at) != 10*time.Millisecond {
				t.Errorf("push %d comes %v after the one before", i, p.at.Sub(a.pushes()[i-1].at))
			}
		}
		if n := len(a.pushes()); n != 50 || a.conns != 1 {
			t.Errorf("%d pushes by %d connections, want 50 by 1", n, a.conns)
		}
	})
}

func TestAPlatformThatClosesPushesNothing(t *testing.T) {
	var a *app
	inPushWorld(t, testConfig(), func(w *dialecttest.World, it *app) {
		a = it
		delayed(w, "")
		post(w, messages, `{"message":"x"}`)
		a.pushes()
	})
	if len(a.got) != 1 { // PENDING of the message
		t.Errorf("%d pushes, want 1", len(a.got))
	}
}

func TestACrashPushesNothing(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		delayed(w, "")
		w.Connect(0).Next()
		before := a.states()
		w.Platform.Crash()
		time.Sleep(time.Hour)
		if got := a.states(); got != before || before == "" {
			t.Errorf("pushed %q, and %q after the crash", before, got)
		}
		w.Revive()
	})
}

func TestTheOrderOfADevicesPushesHoldsUnderLoad(t *testing.T) {
	inPushWorld(t, testConfig(), func(w *dialecttest.World, a *app) {
		var devices [3]*dialecttest.Device
		for i := range devices {
			devices[i] = w.Connect(i)
		}
		for range 30 {
			var calls [9]<-chan answer
			for i := range calls {
				calls[i] = postGo(w, fmt.Sprintf("devices/pk1_dk%d/async-commands", i%3), `{"paras":{}}`)
			}
			for i := range calls {
				d := devices[i%3]
				d.Answer(d.Next())
			}
			for i := range calls {
				<-calls[i]
			}
		}
		time.Sleep(time.Second)
		next := map[string]string{}
		after := map[string]string{"": "SENT", "SENT": "DELIVERED", "DELIVERED": "SUCCESSFUL"}
		for _, p := range a.pushes() {
			id, status := p.Notify.Body["command_id"].(string), p.Notify.Body["status"].(string)
			if after[next[id]] != status {
				t.Errorf("%s follows %q", status, next[id])
			}
			next[id] = status
		}
		if n := len(a.pushes()); n != 30*9*3 {
			t.Errorf("%d pushes, want %d", n, 30*9*3)
		}
	})
}

func TestWhatBecameOfPushesIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig()
		var down atomic.Bool
		down.Store(true)
		l := pipe.Listen("app")
		cfg.PushDial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			if down.Load() {
				return nil, errors.New("down")
			}
			return l.Dial(ctx)
		}
		server := &http.Server{Handler: &app{}}
		go server.Serve(l)
		defer server.Close()
		h, d := harnessOf(cfg, ""), huawei.New(cfg)
		h.Dialect = func() platform.Dialect { return d }
		w := dialecttest.NewWorld(t, h)
		if d.Subscribe(dialecttest.Org, "app") == nil {
			t.Error("subscribed with a URL that is none")
		}
		if err := d.Subscribe(dialecttest.Org, "http://app"); err != nil {
			t.Fatal(err)
		}
		want := func(want platform.Pushes) {
			t.Helper()
			synctest.Wait()
			if got := d.Pushes(); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		failing(w, 10+5) // each is told once
		want(platform.Pushes{Told: 15, Lost: 10, Waiting: 5, Attempts: 10, Blocked: 1})
		time.Sleep(3*time.Minute + time.Second)
		want(platform.Pushes{Told: 15, Lost: 10, Waiting: 5, Attempts: 11, Blocked: 1})
		down.Store(false)
		time.Sleep(3 * time.Minute)
		want(platform.Pushes{Told: 15, Lost: 10, Acked: 5, Attempts: 16, Blocked: 1})
		down.Store(true)
		failing(w, 12)
		time.Sleep(6 * time.Second) // its connection is kept for five
		failing(w, 12)
		want(platform.Pushes{Told: 39, Lost: 20, Acked: 17, Waiting: 2, Attempts: 38, Blocked: 2})
		time.Sleep(24 * time.Hour)
		want(platform.Pushes{Told: 39, Lost: 22, Acked: 17, Attempts: 38 + 479, Blocked: 2})
		d.Close()
	})
}
