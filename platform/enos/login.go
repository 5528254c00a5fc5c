package enos

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"strings"

	"fleetdrill/platform"
	"fleetdrill/platform/broker"
)

// login is what a device says in CONNECT: client id {cid}|securemode=2,signmethod=sha256,timestamp={ms}|, user name
// {deviceKey}&{productKey}.
type login struct {
	cid, securemode, signmethod, timestamp string
	address                                platform.Address
}

// parseLogin returns false for a login that has not this vendor's form.
func parseLogin(clientID, username string) (login, bool) {
	var l login
	head, ok := strings.CutSuffix(clientID, "|")
	bar := strings.LastIndexByte(head, '|') // cid may be any text
	and := strings.LastIndexByte(username, '&')
	if !ok || bar < 0 || and < 0 {
		return l, false
	}
	l.cid = head[:bar]
	l.address = platform.Address{Product: username[and+1:], Device: username[:and]}
	for pair := range strings.SplitSeq(head[bar+1:], ",") { // the vendor's template has a blank after the comma
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch key {
		case "securemode":
			l.securemode = value
		case "signmethod":
			l.signmethod = strings.ToLower(value)
		case "timestamp":
			l.timestamp = value
		}
	}
	return l, true
}

// signMethods are plain hashes, whatever their names say. "" stands for a login that names none.
var signMethods = map[string]func() hash.Hash{
	"": sha1.New, "sha1": sha1.New, "hmacsha1": sha1.New,
	"sha256": sha256.New, "hmacsha256": sha256.New,
	"md5": md5.New, "hmacmd5": md5.New,
}

// signed is the text that a password is the hash of. The timestamp is text too: one SDK sends fractions, one seconds.
func (l *login) signed(secret string) []byte {
	return []byte("clientId" + l.cid + "deviceKey" + l.address.Device + "productKey" + l.address.Product +
		"timestamp" + l.timestamp + secret)
}

// proves tells whether the password is the one that only who knows the secret can make.
func (l *login) proves(password []byte, secret string) bool {
	method := signMethods[l.signmethod]
	if method == nil || secret == "" {
		return false
	}
	ok := sameHash(method(), l.signed(secret), password)
	if l.signmethod == "hmacsha1" { // one SDK means it
		ok = sameHash(hmac.New(sha1.New, []byte(secret)), l.signed(secret), password) || ok
	}
	return ok
}

// sameHash compares without case: half of the SDKs write upper-case digits.
func sameHash(h hash.Hash, text, password []byte) bool {
	h.Write(text)
	got := make([]byte, hex.DecodedLen(len(password)))
	if _, err := hex.Decode(got, password); err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(got, h.Sum(nil)) == 1
}

// maxCID is the vendor's limit, in characters.
const maxCID = 64

// Reasons of refusals, with the numbers of the vendor's device log.
var (
	refusedSign     = &broker.Refusal{BadCredentials: true, Reason: "742 sign check failed"}
	refusedDisabled = &broker.Refusal{Reason: "723 device disabled"}
	refusedDynamic  = &broker.Refusal{Reason: "770 dynamic activation not allowed"}
	refusedMode     = &broker.Refusal{Reason: "742 securemode not supported, 2 is"}
	refusedCID      = &broker.Refusal{Reason: "742 client id longer than 64 characters"}
	refusedKeys     = &broker.Refusal{Reason: "742 productKey or deviceKey cannot be a level of a topic"}
)

// Admit proves a device by its secret. An unknown device is refused like a wrong password, so that nobody learns who
// exists.
func (d *Dialect) Admit(s *platform.Service, in broker.Login) (*platform.Device, broker.Grant, error) {
	l, ok := parseLogin(in.ClientID, in.Username)
	if !ok {
		return nil, broker.Grant{}, platform.ErrNotMine
	}
	if p := s.Product(l.address.Product); p == nil || p.Dialect != Name {
		return nil, broker.Grant{}, platform.ErrNotMine
	}
	dev, refusal := l.admit(s.Device(l.address), in.Password)
	if refusal != nil {
		return nil, broker.Grant{}, refusal
	}
	return dev, grant(dev.Address), nil
}

func (l *login) admit(dev *platform.Device, password []byte) (*platform.Device, *broker.Refusal) {
	switch {
	case len([]rune(l.cid)) > maxCID:
		return nil, refusedCID
	case l.securemode == "3":
		return nil, refusedDynamic
	case l.securemode != "2" && l.securemode != "":
		return nil, refusedMode
	case dev == nil || !l.proves(password, secretOf(dev)):
		return nil, refusedSign
	case dev.Status().Disabled:
		return nil, refusedDisabled
	case strings.ContainsAny(dev.Product+dev.Device, "/+#"):
		return nil, refusedKeys
	}
	return dev, nil
}

func secretOf(d *platform.Device) string {
	secret, _ := d.Credentials()
	return secret
}

// grant is what an admitted device may do: anything within /sys/{pk}/{dk}/ and /ext/{what}/{pk}/{dk}/. Its commands
// come without its asking, because the vendor's SDKs never subscribe to them.
func grant(a platform.Address) broker.Grant {
	sys := topicRoot + a.Product + "/" + a.Device + "/"
	own := sys[len(topicRoot)-1:]
	return broker.Grant{
		Down: []string{commandTopic(a, "+"), commandTopic(a, pointService)},
		May:  func(topic string, _ bool) bool { return within(topic, sys, own) },
	}
}

func within(topic, sys, own string) bool {
	if strings.HasPrefix(topic, sys) {
		return true
	}
	rest, ok := strings.CutPrefix(topic, "/ext/")
	if !ok {
		return false
	}
	level := strings.IndexByte(rest, '/')
	return level > 0 && rest[:level] != "#" && strings.HasPrefix(rest[level:], own)
}
