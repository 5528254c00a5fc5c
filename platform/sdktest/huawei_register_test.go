package sdktest

import (
	"testing"

	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

func newProduct(t *testing.T, c *iotda.IoTDAClient, id string) *model.CreateProductResponse {
	t.Helper()
	out, err := c.CreateProduct(&model.CreateProductRequest{Body: &model.AddProduct{
		ProductId: &id, Name: "lamp", DeviceType: "Lamp", ProtocolType: "MQTT", DataFormat: "json",
		ServiceCapabilities: []model.ServiceCapability{{ServiceId: "reboot", ServiceType: "reboot",
			Commands: &[]model.ServiceCommand{{CommandName: "ON_OFF",
				Paras: &[]model.ServiceCommandPara{{ParaName: "value", DataType: "string", Required: ptr(true)}}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func addDevice(t *testing.T, c *iotda.IoTDAClient, in *model.AddDevice) *model.AddDeviceResponse {
	t.Helper()
	out, err := c.AddDevice(&model.AddDeviceRequest{Body: in})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHuaweiProductHoldsCommandsToItsModelWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, "huawei: {strict_model: true}")
	c := w.iotda(t, owner)
	p := newProduct(t, c, "lamp1")
	if p.HttpStatusCode != 201 || of(p.ProductId) != "lamp1" || of(p.CreateTime) == "" || (*(*p.ServiceCapabilities)[0].Commands)[0].CommandName != "ON_OFF" {
		t.Errorf("product %v", p)
	}
	_, err := c.CreateProduct(&model.CreateProductRequest{Body: &model.AddProduct{ProductId: ptr("bad"), DataFormat: "json"}})
	refusedHua(t, err, 400, "IOTDA.000006")
	d := addDevice(t, c, &model.AddDevice{NodeId: "n1", ProductId: "lamp1"})
	for name, body := range map[string]*model.DeviceCommandRequest{
		"unknown service":   {ServiceId: ptr("no"), CommandName: ptr("ON_OFF"), Paras: object(map[string]any{"value": "ON"})},
		"unknown command":   {ServiceId: ptr("reboot"), CommandName: ptr("no"), Paras: object(map[string]any{"value": "ON"})},
		"missing parameter": {ServiceId: ptr("reboot"), CommandName: ptr("ON_OFF"), Paras: object(map[string]any{})},
		"unknown parameter": {ServiceId: ptr("reboot"), CommandName: ptr("ON_OFF"), Paras: object(map[string]any{"value": "ON", "x": 1})},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateCommand(&model.CreateCommandRequest{DeviceId: of(d.DeviceId), Body: body})
			refusedHua(t, err, 400, "IOTDA.000006")
		})
	}
	_, err = c.CreateCommand(&model.CreateCommandRequest{DeviceId: of(d.DeviceId), Body: command(map[string]any{"value": "ON"}).Body})
	refusedHua(t, err, 403, "IOTDA.014016")
}

func TestHuaweiDeviceLivesFromItsRegistrationToItsDeletion(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	newProduct(t, c, "lamp1")
	made := addDevice(t, c, &model.AddDevice{NodeId: "n_1", ProductId: "lamp1", DeviceName: ptr("the lamp"), Description: ptr("d")})
	id := of(made.DeviceId)
	if made.HttpStatusCode != 201 || id != "lamp1_n_1" || of(made.Status) != "INACTIVE" || of(made.NodeType) != "GATEWAY" ||
		of(made.ProductName) != "lamp" || len(of(made.AuthInfo.Secret)) < 8 || of(made.CreateTime) == "" {
		t.Errorf("device %v", made)
	}
	d := w.connect(t, huaweiLogin(id, of(made.AuthInfo.Secret)), habits{answer: respond(huaOK)})
	awaitHuawei(t, c, id, "ONLINE")
	in := command(map[string]any{"value": "ON"})
	in.DeviceId = id
	if _, err := c.CreateCommand(in); err != nil {
		t.Error(err)
	}
	if _, err := c.FreezeDevice(&model.FreezeDeviceRequest{DeviceId: id}); err != nil {
		t.Error(err)
	}
	d.isCut()
	awaitHuawei(t, c, id, "FROZEN")
	_, err := c.CreateCommand(in)
	refusedHua(t, err, 403, "IOTDA.014016")
	if _, err := w.dial(t, huaweiLogin(id, of(made.AuthInfo.Secret)), habits{}); refusedWith(err) != 5 {
		t.Errorf("while it is frozen: %v, want CONNACK 5", err)
	}
	if _, err := c.UnfreezeDevice(&model.UnfreezeDeviceRequest{DeviceId: id}); err != nil {
		t.Error(err)
	}
	awaitHuawei(t, c, id, "OFFLINE")
	if _, err := c.DeleteDevice(&model.DeleteDeviceRequest{DeviceId: id}); err != nil {
		t.Error(err)
	}
	_, err = c.ShowDevice(&model.ShowDeviceRequest{DeviceId: id})
	refusedHua(t, err, 404, "IOTDA.014000")
}

func TestHuaweiDevicesAreListedInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	newProduct(t, c, "lamp1")
	for _, node := range []string{"a", "b", "c"} {
		addDevice(t, c, &model.AddDevice{NodeId: node, ProductId: "lamp1"})
	}
	first, err := c.ListDevices(&model.ListDevicesRequest{ProductId: ptr("lamp1"), Limit: ptr[int32](2)})
	if err != nil || of(first.Page.Count) != 3 || len(*first.Devices) != 2 || of((*first.Devices)[0].NodeId) != "c" {
		t.Fatalf("first page %v, %v", first, err)
	}
	second, err := c.ListDevices(&model.ListDevicesRequest{ProductId: ptr("lamp1"), Limit: ptr[int32](2), Marker: first.Page.Marker})
	if err != nil || len(*second.Devices) != 1 || of((*second.Devices)[0].DeviceId) != "lamp1_a" {
		t.Errorf("second page %v, %v", second, err)
	}
	_, err = c.AddDevice(&model.AddDeviceRequest{Body: &model.AddDevice{NodeId: "a", ProductId: "lamp1"}})
	refusedHua(t, err, 400, "IOTDA.014031")
	_, err = c.AddDevice(&model.AddDeviceRequest{Body: &model.AddDevice{NodeId: "x y", ProductId: "lamp1"}})
	refusedHua(t, err, 400, "IOTDA.000006")
}

func TestHuaweiResetSecretIsTheOneThatCountsFromThenOn(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	d := present(t, w, c, huaDevice, habits{})
	out, err := c.ResetDeviceSecret(&model.ResetDeviceSecretRequest{DeviceId: huaDevice, ActionId: "resetSecret",
		Body: &model.ResetDeviceSecret{Secret: ptr("new-secret-01"), ForceDisconnect: ptr(true)}})
	if err != nil || of(out.Secret) != "new-secret-01" || of(out.DeviceId) != huaDevice {
		t.Fatalf("%v, %v", out, err)
	}
	d.isCut()
	if _, err := w.dial(t, huaweiLogin(huaDevice, devSecret), habits{}); refusedWith(err) != 4 {
		t.Errorf("with the old secret: %v, want CONNACK 4", err)
	}
	out, err = c.ResetDeviceSecret(&model.ResetDeviceSecretRequest{DeviceId: huaDevice, ActionId: "resetSecret",
		Body: &model.ResetDeviceSecret{SecretType: ptr("SECONDARY")}})
	if err != nil || len(of(out.Secret)) < 8 || of(out.SecretType) != "SECONDARY" {
		t.Fatalf("%v, %v", out, err)
	}
	for _, s := range []string{"new-secret-01", of(out.Secret)} {
		if _, err := w.dial(t, huaweiLogin(huaDevice, s), habits{}); err != nil {
			t.Errorf("with either of the new secrets: %v", err)
		}
	}
	_, err = c.ResetDeviceSecret(&model.ResetDeviceSecretRequest{DeviceId: huaDevice, ActionId: "resetSecret",
		Body: &model.ResetDeviceSecret{Secret: ptr("short")}})
	refusedHua(t, err, 400, "IOTDA.000006")
}

func TestHuaweiCommandForAChildGoesToItsGateway(t *testing.T) {
	t.Parallel()
	w := start(t)
	c := w.iotda(t, owner)
	child := addDevice(t, c, &model.AddDevice{NodeId: "child", ProductId: huaProduct, GatewayId: ptr(huaDevice)})
	if of(child.NodeType) != "ENDPOINT" || of(child.GatewayId) != huaDevice {
		t.Errorf("child %v", child)
	}
	in := command(map[string]any{"value": "ON"})
	in.DeviceId = of(child.DeviceId)
	_, err := c.CreateCommand(in)
	refusedHua(t, err, 403, "IOTDA.014016")
	gateway := present(t, w, c, huaDevice, habits{answer: respond(huaOK)})
	out, err := c.CreateCommand(in)
	if err != nil || out.Response == nil {
		t.Fatalf("%v, %v", out, err)
	}
	if m := gateway.next(); m.Topic() != commandTopic+of(out.CommandId) || fields(t, m.Payload())["object_device_id"] != `"`+in.DeviceId+`"` {
		t.Errorf("%s on %s", m.Payload(), m.Topic())
	}
}
