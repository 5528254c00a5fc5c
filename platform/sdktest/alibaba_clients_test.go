package sdktest

import (
	"errors"
	"fmt"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	tea "github.com/alibabacloud-go/iot-20180120/v6/client"
	teaerrors "github.com/alibabacloud-go/tea/tea"
	classicerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/iot"
)

// aliCall is InvokeThingService as an application writes it. What is empty is not sent.
type aliCall struct {
	product, device, iotID, identifier, args, instance, qos string
}

// setX is a call that succeeds once dev1 is there.
func setX(args string) aliCall {
	return aliCall{product: aliProduct, device: "dev1", identifier: "setX", args: args}
}

// aliAnswer is what the SDKs make of an answer with HTTP 200.
type aliAnswer struct {
	requestID, code, message  string
	success                   bool
	messageID, result         string // InvokeThingService
	rrpcCode, payload, status string // RRpc: code, Base64; GetDeviceStatus
	since                     int64  // GetDeviceStatus, ms
	rows                      []aliRow
	more                      bool
	nextTime                  int64
}

// aliRow is one call as QueryDeviceServiceData tells it.
type aliRow struct{ time, identifier, name, input, output string }

// aliRefusal is the error that the SDKs raise for an answer of the gateway.
type aliRefusal struct {
	status                   int
	code, message, recommend string
}

func (r *aliRefusal) Error() string { return fmt.Sprintf("%d %s %s", r.status, r.code, r.message) }

// aliClient is an application of one of the vendor's SDKs.
type aliClient interface {
	invoke(aliCall) (aliAnswer, error)
	batch(c aliCall, devices ...string) (aliAnswer, error)
	rrpc(c aliCall, topic, base64 string, milliseconds int) (aliAnswer, error)
	status(aliCall) (aliAnswer, error)
	data(c aliCall, from, to int64, size int, asc bool) (aliAnswer, error)
}

// aliClients are the ways to sign: the classic SDK, and the Tea SDK with both of its signatures.
var aliClients = []struct {
	name string
	make func(t *testing.T, w *world, key, secret string) aliClient
}{
	{"classic SDK", newClassic},
	{"Tea SDK ACS3", func(t *testing.T, w *world, key, secret string) aliClient { return newTea(t, w, key, secret, "") }},
	{"Tea SDK v2", func(t *testing.T, w *world, key, secret string) aliClient { return newTea(t, w, key, secret, "v2") }},
}

// eachAli runs a test with every client, each with a world of its own.
func eachAli(t *testing.T, test func(t *testing.T, w *world, c aliClient), settings ...string) {
	t.Parallel()
	for _, c := range aliClients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, settings...)
			test(t, w, c.make(t, w, key, secret))
		})
	}
}

func newClassic(t *testing.T, w *world, key, secret string) aliClient {
	t.Helper()
	c, err := iot.NewClientWithAccessKey("cn-shanghai", key, secret)
	if err != nil {
		t.Fatal(err)
	}
	return &classic{c, w.host}
}

func newTea(t *testing.T, w *world, key, secret, algorithm string) aliClient {
	t.Helper()
	return teaOf(t, w, &openapi.Config{AccessKeyId: &key, AccessKeySecret: &secret}, algorithm)
}

// temporaryTea has a temporary key.
func temporaryTea(t *testing.T, w *world, algorithm string) aliClient {
	t.Helper()
	token, kind := "CAIS+/=", "sts"
	return teaOf(t, w, &openapi.Config{AccessKeyId: ptr(key), AccessKeySecret: ptr(secret), SecurityToken: &token, Type: &kind}, algorithm)
}

func teaOf(t *testing.T, w *world, cfg *openapi.Config, algorithm string) aliClient {
	t.Helper()
	protocol := "HTTP"
	cfg.Endpoint, cfg.Protocol = &w.host, &protocol
	if algorithm != "" {
		cfg.SignatureAlgorithm = &algorithm
	}
	c, err := tea.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &teaClient{c}
}

// refusal makes one thing of the SDKs' errors.
func refusal(err error) error {
	var server *classicerrors.ServerError
	var sdk *teaerrors.SDKError
	switch {
	case errors.As(err, &server):
		return &aliRefusal{server.HttpStatus(), server.ErrorCode(), server.Message(), server.Recommend()}
	case errors.As(err, &sdk):
		return &aliRefusal{teaerrors.IntValue(sdk.StatusCode), teaerrors.StringValue(sdk.Code), teaerrors.StringValue(sdk.Message), ""}
	}
	return err
}
