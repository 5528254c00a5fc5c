package huawei

import (
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
)

// login is what a device says in CONNECT: client id {device_id}_0_{sign_type}_{YYYYMMDDHH}, user name {device_id}.
type login struct {
	device, sign, hour string
}

// The layout of a login's hour.
const hourLayout = "2006010215"

// What sign_type says of the hour.
const (
	signUnchecked = "0"
	signChecked   = "1"
)

// parseLogin reads a client id from its right end, because a device_id has underscores too. It returns false for a login
// that has not this vendor's form.
func parseLogin(clientID, username string) (login, bool) {
	head, hour := cutLast(clientID)
	head, sign := cutLast(head)
	device, kind := cutLast(head)
	ok := device != "" && device == username && kind == "0" && len(sign) == 1 && len(hour) == len(hourLayout) &&
		strings.Trim(sign+hour, "0123456789") == ""
	return login{device, sign, hour}, ok
}

// cutLast cuts at the last underscore.
func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

// password is what a device shows: its secret as the message, and the hour as the key.
func password(secret, hour string) string {
	return hex.EncodeToString(mac([]byte(hour), []byte(secret)))
}

// inHour tells whether the login's hour is the platform's, or near it.
func (l *login) inHour(now time.Time, window time.Duration) bool {
	at, err := time.Parse(hourLayout, l.hour)
	return err == nil && now.UTC().Truncate(time.Hour).Sub(at).Abs() <= window
}

// proves compares with both secrets that a device may have, in constant time. It takes upper-case digits for a mistake,
// as the vendor does.
func (l *login) proves(shown []byte, dev *platform.Device) bool {
	secret, second := dev.Credentials()
	ok := subtle.ConstantTimeCompare([]byte(password(secret, l.hour)), shown) == 1 && secret != ""
	return subtle.ConstantTimeCompare([]byte(password(second, l.hour)), shown) == 1 && second != "" || ok
}

// maxLogin is the longest client id and user name.
const maxLogin = 256

// Keep-alives that the vendor takes, in seconds.
const minKeepAlive, maxKeepAlive = 30, 1200

// Reasons of refusals.
var (
	refusedID        = &broker.Refusal{BadClientID: true, Reason: "client id longer than 256 bytes"}
	refusedKeepAlive = &broker.Refusal{BadClientID: true, Reason: "keep-alive out of range, 30 to 1200 seconds"}
	refusedSign      = &broker.Refusal{Reason: "sign type not supported, 0 and 1 are"}
	refusedUnknown   = &broker.Refusal{Reason: "no such device"}
	refusedPassword  = &broker.Refusal{BadCredentials: true, Reason: "wrong password"}
	refusedHour      = &broker.Refusal{BadCredentials: true, Reason: "the client id's hour is not the platform's"}
	refusedFrozen    = &broker.Refusal{Reason: "device frozen"}
)

// Admit proves a device by its secret.
func (d *Dialect) Admit(s *platform.Service, in broker.Login) (*platform.Device, broker.Grant, error) {
	l, ok := parseLogin(in.ClientID, in.Username)
	if !ok {
		return nil, broker.Grant{}, platform.ErrNotMine
	}
	dev := find(s, l.device)
	if refusal := d.refuse(&l, dev, in); refusal != nil {
		return nil, broker.Grant{}, refusal
	}
	if d.api != nil {
		d.api.profiles.meet(dev)
	}
	return dev, d.grant(l.device), nil
}

func (d *Dialect) refuse(l *login, dev *platform.Device, in broker.Login) *broker.Refusal {
	switch {
	case len(in.ClientID) > maxLogin:
		return refusedID
	case !d.cfg.AnyKeepAlive && (in.KeepAlive < minKeepAlive || in.KeepAlive > maxKeepAlive):
		return refusedKeepAlive
	case l.sign != signUnchecked && l.sign != signChecked:
		return refusedSign
	case dev == nil || dev.Parent != nil:
		return refusedUnknown
	case !l.proves(in.Password, dev):
		return refusedPassword
	case l.sign == signChecked && !l.inHour(time.Now(), d.cfg.SignTimeWindow):
		return refusedHour
	case dev.Status().Disabled:
		return refusedFrozen
	}
	return nil
}

// grant is what an admitted device may do: anything within $oc/devices/{its id}/, and outside of the vendor's topics.
// What the platform says to it comes without its asking, at the QoS of the configuration.
func (d *Dialect) grant(id string) broker.Grant {
	own := topicRoot + id + "/"
	g := broker.Grant{
		May: func(topic string, _ bool) bool {
			return !strings.HasPrefix(topic, "$") || strings.HasPrefix(topic, own)
		},
		AtMostOnce: d.cfg.ImplicitQoS == 0,
	}
	if !d.cfg.NoImplicit {
		g.Down = []string{topicRoot + id + commandLevel + "#", topicRoot + id + messageLevel}
	}
	return g
}
