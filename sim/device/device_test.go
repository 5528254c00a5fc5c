package device

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/scenarios"
)

func only(b scenarios.Behaviour) []scenarios.Behaviour {
	b.Weight = 100
	return []scenarios.Behaviour{b}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("story (-want +got):\n%s", diff)
	}
}

func TestADeviceConnectsAnswersAndLeavesInGoodOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "respond", After: constant(20 * time.Millisecond),
			Output: json.RawMessage(`{"v":1}`)}), nil)
		w.at(time.Second)
		w.send(7, 0)
		w.at(2 * time.Second)
		w.stop()
		story := w.story("left")
		slices.Sort(story[min(2, len(story)):min(4, len(story))]) // the broker may hear of an answer before the device notes it
		expect(t, story,
			"0s connected",
			"1s seen 7",
			"1.02s answered 7",
			`1.02s broker: reply 7 ok=true code=0 data={"v":1,"answer":7}`,
			"2s broker: offline")
	})
}

func TestManyAnswersAreOwedAtOnceAndComeWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "twice", After: constant(time.Second), Gap: constant(time.Second)}), nil)
		w.at(0)
		w.send(1, 0)
		w.at(500 * time.Millisecond)
		w.send(2, 0)
		w.at(600 * time.Millisecond)
		if got := w.group.Tally.Owed.Load(); got != 4 {
			t.Errorf("owed: got %d, want 4", got)
		}
		w.at(3 * time.Second)
		expect(t, w.story("broker", "connected"),
			"0s seen 1", "500ms seen 2", "1s answered 1", "1.5s answered 2", "2s answered 1", "2.5s answered 2")
		if got := w.group.Tally.Owed.Load(); got != 0 {
			t.Errorf("owed at the end: got %d, want 0", got)
		}
	})
}

func TestAGarbledAnswerReachesTheBrokerUnreadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "garble"}), nil)
		w.at(0)
		w.send(1, 0)
		w.at(time.Second)
		story := w.story("left", "connected")
		slices.Sort(story) // both ends note it at one instant, in either order
		expect(t, story, "0s answered 1", "0s broker: unreadable on up/d1", "0s seen 1")
	})
}

func TestASlowAckIsHeldWhileTheAnswerGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "slow_ack", After: constant(time.Second), Ack: constant(3 * time.Second)}), nil)
		w.at(0)
		w.send(1, 1)
		w.at(5 * time.Second)
		expect(t, w.story("connected", "reply"), "0s seen 1", "1s answered 1", "3s broker: left 1")
	})
}

func TestADeviceThatHangsUpComesBackAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "disconnect", After: constant(time.Second), Gap: constant(5 * time.Second)}), nil)
		w.at(0)
		w.send(1, 0)
		w.at(time.Minute)
		expect(t, w.story("left 1"),
			"0s connected", "0s seen 1", "1s hung up 1", "1s broker: offline", "6s connected")
	})
}

func TestAnAnswerDueWhileAwayIsLostAndOneDueAfterwardsIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "respond", After: constant(10 * time.Second)}), nil)
		w.at(0)
		w.send(1, 0)
		w.at(7 * time.Second)
		w.send(2, 0)
		w.at(9 * time.Second)
		w.dev.Kick(3 * time.Second)
		w.at(20 * time.Second)
		expect(t, w.story("left ", "broker"),
			"0s connected", "0s seen 1", "7s seen 2", "9s lost", "12s connected", "17s answered 2")
		if got := w.group.Tally.Unsent.Load(); got != 1 {
			t.Errorf("unsent: got %d, want 1", got)
		}
		if got := w.group.Tally.Owed.Load(); got != 0 {
			t.Errorf("owed: got %d, want 0", got)
		}
	})
}

// It broke the connection as soon as that was there, and what arrived in that moment was seen, or was not.
func TestAKickOfADeviceThatConnectsDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, func(g *Group) {
			dial := g.Dial
			g.Dial = func(ctx context.Context) (net.Conn, error) {
				time.Sleep(2 * time.Second)
				return dial(ctx)
			}
		})
		w.at(time.Second)
		w.dev.Kick(3 * time.Second)
		w.at(10 * time.Second)
		expect(t, w.story("broker"), "2s connected")
	})
}

func TestAKickOfADeviceThatIsAwayDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, nil)
		w.at(time.Second)
		w.dev.Kick(10 * time.Second)
		w.at(2 * time.Second)
		w.dev.Kick(100 * time.Second)
		w.at(time.Minute)
		expect(t, w.story("broker"), "0s connected", "1s lost", "11s connected")
	})
}

func TestReconnectsWaitTwiceAsLongEachTimeUpToTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, nil)
		w.at(0)
		w.mu.Lock()
		w.refuse = true
		w.mu.Unlock()
		w.session.Close("kicked")
		w.at(34 * time.Second)
		w.mu.Lock()
		w.refuse = false
		w.mu.Unlock()
		w.at(time.Minute)
		w.dev.Kick(0)
		w.at(2 * time.Minute)
		expect(t, w.story("broker"), "0s connected", "0s lost",
			"1s refused", "3s refused", "7s refused", "15s refused", "25s refused", "35s connected",
			"1m0s lost", "1m1s connected")
	})
}

func TestJitterShortensEachWaitByItsShareAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		var zero time.Time
		w := newWorld(t, nil, func(g *Group) {
			zero = time.Now()
			g.Dial = func(context.Context) (net.Conn, error) { return nil, errors.New("no route") }
			g.Reconnect = scenarios.Reconnect{After: 10 * time.Second, Max: 10 * time.Second, Jitter: 0.4}
			g.Observe = func(f Fact) { at = append(at, f.At.Sub(zero)) }
		})
		w.at(10 * time.Minute)
		if len(at) < 60 || len(at) > 100 {
			t.Fatalf("tries in 10 minutes: got %d, want 60 to 100", len(at))
		}
		for i := 1; i < len(at); i++ {
			if wait := at[i] - at[i-1]; wait < 6*time.Second || wait > 10*time.Second {
				t.Errorf("wait %d: got %v, want 6s to 10s", i, wait)
			}
		}
		if at[1]-at[0] == at[2]-at[1] {
			t.Errorf("two waits are the same: %v", at[:3])
		}
	})
}

func TestPresenceTakesTheDeviceAwayAndBackInGoodOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, func(g *Group) {
			g.Presence = scenarios.Presence{Up: constant(10 * time.Second), Offline: constant(5 * time.Second)}
		})
		w.at(27 * time.Second)
		expect(t, w.story(), "0s connected", "10s left", "10s broker: offline", "15s connected", "25s left", "25s broker: offline")
	})
}

func TestADeviceThatStartsOfflineComesWhenItsTimeIsOverOrNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, func(g *Group) {
			g.Presence = scenarios.Presence{Start: "offline", Offline: constant(7 * time.Second)}
		})
		w.at(time.Hour)
		expect(t, w.story(), "7s connected")
		w = newWorld(t, nil, func(g *Group) { g.Presence = scenarios.Presence{Start: "offline"} })
		w.at(time.Hour)
		expect(t, w.story())
	})
}

func TestWhatIsNoCommandIsCountedAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, nil)
		w.at(0)
		w.session.Publish(brokerMessage("down/d1/ping", "not JSON"))
		w.at(time.Second)
		w.send(1, 0)
		w.at(2 * time.Second)
		expect(t, w.story("broker"), "0s connected", "1s seen 1", "1s answered 1")
		if got := w.group.Tally.Unreadable.Load(); got != 1 {
			t.Errorf("unreadable: got %d, want 1", got)
		}
	})
}

func TestAFullMailboxTakesNoMoreAndSaysSo(t *testing.T) {
	b := mailbox{wake: make(chan struct{}, 1)}
	for i := range mailboxSize {
		if !b.put(letter{}.Message, time.Time{}) {
			t.Fatalf("message %d: no room, want room for %d", i, mailboxSize)
		}
	}
	if b.put(letter{}.Message, time.Time{}) {
		t.Error("one message too many was taken")
	}
	if l, _ := b.empty(); len(l) != mailboxSize {
		t.Errorf("taken out: got %d, want %d", len(l), mailboxSize)
	}
	if !b.put(letter{}.Message, time.Time{}) {
		t.Error("an emptied mailbox took nothing")
	}
}

func TestAStoppedDeviceOwesNothingAndHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble fails when a goroutine is left
		w := newWorld(t, only(scenarios.Behaviour{Kind: "delay", After: constant(time.Hour)}), nil)
		w.at(0)
		w.send(1, 0)
		w.at(time.Second)
		w.stop()
		if got := w.group.Tally.Owed.Load(); got != 0 {
			t.Errorf("owed: got %d, want 0", got)
		}
	})
}

func TestADeviceStopsWhileItWaitsForTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, func(g *Group) {
			g.Dial = func(ctx context.Context) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		w.at(time.Second)
		w.stop()
		if took := time.Since(w.zero); took != time.Second {
			t.Errorf("stopped after %v, want 1s", took)
		}
		expect(t, w.story())
	})
}

func TestACountOnTheWireIsMadeThePlatformsNumber(t *testing.T) {
	d := New(&Group{}, Identity{Number: 3})
	for shown, want := range map[platform.Wire]platform.Wire{
		7:                         3*platform.WireStride + 7,
		3*platform.WireStride + 7: 3*platform.WireStride + 7,
		5 * platform.WireStride:   5 * platform.WireStride,
		0:                         0, // the wire shows an ID
	} {
		if got := d.whole(shown); got != want {
			t.Errorf("%d on the wire is %d, want %d", shown, got, want)
		}
	}
}

// idCodec is a wire that shows IDs.
type idCodec struct{ testCodec }

func (c idCodec) Decode(topic string, payload []byte) (platform.Command, error) {
	cmd, err := c.testCodec.Decode(topic, payload)
	cmd.ID, cmd.Wire = platform.ID(cmd.Wire), 0
	return cmd, err
}

func TestADeviceThatReadsIDsAnswersThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, only(scenarios.Behaviour{Kind: "respond"}), func(g *Group) {
			g.Codec = idCodec{}
			g.Observe = func(f Fact) {
				if f.Kind == Seen || f.Kind == Answered {
					g.Tally.Unreadable.Add(int64(f.ID))
				}
			}
		})
		w.at(time.Second)
		w.send(7, 0)
		w.at(2 * time.Second)
		w.stop()
		expect(t, w.story("offline", "left"), `1s broker: reply 0 ok=true code=0 data={"answer":7}`)
		if n := w.group.Tally.Unreadable.Load(); n != 14 {
			t.Errorf("the facts have IDs that add up to %d, want 7 and 7", n)
		}
	})
}
