package platform

import (
	"net/http"
	"strconv"
)

// TagHeader carries a Tag in an HTTP request. Real platforms ignore it.
const TagHeader = "X-Fleetdrill-Tag"

// TagOf reads the tag of a request: 0 if there is none, or what is there is no number, as on a platform that does not know
// the header.
func TagOf(h http.Header) Tag {
	text := h.Get(TagHeader)
	if text == "" {
		return 0
	}
	n, _ := strconv.ParseUint(text, 10, 64)
	return Tag(n)
}

// Set gives a request the tag, unless it is 0.
func (t Tag) Set(h http.Header) {
	if t != 0 {
		h.Set(TagHeader, strconv.FormatUint(uint64(t), 10))
	}
}
