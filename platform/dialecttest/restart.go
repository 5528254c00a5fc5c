package dialecttest

import "fleetdrill/platform/pipe"

// StartBroker lets the platform's broker, which was stopped, serve devices again.
func (w *World) StartBroker() {
	w.mqtt = pipe.Listen("mqtt")
	w.Platform.StartBroker(w.mqtt)
}

// Revive lets the platform, which has crashed, serve again.
func (w *World) Revive() {
	w.mqtt, w.api = pipe.Listen("mqtt"), pipe.Listen("http")
	w.Platform.Revive(w.mqtt, w.api)
}
