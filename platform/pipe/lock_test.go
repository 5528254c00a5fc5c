package pipe_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func TestALockedPacketArrivesWholeAndWakesItsReaderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		got := make(chan string, 10)
		go func() {
			buf := make([]byte, 100)
			for {
				n, err := far.Read(buf)
				if err != nil {
					close(got)
					return
				}
				got <- string(buf[:n])
			}
		}()
		near.Lock()
		near.Write([]byte("one "))
		synctest.Wait()
		if len(got) > 0 {
			t.Errorf("reader got %q in the middle of a packet", <-got)
		}
		go func() {
			near.Lock()
			near.Write([]byte("another"))
			near.Unlock()
		}()
		synctest.Wait()
		near.Write([]byte("packet"))
		near.Unlock()
		synctest.Wait()
		near.Close()
		all := ""
		for part := range got {
			all += part
		}
		if all != "one packetanother" {
			t.Errorf("got %q", all)
		}
	})
}

func TestALockedPacketLargerThanTheBufferGoesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		go func() {
			near.Lock()
			near.Write(make([]byte, 3<<20))
			near.Unlock()
			near.Close()
		}()
		if n, err := io.Copy(io.Discard, far); n != 3<<20 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
	})
}

// A wait for the lock is idle time for a bubble: with a mutex this test would hang.
func TestTimeGoesOnWhileSomeoneWaitsForTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := pair(t)
		near.Lock()
		go func() {
			time.Sleep(time.Hour)
			near.Unlock()
		}()
		begin := time.Now()
		near.Lock()
		if took := time.Since(begin); took != time.Hour {
			t.Errorf("waited %v", took)
		}
	})
}
