package main

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/pipe"
)

func TestACallerWhoTricklesHeadersOrABodyIsCut(t *testing.T) {
	const call = "POST /apim-token-service/v2.0/token/get HTTP/1.1\r\nHost: x\r\n"
	const nobody = "POST /connect-service/v2.1/commands?action=invokeService HTTP/1.1\r\nHost: x\r\n"
	for _, c := range []struct {
		atOnce, trickle string
		want            time.Duration
	}{
		{"", call + strings.Repeat("X: y\r\n", 100), 10 * time.Second},
		{call + "Content-Length: 9999\r\n\r\n", strings.Repeat(" ", 999), 30 * time.Second},
		{nobody + "Content-Length: 9999\r\n\r\n", strings.Repeat(" ", 999), 30 * time.Second}, // refused before it is read
		{"POST /admin/health HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", strings.Repeat(" ", 999), 30 * time.Second},
		{"OPTIONS * HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", strings.Repeat(" ", 999), 30 * time.Second},
		{call + "Expect: much\r\nContent-Length: 9999\r\n\r\n", strings.Repeat(" ", 999), 30 * time.Second}, // net/http's own answer
		{call + "Content-Length: 999999\r\n\r\n", strings.Repeat(" ", 999), 500 * time.Millisecond},         // too long for net/http to wait for
	} {
		inMemoryStand(t, strictFile, func(t *testing.T, s *stand, api, _ *pipe.Listener) {
			conn, err := api.Dial(t.Context())
			must(t, err)
			defer conn.Close()
			began := time.Now()
			go func() {
				io.WriteString(conn, c.atOnce)
				for _, b := range []byte(c.trickle) {
					if _, err := conn.Write([]byte{b}); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			}()
			io.Copy(io.Discard, conn)
			if took := time.Since(began); took < c.want || took > c.want+time.Second {
				t.Errorf("cut after %s, want %s", took, c.want)
			}
		})
	}
}

func TestTheLogTellsNoSecrets(t *testing.T) {
	var told []string // tokens
	log := inMemoryStand(t, "log: debug\n"+strictFile, func(t *testing.T, s *stand, api, listener *pipe.Listener) {
		_, err := connect(listener.Dial, "wrong-secret", "")
		if err == nil {
			t.Error("a device with a wrong secret came in")
		}
		device, err := connect(listener.Dial, "device-secret", "gate-output")
		must(t, err)
		defer device.Close()
		synctest.Wait() // it has its CONNACK, and is online a moment later
		client := clientOf(api)
		defer client.CloseIdleConnections()
		for _, secret := range []string{"account-secret", "stolen-secret"} {
			app := platform.Account{Key: "app", Secret: secret}
			pin := platform.Command{Device: platform.Address{Product: "ali", Device: "gate"}, Service: "open", Input: []byte(`{"pin":"pin-4711"}`)}
			alibaba.NewHTTPCaller("http://platform", client, "", app, alibaba.AuthStrict).Call(t.Context(), pin)
			pin.Device.Product = "hua"
			huawei.NewHTTPCaller("http://platform", client, "o1", app, huawei.AuthStrict).Call(t.Context(), pin)
			resp, err := client.Post("http://platform/v3/auth/tokens", "application/json", strings.NewReader(`{"auth":{"identity":{"methods":["password"],`+
				`"password":{"user":{"name":"app","password":"`+secret+`","domain":{"name":"o1"}}}},"scope":{"project":{"name":"o1"}}}}`))
			must(t, err)
			resp.Body.Close()
			if token := resp.Header.Get("X-Subject-Token"); token != "" {
				told = append(told, token)
			}
			caller := enos.NewHTTPCaller("http://platform", client, "o1", platform.Account{Key: "app", Secret: secret}, enos.AuthStrict)
			out, err := caller.Call(t.Context(), platform.Command{Device: gate, Service: "open", Input: []byte(`{"pin":"pin-4711"}`), Timeout: time.Second})
			if good := secret == "account-secret"; err == nil && (out.Kind == platform.OK) != good {
				t.Errorf("%s: %+v", secret, out)
			}
		}
		c, err := api.Dial(t.Context()) // something that net/http complains about
		must(t, err)
		io.WriteString(c, "GET / HTTP/1.1\r\nApim-Accesstoken: header-secret\r\n: bad\r\n\r\n")
		io.ReadAll(c)
		c.Close()
		_, _, password := enos.Codec{}.Login(gate, "device-secret", time.Now())
		told = append(told, password)
	})
	for _, want := range []string{"device=pk/gate service=open", "state=succeeded", "device=ali/gate service=open", "device=hua/gate service=open"} {
		if !strings.Contains(log, want) {
			t.Fatalf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range append([]string{"account-secret", "device-secret", "wrong-secret", "stolen-secret", "header-secret", "4711", "gate-output"}, told...) {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
}

func TestTheHeadersOfACallAreBounded(t *testing.T) {
	inMemoryStand(t, strictFile, func(t *testing.T, s *stand, api, _ *pipe.Listener) {
		for _, request := range []string{"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2<<20), "GET /" + strings.Repeat("x", 2<<20)} {
			conn, err := api.Dial(t.Context())
			must(t, err)
			go io.WriteString(conn, request)
			answer := make([]byte, 64)
			n, err := conn.Read(answer)
			if err != nil || !strings.Contains(string(answer[:n]), " 431 ") {
				t.Errorf("%.20s…: got %q, %v, want status 431", request, answer[:n], err)
			}
			conn.Close()
		}
		time.Sleep(time.Second) // net/http lingers for a client to read its answer
	})
}

func TestTheAdminEndpointIsThereUnlessNobodyMayAsk(t *testing.T) {
	for who, want := range map[string]int{"anyone": 200, "loopback": 403, "nobody": 404} { // a pipe is no loopback address
		inMemoryStand(t, "admin: "+who, func(t *testing.T, s *stand, api, _ *pipe.Listener) {
			client := clientOf(api)
			resp, err := client.Get("http://platform/admin/health")
			must(t, err)
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("admin: %s: status %d, want %d", who, resp.StatusCode, want)
			}
			client.CloseIdleConnections()
		})
	}
}
