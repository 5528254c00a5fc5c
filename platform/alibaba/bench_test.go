package alibaba_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
)

// The cost of the dialect beyond net/http and the core: signed calls, of which the core says at once that the device is
// offline, through no network.

func benchTown(b *testing.B) (*platform.Platform, *alibaba.Dialect, platform.Command) {
	b.Helper()
	d := alibaba.New(alibaba.Config{Unmodelled: alibaba.Sync})
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{d}, Keep: 1000})
	if err != nil {
		b.Fatal(err)
	}
	p.AddAccount(platform.Account{Key: "testAK", Secret: "testSK", Orgs: []string{"o1"}})
	p.AddProduct(platform.Product{Key: "a1pk", Org: "o1", Dialect: alibaba.Name})
	p.AddDevice(platform.Registration{Address: dev1, Secret: "s", Activated: true})
	return p, d, platform.Command{Device: dev1, Service: "reboot", Input: []byte(`{"delay":5}`)}
}

// inProcess answers by calling the handler.
func inProcess(h http.Handler) *http.Client {
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	})}
}

func BenchmarkInvokeCallerAndHandler(b *testing.B) {
	p, _, c := benchTown(b)
	caller := alibaba.NewHTTPCaller("http://x", inProcess(p.Handler()), "", platform.Account{Key: "testAK", Secret: "testSK"}, "")
	b.ReportAllocs()
	for b.Loop() {
		if out, err := caller.Call(context.Background(), c); out.Code != "iot.messagebroker.OFFLINE" {
			b.Fatal(out, err)
		}
	}
}

func BenchmarkDirectCaller(b *testing.B) {
	_, d, c := benchTown(b)
	caller := alibaba.DirectCaller{Dialect: d}
	b.ReportAllocs()
	for b.Loop() {
		if out, err := caller.Call(context.Background(), c); out.Code != "iot.messagebroker.OFFLINE" {
			b.Fatal(out, err)
		}
	}
}
