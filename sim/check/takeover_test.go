package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
)

func TestADeviceThatTakesItsOwnPlaceIsThereAfterwards(t *testing.T) {
	s := newStory()
	for d := range 3 { // all of it in the instant of one second; only the second device was not there before
		if s.dev = d + 1; d != 1 {
			s.presence(platform.WentOnline, 0)
		}
		s.Fault(FaultFact{Fault: "faults[0] latency", At: time.Second, Device: d + 1})
		s.presence(platform.WentOffline, time.Second)
		s.Device(DeviceFact{Device: d + 1, Kind: DeviceConnected, At: time.Second})
		s.presence(platform.WentOnline, time.Second)
	}
	s.presence(platform.WentOffline, time.Second)
	h := s.Finish()
	read, err := ReadJSONL(strings.NewReader(jsonl(t, h)))
	if err != nil {
		t.Fatal(err)
	}
	again, not := []Kind{Fault, Offline, Connected, Online}, []Kind{Fault, Connected, Online, Offline}
	lost := []Kind{Fault, Connected, Online, Offline, Offline}
	for _, h := range []*History{h, read} {
		for d, want := range [][]Kind{again, not, lost} {
			var alone, of []Kind
			for f := range h.Alone() {
				if f.Device == d+1 && f.At == time.Second {
					alone = append(alone, f.Kind)
				}
			}
			for _, f := range h.Of(d + 1) {
				if f.At == time.Second {
					of = append(of, f.Kind)
				}
			}
			if !slices.Equal(alone, want) || !slices.Equal(of, want) {
				t.Errorf("device %d: %v, and its own %v; want %v", d+1, alone, of, want)
			}
		}
	}
}
