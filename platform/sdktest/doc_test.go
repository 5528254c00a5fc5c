// Package sdktest proves the platform by the vendors' own clients: their official Go SDKs, unmodified, call its HTTP API
// over real sockets, while a stock MQTT client plays the devices with credentials that are computed here, from the
// contracts' text and not by the dialects' code. Where a vendor has no SDK for Go, a client written from the contract
// stands in for it.
//
//	w := start(t)                                   // the three dialects on one HTTP and one MQTT port
//	d := w.connect(t, alibabaLogin("dev1"), habits{answer: alinkOK})
//	got, err := classicClient(t, w).invoke(call{...})
//
// It is a module of its own, so that what the SDKs need stays out of the product's go.mod. Its files are tests only:
// world_test.go is the platform, device_test.go a device, login_test.go its credentials; then come the vendors, each
// with its clients first. Time is real here, so waits are short but where a vendor fixes them, and all go on at once.
package sdktest
