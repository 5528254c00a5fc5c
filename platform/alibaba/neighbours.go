package alibaba

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
)

// maxBatch is how many devices one call may name.
const maxBatch = 100

// invokeThingsService calls one service of many devices of a product, always asynchronously. Nothing is sent unless all
// of them exist; what becomes of each is not told.
func (a *api) invokeThingsService(c *call) error {
	if err := c.params.require("Args", "Identifier"); err != nil {
		return err
	}
	devices, err := a.addresses(c)
	if err != nil {
		return err
	}
	req, err := c.request()
	if err != nil {
		return err
	}
	if _, err := a.check(devices[0].Model, req); err != nil {
		return err
	}
	for _, dev := range devices {
		_, err := a.submit(dev, req.command(dev, platform.TagOf(c.r.Header)))
		if err == platform.ErrClosed {
			return err
		}
	}
	return nil
}

// addresses are the devices that a call names, each once.
func (a *api) addresses(c *call) ([]*platform.Device, error) {
	if err := a.instance(c); err != nil {
		return nil, err
	}
	key, names := c.params.value("ProductKey"), c.params.list("DeviceName")
	switch {
	case key == "":
		return nil, errNullProduct
	case len(names) == 0:
		return nil, errNullDevice
	case len(names) > maxBatch:
		return nil, illegal(fmt.Sprintf("%d devices, %d at most", len(names), maxBatch))
	}
	p, err := a.product(c, key)
	if err != nil {
		return nil, err
	}
	var all []*platform.Device
	for _, name := range names {
		dev := a.svc.Device(platform.Address{Product: p.Key, Device: name})
		if dev == nil {
			return nil, platform.ErrUnknownDevice
		}
		if !slices.Contains(all, dev) {
			all = append(all, dev)
		}
	}
	return all, nil
}

// rrpc sends bytes of the application's own and waits for the device's. How it ended is RrpcCode; the call succeeds in
// any case.
func (a *api) rrpc(c *call) error {
	if err := c.params.require("ProductKey", "DeviceName", "RequestBase64Byte", "Timeout"); err != nil {
		return err
	}
	dev, err := a.address(c)
	if err != nil {
		return err
	}
	cmd, err := c.rawCommand(dev)
	if err != nil {
		return err
	}
	rec, err := a.svc.Invoke(c.r.Context(), cmd)
	c.out.text("RrpcCode", rrpcCode(err))
	if rec.Reply.Raw != nil {
		c.out.text("PayloadBase64Byte", base64.StdEncoding.EncodeToString(rec.Reply.Raw))
	}
	if rec.ID != 0 {
		c.out.raw("MessageId", strconv.FormatUint(uint64(rec.ID), 10))
	}
	return nil
}

func (c *call) rawCommand(dev *platform.Device) (platform.Command, error) {
	payload, err := base64.StdEncoding.DecodeString(c.params.value("RequestBase64Byte"))
	if err != nil {
		return platform.Command{}, illegal("RequestBase64Byte is not Base64")
	}
	ms, err := c.params.integer("Timeout", 0, 1000, 8000)
	if err != nil {
		return platform.Command{}, err
	}
	topic := c.own("Topic")
	if topic != "" && (topic[0] != '/' || len(topic) > 512 || strings.ContainsAny(topic, "+#\x00")) {
		return platform.Command{}, illegal("Topic is not the name of a topic")
	}
	return platform.Command{Tag: platform.TagOf(c.r.Header), Device: dev.Address, Input: payload, Timeout: time.Duration(ms) * time.Millisecond,
		Extra: &route{sync: true, raw: true, topic: topic}}, nil
}

// rrpcCode is how the vendor calls an ending here.
func rrpcCode(err error) string {
	switch {
	case err == nil:
		return "SUCCESS"
	case errors.Is(err, platform.ErrUnanswered), errors.Is(err, platform.ErrNotSent):
		return "TIMEOUT"
	case errors.Is(err, platform.ErrOffline), errors.Is(err, platform.ErrInactive):
		return "OFFLINE"
	}
	return "UNKNOWN"
}
