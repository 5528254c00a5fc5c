package sdktest

import (
	"flag"
	"os"
	"testing"
	"time"
)

// Who is in a world, as testdata/service.yaml has it. The organisation is what Huawei calls a project.
const (
	key     = "ak-sdk"
	secret  = "as-sdk-0123456789"
	org     = "p1"
	foreign = "p2" // another account's

	aliProduct  = "a1pk"
	aliFree     = "a1free" // verification-free: it has no thing model
	huaProduct  = "prod1"
	enosProduct = "pk1"
	enosCustom  = "pk-custom" // with a data format of its own

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
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if folder, err = os.MkdirTemp("", "sdktest"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	return m.Run()
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
