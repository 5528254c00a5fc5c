package alibaba

import (
	"crypto/hmac"
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
type Codec struct {
	Ext bool // the client id says ext=1: synchronous calls come, and are answered, under /ext/rrpc
}

// Login returns what the device shows when it connects at now, in the manner of the vendor's C SDK.
func (c Codec) Login(a platform.Address, secret string, now time.Time) (clientID, username, password string) {
	l := login{cid: a.Product + "." + a.Device, dated: true, timestamp: strconv.FormatInt(now.UnixMilli(), 10), address: a}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(l.signed())
	ext := ""
	if c.Ext {
		ext = ",ext=1"
	}
	return l.cid + "|timestamp=" + l.timestamp + ",_ss=1,securemode=3,signmethod=hmacsha256" + ext + "|", a.Device + "&" + a.Product,
		hex.EncodeToString(mac.Sum(nil))
}

// Filters returns nothing: system topics come without a subscription.
func (Codec) Filters(platform.Address) []string { return nil }

// heard is what a device keeps of a command for its answer (platform.Command.Extra, platform.Reply.Extra): the way it
// came. The device itself is not in it.
type heard struct {
	middle string // of the topic, as in way
	tail   string // under extRoot, of a topic that is the application's own
	raw    bool   // the payload is the application's own
}

var (
	heardAsync = &heard{middle: serviceMiddle}
	heardSync  = &heard{middle: requestMiddle}
	heardExt   = &heard{middle: extRoot}
	heardRaw   = &heard{middle: requestMiddle, raw: true}

	errNoCommand = errors.New("message is no command")
)

// Decode reads a command: Service, Input, Extra, the ID of a synchronous one, and Wire without the number of the device,
// which no message tells: Wire%platform.WireStride is the same on both sides. Input is part of the payload, which must not
// change. What an application sent with RRpc has no service and no Wire unless it looks like a call of one.
func (Codec) Decode(topic string, payload []byte) (platform.Command, error) {
	w, ok := wayOf(topic)
	if !ok || w.middle == responseMiddle || w.middle == serviceMiddle && strings.HasSuffix(w.service, replySuffix) {
		return platform.Command{}, errNoCommand
	}
	c, err := readCommand(payload)
	c.ID = w.id
	switch {
	case err != nil && w.middle == serviceMiddle:
		return platform.Command{}, fmt.Errorf("command %s: %w", w.service, err)
	case w.middle == serviceMiddle:
		c.Service, c.Extra = w.service, heardAsync
	case c.ID == 0:
		return platform.Command{}, errNoCommand
	case w.middle == extRoot && (err != nil || w.service == ""):
		c = platform.Command{ID: w.id, Input: payload, Extra: &heard{middle: extRoot, tail: w.tail, raw: true}}
	case w.middle == extRoot:
		c.Service, c.Extra = w.service, heardExt
	case err != nil:
		c = platform.Command{ID: w.id, Input: payload, Extra: heardRaw}
	default:
		c.Extra = heardSync
	}
	return c, nil
}

// readCommand reads what a payload says: the service after the second dot of the method.
func readCommand(payload []byte) (platform.Command, error) {
	in, err := members.Parse(payload)
	if err != nil {
		return platform.Command{}, err
	}
	var c platform.Command
	for in.Next() {
		switch string(in.Key) {
		case "id":
			c.Wire = platform.Wire(countOf(members.Plain(in.Value)) % syncBit)
		case "params":
			c.Input = in.Value
		case "method":
			c.Service, _ = strings.CutPrefix(members.Text(in.Value), "thing.service.")
		}
	}
	if c.Wire == 0 || c.Input == nil {
		return platform.Command{}, errNoCommand
	}
	return c, nil
}

// Encode shapes an answer of the device. One that is OK has the vendor's code, whatever r.Code says. Without r.Extra it
// goes the way that r.ID and Ext suggest.
func (c Codec) Encode(a platform.Address, r platform.Reply) (topic string, payload []byte, err error) {
	h := c.heard(r)
	code := r.Code
	switch {
	case r.OK:
		code = codeDeviceSuccess
	case code == codeDeviceSuccess:
		return "", nil, fmt.Errorf("reply of %s: code %d is success, but the reply is a failure", a, code)
	}
	if h.raw && r.OK {
		return h.topic(a, r), r.Data, nil
	}
	return h.topic(a, r), appendUp(make([]byte, 0, 80+len(r.Data)+len(r.Message)), h, code, r), nil
}

func (c Codec) heard(r platform.Reply) *heard {
	h, ok := r.Extra.(*heard)
	switch {
	case ok:
		return h
	case r.ID == 0:
		return heardAsync
	case c.Ext:
		return heardExt
	}
	return heardSync
}

// topic is where the answer goes.
func (h *heard) topic(a platform.Address, r platform.Reply) string {
	switch {
	case h.middle == serviceMiddle:
		return sysTopic(a, serviceMiddle, r.Service) + replySuffix
	case h.middle == requestMiddle:
		return sysTopic(a, responseMiddle, strconv.FormatUint(uint64(r.ID), 10))
	case h.tail != "":
		return extTopic(r.ID, h.tail)
	}
	return extTopic(r.ID, sysTopic(a, serviceMiddle, r.Service))
}

func appendUp(b []byte, h *heard, code int, r platform.Reply) []byte {
	id := uint64(r.Wire % platform.WireStride)
	if h.middle != serviceMiddle {
		id |= syncBit
	}
	b = strconv.AppendUint(append(b, `{"id":"`...), id, 10)
	b = strconv.AppendInt(append(b, `","code":`...), int64(code), 10)
	b = append(b, `,"data":`...)
	if r.Data == nil {
		b = append(b, emptyObject...)
	}
	b = append(b, r.Data...)
	if r.Message != "" {
		b = appendString(append(b, `,"message":`...), r.Message)
	}
	return append(b, '}')
}
