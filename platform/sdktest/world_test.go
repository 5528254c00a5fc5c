package sdktest

import (
	"context"
	"flag"
	"net"
	"os"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
)

// Who is in a world. The one organisation is what Huawei calls a project.
const (
	key     = "ak-sdk"
	secret  = "as-sdk-0123456789"
	org     = "p1"
	foreign = "p2" // another account's

	devSecret = "devsecret0001" // of every device
)

// TestMain lets more tests run at once than there are processors: most of them wait for a vendor's timeout. A proxy is
// not asked for: one of the SDKs would send it even what is for this machine.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		os.Unsetenv(name)
	}
	flag.Parse()
	flag.Set("test.parallel", "64")
	os.Exit(m.Run())
}

// setup is what a test may change before its platform starts.
type setup struct {
	alibaba alibaba.Config
	huawei  huawei.Config
	enos    enos.Config
}

// world is a platform on real sockets.
type world struct {
	platform *platform.Platform
	host     string // of the HTTP API
	mqtt     string // of the broker
}

func (w *world) url(path string) string { return "http://" + w.host + path }

// start serves the three dialects. All that it opens is closed when the test ends, and nothing may be pending then.
func start(t *testing.T, change ...func(*setup)) *world {
	t.Helper()
	s := setup{alibaba.DefaultConfig, huawei.DefaultConfig, enos.DefaultConfig}
	for _, c := range change {
		c(&s)
	}
	cloud := huawei.New(s.huawei)
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(s.enos), alibaba.New(s.alibaba), cloud}})
	if err != nil {
		t.Fatal(err)
	}
	populate(t, p)
	mqtt, api := listen(t), listen(t)
	p.Start(mqtt, api)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("platform closes with %v", err)
		}
		cloud.Close()
		if n := p.Pending(); n != 0 {
			t.Errorf("%d commands have no ending after the platform is closed", n)
		}
	})
	return &world{p, api.Addr().String(), mqtt.Addr().String()}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// populate registers who is there in every world.
func populate(t *testing.T, p *platform.Platform) {
	t.Helper()
	p.AddAccount(platform.Account{Key: key, Secret: secret, Orgs: []string{org}})
	p.AddAccount(platform.Account{Key: "ak-foreign", Secret: secret, Orgs: []string{foreign}})
	tsl, err := os.ReadFile("testdata/tsl.json")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile("testdata/tsl_module.json")
	if err != nil {
		t.Fatal(err)
	}
	services, err := alibaba.ParseTSL(tsl, module)
	if err != nil {
		t.Fatal(err)
	}
	for _, product := range []platform.Product{
		{Key: aliProduct, Org: org, Dialect: alibaba.Name, Services: services},
		{Key: aliFree, Org: org, Dialect: alibaba.Name},
		{Key: huaProduct, Org: org, Dialect: huawei.Name},
		{Key: enosProduct, Org: org, Dialect: enos.Name, Services: enosServices},
		{Key: enosCustom, Org: org, Dialect: enos.Name, Custom: true},
	} {
		if err := p.AddProduct(product); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range residents {
		r.Secret = devSecret
		if _, err := p.AddDevice(r); err != nil {
			t.Fatal(err)
		}
	}
}

// residents are the devices of every world.
var residents = []platform.Registration{
	{Address: platform.Address{Product: aliProduct, Device: "dev1"}, Alias: "iot-dev1", Activated: true},
	{Address: platform.Address{Product: aliProduct, Device: "dev2"}, Alias: "iot-dev2", Activated: true},
	{Address: platform.Address{Product: aliProduct, Device: "fresh"}},
	{Address: platform.Address{Product: aliProduct, Device: "off"}, Activated: true, Disabled: true},
	{Address: platform.Address{Product: aliFree, Device: "dev1"}, Activated: true},
	{Address: platform.Address{Product: huaProduct, Device: "dev-1"}, Activated: true},
	{Address: platform.Address{Product: huaProduct, Device: "dev-2"}, Activated: true},
	{Address: platform.Address{Product: enosProduct, Device: "dk1"}, Alias: "asset1", Activated: true},
	{Address: platform.Address{Product: enosProduct, Device: "fresh"}, Alias: "asset2"},
	{Address: platform.Address{Product: enosProduct, Device: "off"}, Alias: "asset3", Activated: true, Disabled: true},
	{Address: platform.Address{Product: enosCustom, Device: "dk1"}, Alias: "asset4", Activated: true},
}

// patience is how long anything may take that should take no time. It is never waited for unless a test fails.
const patience = 15 * time.Second

// eventually asks until the answer is yes, as an application has to that is told nothing.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	limit := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-limit:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
