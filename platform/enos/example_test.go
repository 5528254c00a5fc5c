package enos_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/local"
	"fleetdrill/sim/mqtt"
)

// A platform in memory: a device answers what an application asks with a plain HTTP request.
func Example() {
	p := local.Start(enos.New(enos.Config{Auth: enos.AuthOff}))
	defer p.Close()
	meter := platform.Address{Product: "meters", Device: "meter-1"}
	p.AddProduct(platform.Product{Key: "meters", Org: "o1", Dialect: enos.Name})
	p.AddDevice(platform.Registration{Address: meter, Secret: "secret"})

	device := connect(p, meter, "secret")
	defer device.Close()
	p.AwaitOnline(meter)

	resp, err := p.Client().Post(p.URL+"/connect-service/v2.1/commands?action=invokeService"+
		"&orgId=o1&productKey=meters&deviceKey=meter-1&serviceId=read", "application/json", strings.NewReader(`{"inputData":{"phase":2}}`))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	_, data, _ := strings.Cut(string(answer), `"data":`)
	fmt.Println(resp.Status, data)
	// Output:
	// the meter is asked to read {"phase":2}
	// 200 OK {"commandId":"2078724684846989313","outputData":{"volt":231.5}}}
}

// connect is a device that does and answers whatever it is asked to.
func connect(p *local.Platform, a platform.Address, secret string) (c *mqtt.Client) {
	var codec enos.Codec
	id, user, password := codec.Login(a, secret, time.Now())
	c, err := mqtt.Connect(context.Background(), mqtt.Config{Dial: p.Dial, ClientID: id, Username: user, Password: password,
		Receive: func(m mqtt.Message) {
			cmd, err := codec.Decode(m.Topic, m.Payload)
			if err != nil {
				return
			}
			fmt.Printf("the meter is asked to %s %s\n", cmd.Service, cmd.Input)
			r := platform.ReplyTo(cmd)
			r.OK, r.Data = true, []byte(`{"volt":231.5}`)
			topic, payload, _ := codec.Encode(a, r)
			c.Publish(topic, payload, 0)
		}})
	if err != nil {
		log.Fatal(err)
	}
	return c
}
