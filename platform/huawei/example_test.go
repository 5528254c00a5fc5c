package huawei_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"fleetdrill/platform"
	"fleetdrill/platform/huawei"
	"fleetdrill/platform/local"
)

// A platform in memory, a device that speaks MQTT to it, and an application that knows HTTP and nothing else.
func Example() {
	p := local.Start(huawei.New(huawei.Config{Tokens: map[string]string{"my-token": "me"}}))
	defer p.Close()
	p.AddAccount(platform.Account{Key: "me", Orgs: []string{"my-project"}})
	p.AddProduct(platform.Product{Key: "lamp", Org: "my-project", Dialect: huawei.Name})
	p.AddDevice(platform.Registration{Address: platform.Address{Product: "lamp", Device: "1"}, Secret: "12345678"})

	device := connect(p, "lamp_1", "12345678")
	defer device.Disconnect(&paho.Disconnect{})
	p.AwaitOnline(platform.Address{Product: "lamp", Device: "1"})

	req, _ := http.NewRequest("POST", p.URL+"/v5/iot/my-project/devices/lamp_1/commands",
		strings.NewReader(`{"service_id":"light","command_name":"switch","paras":{"value":"ON"}}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Auth-Token", "my-token")
	resp, err := p.Client().Do(req)
	if err != nil {
		panic(err)
	}
	answer, _ := io.ReadAll(resp.Body)
	_, response, _ := strings.Cut(string(answer), `"response":`)
	fmt.Println(resp.StatusCode, response)

	// Output:
	// {"service_id":"light","command_name":"switch","paras":{"value":"ON"}}
	// 200 {"result_code":0,"paras":{"was":"OFF"}}}
}

// connect is a device that prints its commands and answers them. It subscribes to nothing, as the vendor's own.
func connect(p *local.Platform, id, secret string) *paho.Client {
	conn, err := p.Dial(context.Background())
	if err != nil {
		panic(err)
	}
	var c *paho.Client
	c = paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(m paho.PublishReceived) (bool, error) {
			fmt.Println(string(m.Packet.Payload))
			topic := strings.Replace(m.Packet.Topic, "/request_id=", "/response/request_id=", 1)
			c.Publish(context.Background(), &paho.Publish{Topic: topic, Payload: []byte(`{"result_code":0,"paras":{"was":"OFF"}}`)})
			return true, nil
		}}})
	hour := time.Now().UTC().Format("2006010215")
	_, err = c.Connect(context.Background(), &paho.Connect{ClientID: id + "_0_0_" + hour, KeepAlive: 120, CleanStart: true,
		Username: id, UsernameFlag: true, Password: []byte(passwordOf(secret, hour)), PasswordFlag: true})
	if err != nil {
		panic(err)
	}
	return c
}
