package sdktest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

func TestHuaweiDeviceWithWrongCredentialsIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	frozen := huaweiLogin(huaProduct+"_dev-2", devSecret)
	if _, err := w.iotda(t, owner).FreezeDevice(&model.FreezeDeviceRequest{DeviceId: huaProduct + "_dev-2"}); err != nil {
		t.Fatal(err)
	}
	stale, checked := huaweiLogin(huaDevice, devSecret), huaweiLogin(huaDevice, devSecret)
	stale.clientID, stale.password = huaDevice+"_0_1_2025041401", sign256("2025041401", devSecret)
	checked.clientID = strings.Replace(checked.clientID, "_0_0_", "_0_1_", 1)
	for name, tc := range map[string]struct {
		login login
		code  byte
	}{
		"wrong secret":   {huaweiLogin(huaDevice, "wrong"), 4},
		"unknown device": {huaweiLogin("nobody", devSecret), 5},
		"frozen device":  {frozen, 5},
		"old hour":       {stale, 4},
		"hour of now":    {checked, 0},
	} {
		if _, err := w.dial(t, tc.login, habits{}); (err == nil) != (tc.code == 0) || refusedWith(err) != tc.code {
			t.Errorf("%s: %v, want CONNACK %d", name, err, tc.code)
		}
	}
}

func TestHuaweiDeviceWithAKeepAliveOutOfRangeIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	for seconds, want := range map[time.Duration]byte{29: 2, 30: 0, 1200: 0, 1201: 2} {
		_, err := w.dial(t, huaweiLogin(huaDevice, devSecret), habits{keepAlive: seconds * time.Second})
		if (err == nil) != (want == 0) || refusedWith(err) != want {
			t.Errorf("%d s: %v, want CONNACK %d", seconds, err, want)
		}
	}
}

func TestHuaweiDeviceThatSubscribesToItsCommandsGetsOneCopyAndNoEcho(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	d := present(t, w, c, huaDevice, habits{answer: respond(huaOK)})
	for filter, want := range map[string]byte{
		"$oc/devices/" + huaDevice + "/sys/commands/#":        1,
		"$oc/devices/" + huaDevice + "/sys/messages/down":     1,
		"$oc/devices/" + huaProduct + "_dev-2/sys/commands/#": 0x80,
		"$oc/devices/+/sys/commands/#":                        0x80,
	} {
		if got := d.subscribe(filter, 1); got != want {
			t.Errorf("%s: granted %#x, want %#x", filter, got, want)
		}
	}
	for range 2 {
		out, err := c.CreateCommand(command(map[string]any{}))
		if err != nil {
			t.Fatal(err)
		}
		if m := d.next(); m.Topic() != commandTopic+of(out.CommandId) || m.Qos() != 1 {
			t.Errorf("came on %s at QoS %d, want command %s once, at the QoS of the subscription", m.Topic(), m.Qos(), of(out.CommandId))
		}
	}
}

func TestHuaweiMessageThatIsNotAcknowledgedComesAgainAndAfterAReturn(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {resend: 50ms}")
	c := w.iotda(t, owner)
	deaf := present(t, w, c, huaDevice, habits{hold: true})
	if got := deaf.subscribe(messagesDown, 1); got != 1 {
		t.Fatalf("granted %#x", got)
	}
	in := message("x")
	in.Body.PayloadFormat = ptr("raw")
	id := send(t, c, in, "DELIVERED")
	for n := range 3 {
		if m := deaf.next(); m.Duplicate() != (n > 0) || m.Qos() != 1 {
			t.Errorf("send %d: duplicate %v at QoS %d", n+1, m.Duplicate(), m.Qos())
		}
	}
	deaf.leave()
	awaitHuawei(t, c, huaDevice, "OFFLINE")
	back := present(t, w, c, huaDevice, habits{})
	if m := back.next(); string(m.Payload()) != "x" {
		t.Errorf("after the return came %s", m.Payload())
	}
	m, err := c.ShowDeviceMessage(&model.ShowDeviceMessageRequest{DeviceId: huaDevice, MessageId: id})
	if err != nil || of(m.Status) != "DELIVERED" {
		t.Errorf("%v, %v", m, err)
	}
}

func TestHuaweiPropertiesOfAMessageReachADeviceThatSpeaksMQTT5(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	got := modern(t, w, huaweiLogin(huaDevice, devSecret))
	awaitHuawei(t, c, huaDevice, "ONLINE")
	in := message("x")
	in.Body.Properties = &model.PropertiesDto{CorrelationData: ptr("c-1"), ResponseTopic: ptr("r/t?=$"),
		UserProperties: &[]model.UserPropDto{{PropKey: ptr("k"), PropValue: ptr("ein Wert 中")}}}
	send(t, c, in, "DELIVERED")
	select {
	case m := <-got:
		if p := m.Properties; p == nil || string(p.CorrelationData) != "c-1" || p.ResponseTopic != "r/t?=$" || p.User.Get("k") != "ein Wert 中" {
			t.Errorf("properties %+v", m.Properties)
		}
	case <-time.After(patience):
		t.Fatal("no message")
	}
}

// modern connects a stock MQTT 5 client, which subscribes to nothing.
func modern(t *testing.T, w *world, l login) chan *paho.Publish {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := net.Dial("tcp", w.mqtt)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *paho.Publish, 16)
	client := paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) { got <- p.Packet; return true, nil }}})
	most := uint16(32)
	ack, err := client.Connect(ctx, &paho.Connect{ClientID: l.clientID, CleanStart: true, KeepAlive: 60, UsernameFlag: true,
		Username: l.username, PasswordFlag: true, Password: []byte(l.password), Properties: &paho.ConnectProperties{ReceiveMaximum: &most}})
	if err != nil || ack.ReasonCode != 0 {
		t.Fatalf("CONNACK %+v, %v", ack, err)
	}
	t.Cleanup(func() { client.Disconnect(&paho.Disconnect{}); <-client.Done() })
	return got
}
