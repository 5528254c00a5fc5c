package huawei

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"fleetdrill/platform"
)

// addDevice registers a device. One with a gateway has no connection of its own.
func (a *api) addDevice(c *call) error {
	var in deviceRequest
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	reg, err := a.registration(c, &in)
	if err != nil {
		return err
	}
	if find(a.svc, reg.Alias) != nil || find(a.svc, defaultID(reg.Address)) != nil {
		return &fault{http.StatusBadRequest, codeExists, "The device already exists: " + clip(reg.Alias)}
	}
	d, err := a.svc.AddDevice(reg)
	if err != nil { // somebody was faster, or the gateway is a child itself
		return invalid("device", "%v", err)
	}
	in.profile.created = time.Now()
	if in.AuthInfo != nil {
		in.profile.auth, in.profile.secure, in.profile.timeout = value(in.AuthInfo.AuthType), in.AuthInfo.SecureAccess, in.AuthInfo.Timeout
	}
	a.profiles.set(d, &in.profile)
	return c.answer(http.StatusCreated, a.detailed(d))
}

func (a *api) registration(c *call, in *deviceRequest) (platform.Registration, error) {
	reg := platform.Registration{Address: platform.Address{Product: *in.ProductID, Device: *in.NodeID}, Alias: value(in.DeviceID)}
	if p := a.svc.Product(*in.ProductID); p == nil || p.Dialect != Name || !c.owns(p.Org) {
		return reg, invalid("product_id", "there is no product %q", *in.ProductID)
	}
	switch {
	case reg.Alias == "":
		reg.Alias = defaultID(reg.Address)
	case a.foreign(c, reg.Alias):
		return reg, invalid("device_id", "%q begins with another organisation's product_id", clip(reg.Alias))
	}
	if reg.Secret = newSecret(); in.AuthInfo != nil && in.AuthInfo.Secret != nil {
		reg.Secret = *in.AuthInfo.Secret
	}
	if value(in.GatewayID) == "" {
		return reg, nil
	}
	gateway := find(a.svc, *in.GatewayID)
	switch {
	case gateway == nil || !c.owns(gateway.Model.Org):
		return reg, invalid("gateway_id", "there is no device %q", clip(*in.GatewayID))
	case gateway.Parent != nil:
		return reg, invalid("gateway_id", "%q is behind a gateway itself", clip(*in.GatewayID))
	}
	reg.Parent = &gateway.Address
	return reg, nil
}

// foreign tells whether an id is what a device of another organisation's product would be called.
func (a *api) foreign(c *call, id string) bool {
	for i, r := range id {
		if r != '_' {
			continue
		}
		if p := a.svc.Product(id[:i]); p != nil && p.Dialect == Name && !c.owns(p.Org) {
			return true
		}
	}
	return false
}

func (a *api) showDevice(c *call) error {
	a.profiles.meet(c.device)
	return c.answer(http.StatusOK, a.detailed(c.device))
}

// listDevices tells of the account's devices, however they were registered, the newest first.
func (a *api) listDevices(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	wants := func(name, has string) bool { return q.Get(name) == "" || q.Get(name) == has }
	all := slices.DeleteFunc(a.svc.Devices(), func(d *platform.Device) bool {
		if d.Model.Dialect != Name || !c.owns(d.Model.Org) {
			return true
		}
		row := a.deviceRow(d)
		return !wants("product_id", d.Product) || !wants("node_id", d.Device) ||
			!wants("gateway_id", row.GatewayID) || !wants("device_name", row.DeviceName) || !wants("app_id", row.AppID)
	})
	number := func(d *platform.Device) uint64 { return uint64(d.Number) }
	slices.SortFunc(all, func(x, y *platform.Device) int { return cmp.Compare(number(y), number(x)) })
	devices, last := cut(p, all, number)
	rows := make([]deviceRow, len(devices))
	for i, d := range devices {
		a.profiles.meet(d)
		rows[i] = a.deviceRow(d)
	}
	return c.answer(http.StatusOK, struct {
		Devices []deviceRow `json:"devices"`
		Page    queuePage   `json:"page"`
	}{rows, queuePage{len(all), last}})
}

// deleteDevice ends its commands and its connection. A gateway goes after the devices behind it.
func (a *api) deleteDevice(c *call) error {
	if err := a.svc.RemoveDevice(c.device.Address); err != nil {
		return invalid("device_id", "%v", err)
	}
	a.profiles.set(c.device, nil)
	a.shelves.forget(c.device)
	return c.answer(http.StatusNoContent, nil)
}

// What secret_type can be.
const (
	secretPrimary   = "PRIMARY"
	secretSecondary = "SECONDARY"
)

type resetRequest struct {
	Secret          *string `json:"secret"`
	ForceDisconnect bool    `json:"force_disconnect"`
	SecretType      string  `json:"secret_type"`
}

func (in *resetRequest) check() error {
	if in.SecretType == "" {
		in.SecretType = secretPrimary
	}
	if in.SecretType != secretPrimary && in.SecretType != secretSecondary {
		return invalid("secret_type", "is %q, not %s or %s", clip(in.SecretType), secretPrimary, secretSecondary)
	}
	return checkSecret("secret", in.Secret)
}

// actOnDevice resets a secret, the only action there is.
func (a *api) actOnDevice(c *call) error {
	if id := c.r.URL.Query().Get("action_id"); id != "resetSecret" {
		return invalid("action_id", "is %q, not resetSecret", clip(id))
	}
	var in resetRequest
	if err := c.read(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	secret := value(in.Secret)
	if secret == "" {
		secret = newSecret()
	}
	err := a.svc.UpdateDevice(c.device.Address, func(r *platform.Registration) {
		if in.SecretType == secretPrimary {
			r.Secret = secret
		} else {
			r.SecondSecret = secret
		}
	})
	if err == nil && in.ForceDisconnect {
		err = a.disconnect(c.device)
	}
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, struct {
		DeviceID   string `json:"device_id"`
		Secret     string `json:"secret"`
		SecretType string `json:"secret_type"`
	}{deviceID(c.device), secret, in.SecretType})
}

// disconnect ends the device's connection: a device that is disabled for a moment loses it.
func (a *api) disconnect(d *platform.Device) error {
	if d.Status().Disabled {
		return nil // it has none
	}
	if err := a.freeze(d, true); err != nil {
		return err
	}
	return a.freeze(d, false)
}

func (a *api) freeze(d *platform.Device, disabled bool) error {
	return a.svc.UpdateDevice(d.Address, func(r *platform.Registration) { r.Disabled = disabled })
}

func (a *api) freezeDevice(c *call) error {
	if err := a.freeze(c.device, true); err != nil {
		return err
	}
	return c.answer(http.StatusNoContent, nil)
}

func (a *api) unfreezeDevice(c *call) error {
	if err := a.freeze(c.device, false); err != nil {
		return err
	}
	return c.answer(http.StatusNoContent, nil)
}
