// Package sdktest proves `fleetdrill serve` by the vendors' own clients: their official Go SDKs, unmodified, call the
// HTTP API of the binary over real sockets, while a stock MQTT client plays the devices with credentials that are
// computed here, from the contracts' text and not by the dialects' code. Where a vendor has no SDK for Go that can be
// had (EnOS), a client written from the contract stands in for it.
//
//	w := start(t, "huawei: {resend: 50ms}")         // a server of its own, with a setting that is not the default
//	d := w.connect(t, alibabaLogin("dev1"), habits{answer: alinkOK})
//	got, err := classicClient(t, w).invoke(call{...})
//
// It is a module of its own, so that what the SDKs need stays out of the product's go.mod; nothing of the product is
// imported. Its files are tests only: serve_test.go is the server, testdata/service.yaml who exists on it, device_test.go
// a device, login_test.go its credentials; then come the vendors, each with its clients first. Time is real here, so
// waits are short but where a vendor fixes them, and all go on at once.
package sdktest
