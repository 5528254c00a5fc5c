package link_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform/pipe"
	"fleetdrill/sim/link"
)

// Packets of MQTT: a PUBLISH at QoS 0 and at QoS 1, a PUBACK, a PINGREQ.
var (
	publish0 = []byte{0x30, 4, 0, 1, 't', 'a'}
	publish1 = []byte{0x32, 6, 0, 1, 't', 0, 7, 'b'}
	again1   = []byte{0x3a, 6, 0, 1, 't', 0, 7, 'b'}
	puback   = []byte{0x40, 2, 0, 7}
	ping     = []byte{0xc0, 0}
)

// ends are the device's and the broker's end of a connection over a link.
type ends struct {
	link   *link.Link
	device interface {
		net.Conn
		Reset()
	}
	broker *end
}

// end collects what arrives at the broker.
type end struct {
	net.Conn
	mu   sync.Mutex
	got  []byte
	err  error
	done chan struct{}
}

func (e *end) collect() {
	defer close(e.done)
	buf := make([]byte, 1000)
	for {
		n, err := e.Read(buf)
		e.mu.Lock()
		e.got, e.err = append(e.got, buf[:n]...), err
		e.mu.Unlock()
		if err != nil {
			e.Close()
			return
		}
	}
}

// arrived is what came since the last call.
func (e *end) arrived() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.got
	e.got = nil
	return got
}

func connect(t *testing.T, l net.Listener, dial func(context.Context) (net.Conn, error)) *ends {
	t.Helper()
	e := &ends{link: &link.Link{}}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			accepted <- c
		}
	}()
	c, err := e.link.Dial(context.Background(), dial)
	if err != nil {
		t.Fatal(err)
	}
	e.device = c.(interface {
		net.Conn
		Reset()
	})
	e.broker = &end{Conn: <-accepted, done: make(chan struct{})}
	go e.broker.collect()
	return e
}

func inMemory(t *testing.T) *ends {
	l := pipe.Listen("mqtt")
	return connect(t, l, l.Dial)
}

// finish ends a test's connection: the bubble then proves that nothing is left.
func (e *ends) finish() {
	e.device.Close()
	e.link.End()
	<-e.broker.done
}

// read is the next whole read of the device, and how long it waited.
func (e *ends) read(t *testing.T) ([]byte, time.Duration) {
	t.Helper()
	begin, buf := time.Now(), make([]byte, 1000)
	n, err := e.device.Read(buf)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return buf[:n], time.Since(begin)
}

func virtual(t *testing.T, test func(t *testing.T, e *ends)) {
	synctest.Test(t, func(t *testing.T) {
		e := inMemory(t)
		test(t, e)
		e.finish()
	})
}

func expect(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got % x, want % x", what, got, want)
	}
}

const ms = time.Millisecond

func fixed(d time.Duration) func(uint64) time.Duration {
	return func(uint64) time.Duration { return d }
}

func TestWithoutFaultsEverythingPassesAtOnce(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.device.Write(publish0)
		e.broker.Write(publish1)
		got, took := e.read(t)
		expect(t, "down", got, publish1)
		synctest.Wait()
		expect(t, "up", e.broker.arrived(), publish0)
		if took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestLatencyDelaysEachPacketByItselfAndKeepsTheirOrder(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		late := func(n uint64) time.Duration { return []time.Duration{100 * ms, 10 * ms, 100 * ms}[n] }
		e.link.Strike(1, link.Effect{Delay: [2]func(uint64) time.Duration{late, late}})
		go func() {
			for range 3 {
				e.broker.Write(publish0)
				e.device.Write(publish0)
				time.Sleep(60 * ms)
			}
		}()
		for i, want := range []time.Duration{100 * ms, 0, 120 * ms} { // at 100, at 100 for the order, at 220
			got, took := e.read(t)
			expect(t, "down", got, publish0)
			if took != want {
				t.Errorf("packet %d came %v after the one before, want %v", i, took, want)
			}
		}
		synctest.Wait()
		expect(t, "up", e.broker.arrived(), bytes.Repeat(publish0, 3))
	})
}

func TestBandwidthTakesTimeForEachByteInEachWay(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Rate: [2]float64{100, 1000}})
		e.device.Write(publish1)
		e.device.Write(publish1)
		e.broker.Write(append(bytes.Clone(publish1), publish1...))
		for range 2 {
			if got, took := e.read(t); took != 8*ms || !bytes.Equal(got, publish1) {
				t.Errorf("8 bytes at 1000/s: % x took %v", got, took)
			}
		}
		time.Sleep(160*ms - 16*ms - 1)
		expect(t, "up a moment before 160 ms", e.broker.arrived(), publish1)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		expect(t, "up at 160 ms", e.broker.arrived(), publish1)
	})
}

func TestAStalledDeviceFindsEverythingWhenItReadsAgain(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Stall: true})
		e.link.Strike(2, link.Effect{Stall: true})
		e.broker.Write(publish0)
		time.AfterFunc(time.Second, func() { e.link.Heal(1) })
		time.AfterFunc(2*time.Second, func() { e.link.Heal(2) })
		if got, took := e.read(t); took != 2*time.Second || !bytes.Equal(got, publish0) {
			t.Errorf("got % x after %v, want it when the last of two faults has healed", got, took)
		}
		e.device.Write(ping)
		synctest.Wait()
		expect(t, "up", e.broker.arrived(), ping)
	})
}

func TestAStalledDeviceMakesItsBrokerWaitInTheEnd(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Stall: true})
		e.broker.SetWriteDeadline(time.Now().Add(10 * time.Second))
		n, err := e.broker.Write(make([]byte, 3<<20))
		if err == nil || n > 2<<20 {
			t.Errorf("wrote %d bytes to a device that does not read, %v", n, err)
		}
	})
}

func TestPublishesAreDuplicatedAndNothingElse(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Copy: [2]bool{true, true}})
		for _, p := range [][]byte{ping, publish0, puback, publish1} {
			e.device.Write(p)
		}
		synctest.Wait()
		expect(t, "up", e.broker.arrived(), slices(ping, publish0, publish0, puback, publish1, again1))
		e.broker.Write(slices(puback, publish1, ping))
		var got []byte
		for range 4 {
			p, _ := e.read(t)
			got = append(got, p...)
		}
		expect(t, "down", got, slices(puback, publish1, again1, ping))
	})
}

func slices(list ...[]byte) []byte { return bytes.Join(list, nil) }

func TestAPacketThatWasHalfReadAtTheStrikeIsNotDuplicated(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.broker.Write(publish1[:3])
		first, _ := e.read(t)
		e.link.Strike(1, link.Effect{Copy: [2]bool{true, true}})
		e.broker.Write(slices(publish1[3:], publish0))
		for range 3 {
			p, _ := e.read(t)
			first = append(first, p...)
		}
		expect(t, "down", first, slices(publish1, publish0, publish0))
	})
}

func TestAcknowledgementsAreLostFromStrikeToHeal(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		for i := range 3 {
			switch i {
			case 1:
				e.link.Strike(1, link.Effect{LoseAcks: true})
			case 2:
				e.link.Heal(1)
			}
			e.device.Write(puback)
			e.device.Write(publish1)
		}
		synctest.Wait()
		expect(t, "up", e.broker.arrived(), slices(puback, publish1, publish1, puback, publish1))
	})
}

func TestInAHalfOpenConnectionBytesVanishAndNothingCloses(t *testing.T) {
	both, up, down := [2]bool{true, true}, [2]bool{link.Up: true}, [2]bool{link.Down: true}
	for _, vanish := range [][2]bool{both, up, down} {
		virtual(t, func(t *testing.T, e *ends) {
			e.link.Strike(1, link.Effect{Vanish: vanish})
			e.link.Heal(1) // a connection that is dead stays so
			e.device.Write(ping)
			e.broker.Write(publish0)
			read := make(chan error, 1)
			go func() {
				buf := make([]byte, 100)
				n, err := e.device.Read(buf)
				if n > 0 {
					_, err = e.device.Read(buf)
				}
				read <- err
			}()
			time.Sleep(time.Hour)
			if got := e.broker.arrived(); (len(got) == 0) != vanish[link.Up] {
				t.Errorf("%v: the broker got % x", vanish, got)
			}
			e.broker.Close()
			time.Sleep(time.Hour)
			select {
			case err := <-read:
				if vanish[link.Down] || err != io.EOF {
					t.Errorf("%v: the device read %v", vanish, err)
				}
			default:
				if !vanish[link.Down] {
					t.Errorf("%v: the device does not see the end", vanish)
				}
				e.device.Close()
				if err := <-read; !errors.Is(err, net.ErrClosed) {
					t.Errorf("%v: after its own close the device read %v", vanish, err)
				}
			}
		})
	}
}

func TestABrokerDoesNotSeeTheEndOfAHalfOpenConnectionUntilItGivesUp(t *testing.T) {
	for _, close := range []func(*ends){func(e *ends) { e.device.Close() }, func(e *ends) { e.device.Reset() }} {
		virtual(t, func(t *testing.T, e *ends) {
			e.link.Strike(1, link.Effect{Vanish: [2]bool{link.Up: true}})
			close(e)
			time.Sleep(time.Hour)
			select {
			case <-e.broker.done:
				t.Errorf("it saw %v", e.broker.err)
			default:
			}
			e.broker.Conn.Close()
		})
	}
}

func TestNoConnectionIsMadeWhileBytesVanish(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Vanish: [2]bool{link.Up: true}})
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := e.link.Dial(ctx, nil)
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != 10*time.Second {
			t.Errorf("dial: %v after %v", err, took)
		}
	})
}

func TestWhatIsOnItsWayArrivesBeforeTheEnd(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Delay: [2]func(uint64) time.Duration{fixed(time.Second), fixed(time.Second)}})
		e.device.Write(publish0)
		e.device.Close()
		time.Sleep(time.Second - 1)
		expect(t, "before", e.broker.arrived(), nil)
		time.Sleep(time.Nanosecond)
		<-e.broker.done
		expect(t, "after", e.broker.arrived(), publish0)
		if e.broker.err != io.EOF {
			t.Errorf("the broker saw %v", e.broker.err)
		}
	})
}

func TestAResetLosesWhatIsOnItsWay(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Strike(1, link.Effect{Delay: [2]func(uint64) time.Duration{fixed(time.Second), fixed(time.Second)}})
		e.device.Write(publish0)
		e.device.Reset()
		<-e.broker.done
		expect(t, "up", e.broker.arrived(), nil)
		if !errors.Is(e.broker.err, syscall.ECONNRESET) {
			t.Errorf("the broker saw %v", e.broker.err)
		}
	})
}

func TestALinkEndsWhateverItsConnectionsWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, effect := range []link.Effect{{Stall: true}, {Vanish: [2]bool{true, true}}, {Rate: [2]float64{1e-6, 1e-6}},
			{Delay: [2]func(uint64) time.Duration{fixed(time.Hour), fixed(time.Hour)}}} {
			e := inMemory(t)
			e.link.Strike(1, effect)
			for range 20_000 {
				e.broker.Write(publish1) // more than fits
				e.device.Write(publish1)
			}
			e.device.Close()
			begin := time.Now()
			e.finish()
			if took := time.Since(begin); took != 0 {
				t.Errorf("%+v: it took %v", effect, took)
			}
		}
	})
}

func TestAMomentPutsOffWhatIsHeldUpAndNothingElse(t *testing.T) {
	virtual(t, func(t *testing.T, e *ends) {
		e.link.Moment = func(t time.Time, w link.Way) time.Time { return t.Add(time.Duration(w+1) * time.Minute) }
		e.broker.Write(publish0)
		if _, took := e.read(t); took != 0 {
			t.Errorf("without a fault it took %v", took)
		}
		e.link.Strike(1, link.Effect{Delay: [2]func(uint64) time.Duration{fixed(ms), fixed(ms)}})
		e.broker.Write(publish0)
		if _, took := e.read(t); took != ms+2*time.Minute {
			t.Errorf("held up it took %v", took)
		}
	})
}

func TestEveryKindOfFaultActsOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var d net.Dialer
	e := connect(t, l, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", l.Addr().String()) })
	e.broker.Write(publish0)
	got, _ := e.read(t)
	expect(t, "direct", got, publish0)
	for i, effect := range []link.Effect{{Stall: true}, {LoseAcks: true}, {Copy: [2]bool{true, true}}, {Rate: [2]float64{1e5, 1e5}},
		{Delay: [2]func(uint64) time.Duration{fixed(ms), fixed(ms)}}} {
		e.link.Strike(i, effect)
		e.device.Write(puback)
		e.broker.Write(publish1)
		if effect.Stall {
			e.link.Heal(i)
		}
		got, _ := e.read(t)
		expect(t, "down", got, publish1)
		if effect.Copy[link.Down] {
			got, _ = e.read(t)
			expect(t, "copy", got, again1)
		}
		e.link.Heal(i)
	}
	e.link.Strike(9, link.Effect{Vanish: [2]bool{true, true}})
	e.device.Write(publish0)
	e.finish()
	if got := e.broker.arrived(); bytes.Contains(got, publish0) {
		t.Errorf("what vanished arrived: % x", got)
	}
}
