package enos_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/dialecttest"
	"fleetdrill/platform/enos"
)

// The cost of the dialect beyond net/http and the core: signed calls, of which the core says at once that the device is
// offline, through no network.

// writer is a ResponseWriter that keeps the answer.
type writer struct {
	header http.Header
	status int
	bytes.Buffer
}

func (w *writer) Header() http.Header { return w.header }
func (w *writer) WriteHeader(s int)   { w.status = s }

// inProcess answers by calling the handler.
func inProcess(h http.Handler) *http.Client {
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		w := &writer{header: http.Header{}, status: 200}
		h.ServeHTTP(w, r)
		return &http.Response{StatusCode: w.status, Body: io.NopCloser(&w.Buffer)}, nil
	})}
}

func benchPlatform(b *testing.B) (*platform.Platform, platform.Account) {
	b.Helper()
	p, err := platform.New(platform.Config{Dialects: []platform.Dialect{enos.New(enos.DefaultConfig)}, Keep: 1000})
	if err != nil {
		b.Fatal(err)
	}
	account := platform.Account{Key: "ak-test", Secret: "as-test", Orgs: []string{"o1"}}
	p.AddAccount(account)
	p.AddProduct(platform.Product{Key: "pk1", Org: "o1", Dialect: "enos"})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "pk1", Device: "dk1"}, Activated: true})
	return p, account
}

func BenchmarkInvokeCallerAndHandler(b *testing.B) {
	p, account := benchPlatform(b)
	c := enos.NewHTTPCaller(dialecttest.Base, inProcess(p.Handler()), "o1", account, enos.AuthStrict)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if out, err := c.Call(ctx, reboot()); out.Code != "11900" {
			b.Fatal(out, err)
		}
	}
}

// BenchmarkInvokeHandler is the platform's side alone.
func BenchmarkInvokeHandler(b *testing.B) {
	p, account := benchPlatform(b)
	var req *http.Request
	spy := inProcess(p.Handler())
	inner := spy.Transport
	spy.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		req = r
		return inner.RoundTrip(r)
	})
	enos.NewHTTPCaller(dialecttest.Base, spy, "o1", account, enos.AuthStrict).Call(context.Background(), reboot())
	body := strings.NewReader(`{"inputData":{"p":1}}`)
	req.Body = io.NopCloser(body)
	w := &writer{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Seek(0, io.SeekStart)
		w.Reset()
		p.Handler().ServeHTTP(w, req)
	}
	if !strings.Contains(w.String(), `"code":11900`) {
		b.Fatal(w.String())
	}
}

func BenchmarkDirectCaller(b *testing.B) {
	p, _ := benchPlatform(b)
	c := enos.DirectCaller{Service: p.Service, Config: enos.DefaultConfig}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if out, err := c.Call(ctx, reboot()); out.Code != "11900" {
			b.Fatal(out, err)
		}
	}
}

func BenchmarkWire(b *testing.B) {
	p, _ := benchPlatform(b)
	d := enos.New(enos.DefaultConfig)
	cmd := reboot()
	cmd.Wire = platform.WireStride + 1
	dev := p.Device(cmd.Device)
	b.ReportAllocs()
	for b.Loop() {
		m, _ := d.Down(dev, nil, cmd)
		got, _ := enos.Codec{}.Decode(m.Topic, m.Payload)
		topic, payload, _ := enos.Codec{}.Encode(cmd.Device, platform.Reply{Wire: got.Wire, Service: got.Service, OK: true, Data: []byte(`{"answer":16777217}`)})
		if r, err := d.Up(nil, topic, payload); err != nil || r.Wire != cmd.Wire {
			b.Fatal(r, err)
		}
	}
}

func BenchmarkLogin(b *testing.B) {
	p, _ := benchPlatform(b)
	a := platform.Address{Product: "pk1", Device: "dk1"}
	b.ReportAllocs()
	for b.Loop() {
		id, user, password := enos.Codec{}.Login(a, "", time.UnixMilli(1))
		if _, _, err := admit(p, id, user, password); err != nil {
			b.Fatal(err)
		}
	}
}
