package alibaba

import (
	"strconv"
	"strings"

	"fleetdrill/platform"
)

// Topics of commands and their answers:
//
//	/sys/{pk}/{dn}/thing/service/{service}                     the same with _reply    asynchronous
//	/sys/{pk}/{dn}/rrpc/request/{id}                           …/rrpc/response/{id}    synchronous
//	/ext/rrpc/{id}/sys/{pk}/{dn}/thing/service/{service}       the same                synchronous, client id with ext
//	/ext/rrpc/{id}/{anything}                                  the same                RRpc with a topic
const (
	sysRoot        = "/sys/"
	extRoot        = "/ext/rrpc/"
	serviceMiddle  = "/thing/service/"
	requestMiddle  = "/rrpc/request/"
	responseMiddle = "/rrpc/response/"
	replySuffix    = "_reply"
)

func sysTopic(a platform.Address, middle, last string) string {
	return sysRoot + a.Product + "/" + a.Device + middle + last
}

func extTopic(id platform.ID, rest string) string {
	return extRoot + strconv.FormatUint(uint64(id), 10) + rest
}

// way is what a topic tells of a message.
type way struct {
	middle  string // serviceMiddle, requestMiddle, responseMiddle; extRoot for what stands under it
	id      platform.ID
	service string // as it is written, with _reply; empty where the topic does not name it
	tail    string // under extRoot: what follows the id
}

// wayOf returns false for a topic that has nothing to do with commands. An id that is no number is nobody's: 0. The
// device that a topic names is not read: the core knows whose session it is, and the broker what that may write to.
func wayOf(topic string) (way, bool) {
	if rest, ok := strings.CutPrefix(topic, extRoot); ok {
		level := strings.IndexByte(rest, '/')
		if level < 0 {
			return way{}, false
		}
		w := way{middle: extRoot, id: messageID(rest[:level]), tail: rest[level:]}
		if inner, ok := wayOf(w.tail); ok && inner.middle == serviceMiddle {
			w.service = inner.service
		}
		return w, true
	}
	rest, ok := strings.CutPrefix(topic, sysRoot)
	if !ok {
		return way{}, false
	}
	for range 2 { // product and device
		level := strings.IndexByte(rest, '/')
		if level < 0 {
			return way{}, false
		}
		rest = rest[level+1:]
	}
	rest = topic[len(topic)-len(rest)-1:] // with its slash
	for _, middle := range []string{serviceMiddle, requestMiddle, responseMiddle} {
		last, ok := strings.CutPrefix(rest, middle)
		switch {
		case !ok:
		case last == "" || strings.Contains(last, "/"):
			return way{}, false
		case middle == serviceMiddle:
			return way{middle: middle, service: last}, true
		default:
			return way{middle: middle, id: messageID(last)}, true
		}
	}
	return way{}, false
}

// messageID reads an id as the platform writes it. One that it would not write is nobody's: 0.
func messageID(text string) platform.ID {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || text[0] == '0' {
		return 0
	}
	return platform.ID(n)
}

// systems are the roots under which a device finds {pk}/{dn}; + stands for any one level.
var systems = []string{"/sys", "/shadow/+", "/ext/+", "/ota/device/+", "/thing/+", ""}

// mine tells whether a device may publish to a topic, or subscribe to a filter: what its own product key and device name
// stand in at their place, what is for all devices of its product, and anything under a message id but another's system
// topics. own is {pk}/{dn}.
func mine(topic, own string, write bool) bool {
	if rest, ok := strings.CutPrefix(topic, extRoot); ok {
		level, inner, ok := strings.Cut(rest, "/")
		return ok && level != "#" && (!strings.HasPrefix(inner, "sys/") || mine("/"+inner, own, write))
	}
	for _, root := range systems {
		if rest, ok := under(topic, root); ok && (rest == own || strings.HasPrefix(rest, own+"/")) {
			return true
		}
	}
	product, _, _ := strings.Cut(own, "/")
	return !write && strings.HasPrefix(topic, "/broadcast/"+product+"/")
}

// under cuts a root and the slash behind it off a topic.
func under(topic, root string) (rest string, ok bool) {
	if fixed, any := strings.CutSuffix(root, "+"); any {
		if rest, ok = strings.CutPrefix(topic, fixed); !ok {
			return "", false
		}
		level := strings.IndexByte(rest, '/')
		if level <= 0 || strings.ContainsAny(rest[:level], "+#") {
			return "", false
		}
		return rest[level+1:], true
	}
	return strings.CutPrefix(topic, root+"/")
}
