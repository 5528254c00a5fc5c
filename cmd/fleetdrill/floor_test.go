package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// floor is the least that a command can cost on this machine: the bare broker, bare clients and, for calls through
// HTTP, a bare handler. No platform: a call is a number in a message, an answer is that number back.
type floor struct {
	server  *mqtt.Server
	http    *http.Server
	client  *http.Client
	clients []*paho.Client

	mu   sync.Mutex
	next uint64
	open map[uint64]chan struct{}
}

// newFloor starts a floor. The first listener is for devices, the second for applications.
func newFloor(tb testing.TB, devices int, broker, api listener) *floor {
	f := &floor{open: map[uint64]chan struct{}{}}
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClientWritesPending = 256
	f.server = mqtt.New(&mqtt.Options{Capabilities: caps, InlineClient: true, SysTopicResendInterval: 3600,
		Logger: slog.New(slog.DiscardHandler)})
	must(tb, f.server.AddHook(new(auth.AllowHook), nil))
	must(tb, f.server.AddListener(listeners.NewNet("floor", broker.Listener)))
	must(tb, f.server.Serve())
	must(tb, f.server.Subscribe("up/+", 1, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) { f.answered(pk.Payload) }))
	for i := range devices {
		f.clients = append(f.clients, f.device(tb, i, broker))
	}
	f.http = &http.Server{Handler: http.HandlerFunc(f.serve)}
	go f.http.Serve(api)
	f.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return api.dial(ctx) }}}
	return f
}

// device connects a client that sends back what it gets.
func (f *floor) device(tb testing.TB, i int, broker listener) *paho.Client {
	conn, err := broker.dial(context.Background())
	must(tb, err)
	name := strconv.Itoa(i)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) {
			_, err := p.Client.Publish(context.Background(), &paho.Publish{Topic: "up/" + name, Payload: p.Packet.Payload})
			return true, err
		}}})
	receive := uint16(32)
	_, err = c.Connect(context.Background(), &paho.Connect{ClientID: name, CleanStart: true, KeepAlive: 600,
		Properties: &paho.ConnectProperties{ReceiveMaximum: &receive}})
	must(tb, err)
	_, err = c.Subscribe(context.Background(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "down/" + name}}})
	must(tb, err)
	return c
}

// call is one command: out to the device and back.
func (f *floor) call(device int) error {
	done := make(chan struct{})
	f.mu.Lock()
	f.next++
	id := f.next
	f.open[id] = done
	f.mu.Unlock()
	err := f.server.Publish("down/"+strconv.Itoa(device), strconv.AppendUint(nil, id, 10), false, 0)
	if err != nil {
		return err
	}
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fmt.Errorf("floor: device %d did not answer", device)
	}
}

func (f *floor) answered(payload []byte) {
	id, _ := strconv.ParseUint(string(payload), 10, 64)
	f.mu.Lock()
	defer f.mu.Unlock()
	if done := f.open[id]; done != nil {
		delete(f.open, id)
		close(done)
	}
}

func (f *floor) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	device, err := strconv.Atoi(string(bytes.TrimSpace(body)))
	if err == nil {
		err = f.call(device)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	io.WriteString(w, `{"code":0}`)
}

func (f *floor) callHTTP(device int) error {
	resp, err := f.client.Post("http://floor/", "application/json", strings.NewReader(strconv.Itoa(device)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("floor: %s", answer)
	}
	return err
}

func (f *floor) close() {
	for _, c := range f.clients {
		c.Disconnect(&paho.Disconnect{})
	}
	f.client.CloseIdleConnections()
	f.http.Close()
	// The bare broker can deadlock in Close while clients are still leaving: only its own inline client may be left.
	for f.server.Clients.Len() > 1 {
		time.Sleep(time.Millisecond)
	}
	f.server.Close()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
