package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/scenarios"
	"fleetdrill/sim/check"
)

func TestWhatStruckWhoIsNotInAReplayIsNotToldInIt(t *testing.T) {
	lines := `{"at_us":1000,"device":"meters-1","fact":"connected"}
{"at_us":1000,"device":"meters-2","fact":"connected"}
{"at_us":2000,"device":"meters-2","fact":"fault","fault":"faults[0] latency (add: 1s)","for_us":5}
{"at_us":2000,"device":"meters-1","fact":"fault","fault":"faults[0] latency (add: 1s)","for_us":5}
{"at_us":3000,"fact":"fault","fault":"faults[1] caller_gone of other (after: 1s)","for_us":5}
{"at_us":3000,"fact":"fault","fault":"faults[2] caller_gone of ping","for_us":5}
{"at_us":4000,"fact":"fault","fault":"faults[3] platform_restart","for_us":5}
{"at_us":4100,"fact":"fault","fault":"faults[4] broker_restart (sessions: lost)","for_us":5}
{"at_us":4200,"fact":"fault","fault":"faults[5] broker_restart","for_us":5}
{"at_us":5000,"load":"ping","n":0,"device":"meters-1","fact":"due"}
{"at_us":5001,"load":"ping","n":0,"device":"meters-1","fact":"sent"}
{"at_us":5100,"load":"ping","n":0,"device":"meters-1","fact":"fault","fault":"faults[6] copied a command"}
{"at_us":5200,"load":"ping","n":1,"device":"meters-1","fact":"fault","fault":"faults[6] copied a command"}
{"at_us":5300,"load":"other","n":0,"device":"meters-1","fact":"hung_up"}
{"at_us":5400,"load":"other","n":0,"device":"meters-1","fact":"seen"}
`
	h, err := check.ReadJSONL(strings.NewReader(fmt.Sprintf(`{"schema":2,"facts":%d,"loads":["other","ping"],"devices":["meters-2","meters-1"]}`+"\n%s",
		strings.Count(lines, "\n"), lines)))
	if err != nil {
		t.Fatal(err)
	}
	one := ping(scenarios.Arrivals{Burst: 2})
	one.Only = []int{0}
	var got []string
	for _, f := range NewScript(meters(1, one), h).aside {
		got = append(got, fmt.Sprintf("%v %s %q of device %d, load %d", f.At.Round(time.Microsecond), f.Kind, f.Text, f.Device, f.Load))
	}
	want := []string{
		`1ms connected "" of device 1, load -1`,
		`2ms fault "faults[0] latency (add: 1s)" of device 1, load -1`,
		`3ms fault "faults[2] caller_gone of ping" of device 0, load -1`,
		`4.2ms fault "faults[5] broker_restart" of device 0, load -1`,
		`5.1ms fault "faults[6] copied a command" of device 1, load 0`,
		`5.3ms hung_up "" of device 1, load -1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
