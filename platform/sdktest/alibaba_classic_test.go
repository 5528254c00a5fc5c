package sdktest

import (
	"strconv"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/iot"
)

// classic is the vendor's classic SDK: signature version 1, parameters in the query of a POST.
type classic struct {
	*iot.Client
	host string
}

// direct points a request at the platform.
func (c *classic) direct(r *requests.RpcRequest) { r.Scheme, r.Domain = "http", c.host }

func (c *classic) request(in aliCall) *iot.InvokeThingServiceRequest {
	r := iot.CreateInvokeThingServiceRequest()
	c.direct(r.RpcRequest)
	r.ProductKey, r.DeviceName, r.IotId, r.IotInstanceId = in.product, in.device, in.iotID, in.instance
	r.Identifier, r.Args, r.Qos = in.identifier, in.args, requests.Integer(in.qos)
	return r
}

func (c *classic) invoke(in aliCall) (aliAnswer, error) {
	out, err := c.InvokeThingService(c.request(in))
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	return aliAnswer{requestID: out.RequestId, success: out.Success, code: out.Code, message: out.ErrorMessage,
		messageID: out.Data.MessageId, result: out.Data.Result}, nil
}

func (c *classic) batch(in aliCall, devices ...string) (aliAnswer, error) {
	r := iot.CreateInvokeThingsServiceRequest()
	c.direct(r.RpcRequest)
	r.ProductKey, r.DeviceName, r.IotInstanceId = in.product, &devices, in.instance
	r.Identifier, r.Args, r.Qos = in.identifier, in.args, requests.Integer(in.qos)
	out, err := c.InvokeThingsService(r)
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	return aliAnswer{requestID: out.RequestId, success: out.Success, code: out.Code, message: out.ErrorMessage}, nil
}

func (c *classic) rrpc(in aliCall, topic, base64 string, milliseconds int) (aliAnswer, error) {
	r := iot.CreateRRpcRequest()
	c.direct(r.RpcRequest)
	r.ProductKey, r.DeviceName, r.IotInstanceId = in.product, in.device, in.instance
	r.Topic, r.RequestBase64Byte, r.Timeout = topic, base64, requests.NewInteger(milliseconds)
	out, err := c.RRpc(r)
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	return aliAnswer{requestID: out.RequestId, success: out.Success, code: out.Code, message: out.ErrorMessage,
		rrpcCode: out.RrpcCode, payload: out.PayloadBase64Byte, messageID: strconv.FormatInt(out.MessageId, 10)}, nil
}

func (c *classic) status(in aliCall) (aliAnswer, error) {
	r := iot.CreateGetDeviceStatusRequest()
	c.direct(r.RpcRequest)
	r.ProductKey, r.DeviceName, r.IotId, r.IotInstanceId = in.product, in.device, in.iotID, in.instance
	out, err := c.GetDeviceStatus(r)
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	return aliAnswer{requestID: out.RequestId, success: out.Success, code: out.Code, message: out.ErrorMessage,
		status: out.Data.Status, since: out.Data.Timestamp}, nil
}

func (c *classic) data(in aliCall, from, to int64, size int, asc bool) (aliAnswer, error) {
	r := iot.CreateQueryDeviceServiceDataRequest()
	c.direct(r.RpcRequest)
	r.ProductKey, r.DeviceName, r.IotId, r.IotInstanceId = in.product, in.device, in.iotID, in.instance
	r.Identifier, r.StartTime, r.EndTime = in.identifier, requests.NewInteger64(from), requests.NewInteger64(to)
	r.PageSize, r.Asc = requests.NewInteger(size), requests.NewInteger(number(asc))
	out, err := c.QueryDeviceServiceData(r)
	if err != nil {
		return aliAnswer{}, refusal(err)
	}
	a := aliAnswer{requestID: out.RequestId, success: out.Success, code: out.Code, message: out.ErrorMessage,
		more: out.Data.NextValid, nextTime: out.Data.NextTime}
	for _, i := range out.Data.List.ServiceInfo {
		a.rows = append(a.rows, aliRow{i.Time, i.Identifier, i.Name, i.InputData, i.OutputData})
	}
	return a, nil
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
