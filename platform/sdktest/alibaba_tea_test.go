package sdktest

import (
	"strconv"

	"github.com/alibabacloud-go/iot-20180120/v6/client"
	"github.com/alibabacloud-go/tea/tea"
)

// teaClient is the vendor's present SDK: no parameter names the operation, and the signature is in a header, unless it
// is told to sign in the old way.
type teaClient struct{ *client.Client }

// text is nil for what is not to be sent.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func qosOf(s string) *int32 {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return tea.Int32(int32(n))
}

func (c *teaClient) invoke(in aliCall) (aliAnswer, error) {
	out, err := c.InvokeThingService(&client.InvokeThingServiceRequest{
		ProductKey: text(in.product), DeviceName: text(in.device), IotId: text(in.iotID), IotInstanceId: text(in.instance),
		Identifier: text(in.identifier), Args: text(in.args), Qos: qosOf(in.qos)})
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	a := envelope(out.Body.RequestId, out.Body.Success, out.Body.Code, out.Body.ErrorMessage)
	if d := out.Body.Data; d != nil {
		a.messageID, a.result = tea.StringValue(d.MessageId), tea.StringValue(d.Result)
	}
	return a, nil
}

func envelope(requestID *string, success *bool, code, message *string) aliAnswer {
	return aliAnswer{requestID: tea.StringValue(requestID), success: tea.BoolValue(success), code: tea.StringValue(code),
		message: tea.StringValue(message)}
}

func (c *teaClient) batch(in aliCall, devices ...string) (aliAnswer, error) {
	out, err := c.InvokeThingsService(&client.InvokeThingsServiceRequest{
		ProductKey: text(in.product), DeviceName: tea.StringSlice(devices), IotInstanceId: text(in.instance),
		Identifier: text(in.identifier), Args: text(in.args), Qos: qosOf(in.qos)})
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	return envelope(out.Body.RequestId, out.Body.Success, out.Body.Code, out.Body.ErrorMessage), nil
}

func (c *teaClient) rrpc(in aliCall, topic, base64 string, milliseconds int) (aliAnswer, error) {
	out, err := c.RRpc(&client.RRpcRequest{ProductKey: text(in.product), DeviceName: text(in.device),
		IotInstanceId: text(in.instance), Topic: text(topic), RequestBase64Byte: text(base64), Timeout: tea.Int32(int32(milliseconds))})
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	a := envelope(out.Body.RequestId, out.Body.Success, out.Body.Code, out.Body.ErrorMessage)
	a.rrpcCode, a.payload = tea.StringValue(out.Body.RrpcCode), tea.StringValue(out.Body.PayloadBase64Byte)
	a.messageID = strconv.FormatInt(tea.Int64Value(out.Body.MessageId), 10)
	return a, nil
}

func (c *teaClient) status(in aliCall) (aliAnswer, error) {
	out, err := c.GetDeviceStatus(&client.GetDeviceStatusRequest{ProductKey: text(in.product), DeviceName: text(in.device),
		IotId: text(in.iotID), IotInstanceId: text(in.instance)})
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	a := envelope(out.Body.RequestId, out.Body.Success, out.Body.Code, out.Body.ErrorMessage)
	if d := out.Body.Data; d != nil {
		a.status, a.since = tea.StringValue(d.Status), tea.Int64Value(d.Timestamp)
	}
	return a, nil
}

func (c *teaClient) data(in aliCall, from, to int64, size int, asc bool) (aliAnswer, error) {
	out, err := c.QueryDeviceServiceData(&client.QueryDeviceServiceDataRequest{ProductKey: text(in.product), DeviceName: text(in.device),
		IotId: text(in.iotID), IotInstanceId: text(in.instance), Identifier: text(in.identifier), StartTime: &from, EndTime: &to,
		PageSize: tea.Int32(int32(size)), Asc: tea.Int32(int32(number(asc)))})
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	a := envelope(out.Body.RequestId, out.Body.Success, out.Body.Code, out.Body.ErrorMessage)
	d := out.Body.Data
	if d == nil {
		return a, nil
	}
	a.more, a.nextTime = tea.BoolValue(d.NextValid), tea.Int64Value(d.NextTime)
	for _, i := range d.List.ServiceInfo {
		a.rows = append(a.rows, aliRow{tea.StringValue(i.Time), tea.StringValue(i.Identifier), tea.StringValue(i.Name),
			tea.StringValue(i.InputData), tea.StringValue(i.OutputData)})
	}
	return a, nil
}
