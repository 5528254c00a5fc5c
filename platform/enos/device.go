package enos

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fleetdrill/platform"
	"fleetdrill/platform/members"
)

// Codec is the wire as a device sees it. The zero value works, and serves any number of devices at once.
type Codec struct{}

// Login returns what the device shows when it connects at now: its secret as a SHA-256, in the lower-case digits of the
// vendor's Java and Python SDKs.
func (Codec) Login(a platform.Address, secret string, now time.Time) (clientID, username, password string) {
	l := login{cid: a.Device, signmethod: "sha256", timestamp: strconv.FormatInt(now.UnixMilli(), 10), address: a}
	sum := sha256.Sum256(l.signed(secret))
	return l.cid + "|securemode=2,signmethod=sha256,timestamp=" + l.timestamp + "|", a.Device + "&" + a.Product,
		hex.EncodeToString(sum[:])
}

// Filters returns nothing: the vendor's SDKs do not subscribe to their commands.
func (Codec) Filters(platform.Address) []string { return nil }

var errNoCommand = errors.New("message is no command")

// Decode reads a command: Wire, Service and Input. Input is part of the payload, which must not change.
func (Codec) Decode(topic string, payload []byte) (platform.Command, error) {
	service, ok := serviceOf(topic)
	if !ok || service == "" || strings.HasSuffix(service, replySuffix) {
		return platform.Command{}, errNoCommand
	}
	in, err := members.Parse(payload)
	if err != nil {
		return platform.Command{}, fmt.Errorf("command %s: %w", service, err)
	}
	c := platform.Command{Service: service}
	for in.Next() {
		switch string(in.Key) {
		case "id":
			c.Wire = wireOf(members.Plain(in.Value))
		case "params":
			c.Input = in.Value
		}
	}
	if c.Wire == 0 {
		return platform.Command{}, fmt.Errorf("command %s: no id that is a number", service)
	}
	return c, nil
}

// Encode shapes an answer of the device. One that is OK has the vendor's code, whatever r.Code says.
func (Codec) Encode(a platform.Address, r platform.Reply) (topic string, payload []byte, err error) {
	code := r.Code
	switch {
	case r.OK:
		code = codeDeviceSuccess
	case code == codeDeviceSuccess:
		return "", nil, fmt.Errorf("reply of %s: code %d is success, but the reply is a failure", a, code)
	}
	b := make([]byte, 0, 80+len(r.Data)+len(r.Message))
	b = strconv.AppendUint(append(b, `{"id":"`...), uint64(r.Wire), 10)
	b = strconv.AppendInt(append(b, `","code":`...), int64(code), 10)
	if r.Data != nil {
		b = append(append(b, `,"data":`...), r.Data...)
	}
	if r.Message != "" {
		b = appendString(append(b, `,"message":`...), r.Message)
	}
	return commandTopic(a, r.Service) + replySuffix, append(b, '}'), nil
}
