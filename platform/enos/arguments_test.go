package enos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

func Test99400ArgumentsOutOfRangeMissingOrMalformed(t *testing.T) {
	var many strings.Builder
	for i := range 60 { // five are there already
		fmt.Fprintf(&many, "&p%d=", i)
	}
	for _, c := range []struct{ what, query, body, want string }{
		{"no action", invoke(0, "action"), input, "action:action is missing"},
		{"empty action", invoke(0, "action="), input, "action:action is empty"},
		{"unknown action", invoke(0, "action=reboot"), input, `action:no action "reboot"`},
		{"a sample's second question mark", strings.Replace(invoke(0), "&", "?", 1), input, `action:no action "invokeService?orgId=o1"`},
		{"no orgId", invoke(0, "orgId"), input, "orgId:orgId is missing"},
		{"no device", invoke(0, "productKey", "deviceKey"), input, "The device identifier is invalid"},
		{"half a pair", invoke(0, "deviceKey"), input, "The device identifier is invalid"},
		{"the other half", invoke(0, "productKey="), input, "The device identifier is invalid"},
		{"no serviceId", invoke(0, "serviceId"), input, "serviceId:serviceId is missing"},
		{"a service like an answer", invoke(0, "serviceId=x_reply"), input, "serviceId:"},
		{"a service of two levels", invoke(0, "serviceId=measurepoint%2Fset"), input, "serviceId:"},
		{"a wildcard", invoke(0, "serviceId=%2B"), input, "serviceId:"},
		{"a service with a line break", invoke(0, "serviceId=a%0Ab"), input, "serviceId:"},
		{"not UTF-8", invoke(0, "serviceId=%ff"), input, "serviceId:"},
		{"timeout 0", invoke(0, "timeout=0"), input, "timeout:0 is out of range, 1 to 60"},
		{"timeout 61", invoke(0, "timeout=61"), input, "timeout:61 is out of range"},
		{"timeout of text", invoke(0, "timeout=5s"), input, "timeout:"},
		{"empty timeout", invoke(0, "timeout="), input, "timeout:"},
		{"huge timeout", invoke(0, "timeout=99999999999999999999"), input, "timeout:"},
		{"negative ttl", invoke(0, "pendingTtl=-1"), input, "pendingTtl:-1 is out of range, 0 to 172800"},
		{"ttl above 48 h", invoke(0, "pendingTtl=172801"), input, "pendingTtl:"},
		{"fraction", invoke(0, "pendingTtl=1.5"), input, "pendingTtl:"},
		{"bad escape", invoke(0) + "&x=%zz", input, "x:"},
		{"too many parameters", invoke(0) + many.String(), input, "query:more than 64"},
		{"no body", invoke(0), "", "body:is empty"},
		{"no inputData", invoke(0), "{}", "inputData:inputData is missing"},
		{"null inputData", invoke(0), `{"inputData":null}`, "inputData:inputData is missing"},
		{"an array", invoke(0), `{"inputData":[]}`, "inputData:is not an object"},
		{"a text", invoke(0), `{"inputData":"{}"}`, "inputData:is not an object"},
		{"two values", invoke(0), `{"inputData":{}}{}`, "body:"},
	} {
		t.Run(c.what, func(t *testing.T) {
			inWorld(t, harness(), func(w *dialecttest.World) {
				e := post(w, c.query, c.body)
				wantFailure(w, e, "99400")
				if !strings.HasPrefix(e.Msg, "Invalid Argument ") || !strings.Contains(e.Msg, c.want) {
					t.Errorf("message is %q, want Invalid Argument … %q", e.Msg, c.want)
				}
				w.Expect(0, platform.Accepted)
			})
		})
	}
}

func TestTheEndsOfTheRangesAreTaken(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, change := range []string{"timeout=1", "timeout=60", "pendingTtl=0"} {
			wantFailure(w, post(w, invoke(0, change), input), "11900")
		}
		for _, change := range []string{"pendingTtl=1", "pendingTtl=172800"} {
			if e := post(w, invoke(0, change), input); e.Code != "0" {
				t.Errorf("%s: %s, want success", change, e.Raw)
			}
		}
	})
}

// Each line has all the mistakes of those below it: the first one counts.
func TestChecksHaveTheirOrder(t *testing.T) {
	odd := []string{"productKey=" + dialecttest.Odd, "deviceKey=" + dialecttest.OddDevice.Device}
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, c := range []struct{ code, msg, query, body string }{
			{"99400", "orgId", invoke(0, "orgId", "productKey", "serviceId", "timeout=0"), "{"},
			{"99400", "device identifier", invoke(0, "orgId=o2", "productKey", "serviceId", "timeout=0"), "{"},
			{"99403", "Denied", invoke(0, "orgId=o2", "deviceKey=x", "serviceId", "timeout=0"), "{"},
			{"99404", "device", invoke(0, "deviceKey=x", "serviceId", "timeout=0"), "{"},
			{"99400", "serviceId", invoke(0, append(odd, "serviceId", "pendingTtl=-1", "timeout=0")...), "{"},
			{"99400", "pendingTtl", invoke(0, append(odd, "pendingTtl=-1", "timeout=0")...), "{"},
			{"99400", "timeout", invoke(0, append(odd, "timeout=0")...), "{"},
			{"99400", "body", invoke(0, odd...), "{"},
			{"11810", "custom", invoke(0, odd...), input},
		} {
			if e := post(w, c.query, c.body); e.Code.String() != c.code || !strings.Contains(e.Msg, c.msg) {
				t.Errorf("%s %s: %s, want %s about %s", c.query, c.body, e.Raw, c.code, c.msg)
			}
		}
	})
}

func TestParametersAreDecodedAndOfARepeatedOneTheFirstCounts(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		call := postGo(w, invoke(0, "serviceId=set+X%20%C3%BC", "deviceKey=%64k0")+"&serviceId=other&timeout=5&timeout=0", input)
		m := d.Next()
		if m.Service != "set X ü" || m.Topic != "/sys/pk1/dk0/thing/service/set X ü" {
			t.Errorf("service is %q on %q, want \"set X ü\"", m.Service, m.Topic)
		}
		d.Answer(m)
		if e := <-call; e.Code != "0" {
			t.Error(e.Raw)
		}
	})
}

func TestAnAssetNamesItsDeviceAndWinsOverThePair(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(1)
		call := postGo(w, invoke(0, "assetId=asset-1"), input)
		d.Answer(d.Next())
		if e := <-call; e.Code != "0" {
			t.Error(e.Raw)
		}
	})
}

func TestInputMayBeMissingWhereTheConfigurationSaysSo(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.StrictInput = false
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		d := w.Connect(0)
		for _, body := range []string{"", "{}", `{"inputData":null}`} {
			call := postGo(w, invoke(0), body)
			m := d.Next()
			if string(m.Input) != "{}" {
				t.Errorf("body %q: params are %s, want {}", body, m.Input)
			}
			d.Answer(m)
			<-call
		}
	})
}

func TestTheThingModelIsChecked(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Platform.AddProduct(platform.Product{Key: "modelled", Org: dialecttest.Org, Dialect: "enos",
			Services: map[string]platform.Model{"reboot": {Input: map[string]platform.Param{"delay": {Kind: platform.KindNumber}}}}})
		a := platform.Address{Product: "modelled", Device: "dk"}
		w.Platform.AddDevice(platform.Registration{Address: a, Activated: true})
		at := []string{"productKey=modelled", "deviceKey=dk"}
		wantFailure(w, post(w, invoke(0, at...), input), "11900")
		for body, want := range map[string]string{
			`{"inputData":{"delay":"5"}}`: "Invalid Argument delay: ",
			`{"inputData":{"later":5}}`:   "Invalid Argument later: ",
		} {
			e := post(w, invoke(0, at...), body)
			wantFailure(w, e, "99400")
			if !strings.HasPrefix(e.Msg, want) {
				t.Errorf("message is %q, want %q…", e.Msg, want)
			}
		}
		wantFailure(w, post(w, invoke(0, append(at, "serviceId=dance")...), input), "99400")
	})
}

func TestAServiceThatWouldLookLikeAReplyIsNoProducts(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		p := platform.Product{Key: "odd", Org: dialecttest.Org, Dialect: "enos", Services: map[string]platform.Model{"x_reply": {}}}
		if err := w.Platform.AddProduct(p); err == nil || !strings.Contains(err.Error(), "x_reply") {
			t.Errorf("added with %v, want an error about x_reply", err)
		}
	})
}

func TestALimitThatIsSetLowerHolds(t *testing.T) {
	cfg := enos.DefaultConfig
	cfg.MaxTTL, cfg.MaxTimeout = time.Minute, 2*time.Second
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		wantFailure(w, post(w, invoke(0, "timeout=3"), input), "99400")
		wantFailure(w, post(w, invoke(0, "timeout=2", "pendingTtl=61"), input), "99400")
		wantFailure(w, post(w, invoke(0, "timeout=2"), input), "11900")
	})
}
