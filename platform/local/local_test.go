package local_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/local"
	"fleetdrill/sim/mqtt"
)

var meter = platform.Address{Product: "meters", Device: "meter-1"}

// populate makes a device known, and connects it. It answers nothing.
func populate(t *testing.T, p *local.Platform) *mqtt.Client {
	t.Helper()
	if err := p.AddProduct(platform.Product{Key: "meters", Org: "o1", Dialect: enos.Name}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AddDevice(platform.Registration{Address: meter, Secret: "secret"}); err != nil {
		t.Fatal(err)
	}
	id, user, password := enos.Codec{}.Login(meter, "secret", time.Now())
	c, err := mqtt.Connect(context.Background(), mqtt.Config{Dial: p.Dial, ClientID: id, Username: user, Password: password, Receive: func(mqtt.Message) {}})
	if err != nil {
		t.Fatal(err)
	}
	p.AwaitOnline(meter)
	return c
}

// call asks the device with a plain HTTP request, and returns what is answered.
func call(t *testing.T, p *local.Platform, timeout string) string {
	t.Helper()
	resp, err := p.Client().Post(p.URL+"/connect-service/v2.1/commands?action=invokeService&orgId=o1&productKey=meters&deviceKey=meter-1&serviceId=read&timeout="+timeout,
		"application/json", strings.NewReader(`{"inputData":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestAMinuteOfWaitingTakesNoTimeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := local.Start(enos.New(enos.Config{Auth: enos.AuthOff}))
		device := populate(t, p)
		began := time.Now()
		if got := call(t, p, "60"); !strings.Contains(got, `"code":11915`) || time.Since(began).Truncate(time.Millisecond) != time.Minute {
			t.Errorf("%s after %v, want 11915 after 1m", got, time.Since(began))
		}
		device.Close()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestServeHasAddressesForOtherClients(t *testing.T) {
	p := local.Serve(enos.New(enos.Config{Auth: enos.AuthOff}))
	device := populate(t, p)
	if got := call(t, p, "1"); !strings.Contains(got, `"code":11915`) {
		t.Errorf("%s, want 11915", got)
	}
	conn, err := net.Dial("tcp", p.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	device.Close()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", p.MQTT); err == nil {
		c.Close()
		t.Error("somebody listens after Close")
	}
}

func TestTwoDialectsOfOneNameArePanickedAbout(t *testing.T) {
	defer func() {
		if got, want := recover(), "local: dialect enos: given twice"; got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}()
	local.Start(enos.New(enos.DefaultConfig), enos.New(enos.DefaultConfig))
}
