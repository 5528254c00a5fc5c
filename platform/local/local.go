// Package local starts a platform inside a Go test, in one line, as httptest starts a web server:
//
//	p := local.Start(vendor.New(vendor.Config{Auth: vendor.AuthOff}))
//	defer p.Close()
//	p.AddProduct(platform.Product{Key: "lamp", Org: "me", Dialect: vendor.Name})
//	p.AddDevice(platform.Registration{Address: platform.Address{Product: "lamp", Device: "1"}, Secret: "s"})
//	resp, err := p.Client().Get(p.URL + "/…") // an application; a device connects with p.Dial
//
// Start is in memory: no ports, and it may run in a testing/synctest bubble, where a timeout of a minute takes no time.
// Serve is on two free ports of 127.0.0.1, for what wants an address: a vendor's SDK, a stock MQTT client, a browser.
package local

import (
	"context"
	"net"
	"net/http"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/pipe"
)

// Platform is a platform that is being served. Who exists on it is told to the embedded one.
type Platform struct {
	*platform.Platform
	URL  string // of the HTTP API, without a slash at its end; after Start it is for Client alone
	MQTT string // host:port of the broker; empty after Start

	client *http.Client
	dial   func(context.Context) (net.Conn, error)
}

// Start serves the dialects in memory. It panics if two of them have one name.
func Start(dialects ...platform.Dialect) *Platform {
	mqtt, api := pipe.Listen("mqtt"), pipe.Listen("http")
	p := start(dialects, mqtt, api)
	p.URL, p.dial = "http://platform", mqtt.Dial
	p.client.Transport = &http.Transport{MaxIdleConnsPerHost: 100,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return api.Dial(ctx) }}
	return p
}

// Serve serves the dialects on free ports of 127.0.0.1. It panics if there are none, or if two dialects have one name.
func Serve(dialects ...platform.Dialect) *Platform {
	mqtt, api := freePort(), freePort()
	p := start(dialects, mqtt, api)
	p.URL, p.MQTT = "http://"+api.Addr().String(), mqtt.Addr().String()
	p.dial = func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", p.MQTT) }
	p.client.Transport = &http.Transport{MaxIdleConnsPerHost: 100} // with no proxy
	return p
}

func start(dialects []platform.Dialect, mqtt, api net.Listener) *Platform {
	p, err := platform.New(platform.Config{Dialects: dialects})
	if err != nil {
		panic("local: " + err.Error())
	}
	p.Start(mqtt, api)
	return &Platform{Platform: p, client: new(http.Client)}
}

func freePort() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("local: no free port: " + err.Error())
	}
	return l
}

// Client calls the HTTP API. It is the same client each time.
func (p *Platform) Client() *http.Client { return p.client }

// Dial is a device's connection, before its CONNECT.
func (p *Platform) Dial(ctx context.Context) (net.Conn, error) { return p.dial(ctx) }

// AwaitOnline returns when a device counts as online, which is a moment after its CONNACK. It panics if that is not so
// within 10 s.
func (p *Platform) AwaitOnline(a platform.Address) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if d := p.Device(a); d != nil && d.Status().Online {
			return
		}
		if time.Now().After(end) {
			panic("local: " + a.String() + " is not online")
		}
	}
}

// Close ends all commands and lets go of all connections. The error says who did not let go within 10 s.
func (p *Platform) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p.client.CloseIdleConnections()
	return p.Platform.Close(ctx)
}
