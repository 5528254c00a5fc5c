package alibaba

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"unicode/utf8"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
)

// login is what a device says in CONNECT: client id {cid}|securemode=3,signmethod=hmacsha256,timestamp={ms}|, user name
// {deviceName}&{productKey}.
type login struct {
	cid, signmethod, timestamp string
	dated                      bool // there is a timestamp, which then is part of what is signed
	ext                        int  // bit 0: synchronous calls come under /ext/rrpc
	address                    platform.Address
}

// parseLogin returns false for a login that has not this vendor's form.
func parseLogin(clientID, username string) (login, bool) {
	var l login
	first, last := strings.IndexByte(clientID, '|'), strings.LastIndexByte(clientID, '|')
	and := strings.LastIndexByte(username, '&')
	if first == last || and < 0 {
		return l, false
	}
	l.cid = clientID[:first]
	l.address = platform.Address{Product: username[and+1:], Device: username[:and]}
	for item := range strings.SplitSeq(clientID[first+1:last], ",") { // some SDKs have an empty one, or line feeds
		key, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch key {
		case "signmethod":
			l.signmethod = strings.ToLower(value)
		case "timestamp":
			l.timestamp, l.dated = value, true
		case "ext":
			l.ext, _ = strconv.Atoi(value)
		}
	}
	return l, true
}

// signMethods by their names in a client id. "" stands for a login that names none.
var signMethods = map[string]func() hash.Hash{
	"": md5.New, "hmacmd5": md5.New, "hmacsha1": sha1.New, "hmacsha256": sha256.New,
}

// signed is the text that a password signs: names and values in the order of the names.
func (l *login) signed() []byte {
	text := "clientId" + l.cid + "deviceName" + l.address.Device + "productKey" + l.address.Product
	if l.dated {
		text += "timestamp" + l.timestamp
	}
	return []byte(text)
}

// proves tells whether the password is the one that only who knows the secret can make. Its digits may be upper case.
func (l *login) proves(password []byte, secret string) bool {
	method := signMethods[l.signmethod]
	if method == nil || secret == "" {
		return false
	}
	mac := hmac.New(method, []byte(secret))
	mac.Write(l.signed())
	got := make([]byte, hex.DecodedLen(len(password)))
	if _, err := hex.Decode(got, password); err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(got, mac.Sum(nil)) == 1
}

const (
	maxCID       = 64   // characters
	minKeepAlive = 30   // seconds
	maxKeepAlive = 1200 // what a longer one is taken for
)

// Reasons of refusals.
var (
	refusedSign      = &broker.Refusal{BadCredentials: true, Reason: "sign check failed"}
	refusedCID       = &broker.Refusal{BadCredentials: true, Reason: "client id longer than 64 characters"}
	refusedDisabled  = &broker.Refusal{Reason: "device disabled"}
	refusedKeys      = &broker.Refusal{Reason: "product key or device name cannot be a level of a topic"}
	refusedKeepAlive = &broker.Refusal{Unavailable: true, Reason: "keep-alive below 30 seconds"}
)

// Admit proves a device by its secret. An unknown device is refused like a wrong password, so that nobody learns who
// exists. A device that wants nothing kept loses what waited for it.
func (d *Dialect) Admit(s *platform.Service, in broker.Login) (*platform.Device, broker.Grant, error) {
	l, ok := parseLogin(in.ClientID, in.Username)
	if !ok {
		return nil, broker.Grant{}, platform.ErrNotMine
	}
	if p := s.Product(l.address.Product); p == nil || p.Dialect != Name {
		return nil, broker.Grant{}, platform.ErrNotMine
	}
	dev, refusal := l.admit(s.Device(l.address), in.Password)
	if refusal == nil && d.cfg.KeepAliveCheck && in.KeepAlive < minKeepAlive {
		refusal = refusedKeepAlive
	}
	if refusal != nil {
		return nil, broker.Grant{}, refusal
	}
	d.sessions.Store(dev, in.Clean)
	if in.Clean {
		s.Cancel(dev.Address, 0)
	}
	g := grant(dev.Address, l.ext)
	if d.cfg.KeepAliveCheck {
		g.MaxKeepAlive = maxKeepAlive
	}
	return dev, g, nil
}

func (l *login) admit(dev *platform.Device, password []byte) (*platform.Device, *broker.Refusal) {
	if utf8.RuneCountInString(l.cid) > maxCID {
		return nil, refusedCID
	}
	if dev == nil {
		return nil, refusedSign
	}
	secret, _ := dev.Credentials()
	switch {
	case !l.proves(password, secret):
		return nil, refusedSign
	case dev.Status().Disabled:
		return nil, refusedDisabled
	case strings.ContainsAny(dev.Product+dev.Device, "/+#"):
		return nil, refusedKeys
	}
	return dev, nil
}

// grant is what an admitted device may do. Its commands come without its asking: one of the vendor's SDKs subscribes to
// nothing, another to its first service only.
func grant(a platform.Address, ext int) broker.Grant {
	own := a.Product + "/" + a.Device
	g := broker.Grant{
		Note: ext,
		Down: []string{"/sys/" + own + serviceMiddle + "+", "/sys/" + own + requestMiddle + "+"},
		May:  func(topic string, write bool) bool { return mine(topic, own, write) },
	}
	if ext&1 != 0 {
		g.Down = append(g.Down, extRoot+"#")
	}
	return g
}
