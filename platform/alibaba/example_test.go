package alibaba_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/local"
	"fleetdrill/sim/mqtt"
)

// A platform in memory: a device that speaks Alink answers what an application asks with a plain HTTP request.
func Example() {
	p := local.Start(alibaba.New(alibaba.Config{Auth: alibaba.AuthOff}))
	defer p.Close()
	lamp := platform.Address{Product: "a1pk", Device: "lamp1"}
	p.AddProduct(platform.Product{Key: "a1pk", Dialect: alibaba.Name, Services: map[string]platform.Model{"blink": {}}})
	p.AddDevice(platform.Registration{Address: lamp, Secret: "secret"})

	device := connect(p, lamp, "secret")
	defer device.Close()
	p.AwaitOnline(lamp)

	resp, err := p.Client().Get(p.URL + "/?Action=InvokeThingService&Version=2018-01-20&Format=JSON" +
		"&ProductKey=a1pk&DeviceName=lamp1&Identifier=blink&Args=%7B%22times%22:3%7D")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(answer[len(`{"RequestId":"00000000-0000-0000-0000-000000000000",`):]))
	// Output:
	// the lamp is asked to blink {"times":3}
	// 200 OK "Success":true,"Data":{"MessageId":"2078724684846989313","Result":"{\"id\":\"2147483649\",\"code\":200,\"data\":{\"blinked\":3}}"}}
}

// connect is a device that does and answers whatever it is asked to.
func connect(p *local.Platform, a platform.Address, secret string) (c *mqtt.Client) {
	var codec alibaba.Codec
	id, user, password := codec.Login(a, secret, time.Now())
	c, err := mqtt.Connect(context.Background(), mqtt.Config{Dial: p.Dial, ClientID: id, Username: user, Password: password,
		Receive: func(m mqtt.Message) {
			cmd, err := codec.Decode(m.Topic, m.Payload)
			if err != nil {
				return
			}
			fmt.Printf("the lamp is asked to %s %s\n", cmd.Service, cmd.Input)
			r := platform.ReplyTo(cmd)
			r.OK, r.Data = true, []byte(`{"blinked":3}`)
			topic, payload, _ := codec.Encode(a, r)
			c.Publish(topic, payload, 0)
		}})
	if err != nil {
		log.Fatal(err)
	}
	return c
}
