package huawei

import (
	"errors"
	"fmt"
	"net/http"

	"fleetdrill/platform"
)

// Codes of the API.
const (
	codeInternal     = "IOTDA.000001"
	codeUnauthorized = "IOTDA.000002"
	codeInvalid      = "IOTDA.000006"
	codeFormat       = "IOTDA.000008"
	codeTime         = "IOTDA.000009"
	codeTimeOrder    = "IOTDA.000010"
	codeLimit        = "IOTDA.000017"
	codeNoRights     = "IOTDA.000021"
	codeNoPath       = "IOTDA.000029"
	codeUnknown      = "IOTDA.014000"
	codeOffline      = "IOTDA.014016"
	codeExists       = "IOTDA.014031"
	codeTimeout      = "IOTDA.014111"
	codeUnsubscribed = "IOTDA.014112"
	codeNotMQTT      = "IOTDA.014114"
	codeTooMany      = "IOTDA.021102"
)

const (
	textTimeout      = "Command request timed out. Check whether the device returns a response within the specified time after receiving the request."
	textOffline      = "Operation not allowed. The device is not online."
	textUnsubscribed = "Send to device failed, device not subscribe topic."
)

// table is the one place where the core's endings become numbers, and numbers classes. For an error the first row that
// names it counts. A timeout is HTTP 200: its caller has to look into the body.
var table = []struct {
	code   string
	status int
	kind   platform.Kind
	err    error
	msg    string
}{
	{codeTimeout, http.StatusOK, platform.Timeout, platform.ErrUnanswered, textTimeout},
	{codeTimeout, http.StatusOK, platform.Timeout, platform.ErrNotSent, textTimeout},
	{codeTimeout, http.StatusOK, platform.Timeout, platform.ErrExpired, textTimeout},
	{codeOffline, http.StatusForbidden, platform.Offline, platform.ErrOffline, textOffline},
	{codeOffline, http.StatusForbidden, platform.Offline, platform.ErrInactive, textOffline},
	{codeUnknown, http.StatusNotFound, platform.Rejected, platform.ErrUnknownDevice, "The device does not exist."},
	{codeInvalid, http.StatusBadRequest, platform.Rejected, platform.ErrCacheFull, "Invalid input data. Command counts has reached the upLimit."},
	{codeInvalid, http.StatusBadRequest, platform.Rejected, platform.ErrEncoding, "Invalid input data. The command cannot be sent to the device."},
	{codeUnsubscribed, http.StatusForbidden, platform.Rejected, platform.ErrUnsubscribed, textUnsubscribed},
	{codeInternal, http.StatusInternalServerError, platform.Broken, platform.ErrClosed, "Internal server error. The platform is closing."},
	{codeInternal, http.StatusInternalServerError, platform.Broken, platform.ErrCallerGone, "Internal server error. The caller is gone."},
}

// fault is a call's ending without success, as its caller is told it.
type fault struct {
	status    int
	code, msg string
}

func (f *fault) Error() string { return f.code + " " + f.msg }

// invalid says which field is wrong and why.
func invalid(name, format string, args ...any) *fault {
	return &fault{http.StatusBadRequest, codeInvalid, "Invalid input data. " + name + ": " + fmt.Sprintf(format, args...)}
}

// badFormat is for a body that cannot be read.
func badFormat(format string, args ...any) *fault {
	return &fault{http.StatusBadRequest, codeFormat, "Invalid input. The request format is invalid. For details, see the error message: " + fmt.Sprintf(format, args...)}
}

// missing is for something other than a device that does not exist.
func missing(what, id string) *fault {
	return &fault{http.StatusNotFound, codeUnknown, fmt.Sprintf("The %s does not exist: %s", what, clip(id))}
}

// faultOf turns any error into what the caller is told.
func faultOf(err error) *fault {
	if f, ok := err.(*fault); ok {
		return f
	}
	for _, row := range table {
		if errors.Is(err, row.err) {
			return &fault{row.status, row.code, row.msg}
		}
	}
	return &fault{http.StatusInternalServerError, codeInternal, "Internal server error. " + err.Error()}
}

// kindOf sorts an API code.
func kindOf(code string) platform.Kind {
	for _, row := range table {
		if row.code == code {
			return row.kind
		}
	}
	return platform.Rejected
}

var (
	errUnauthorized = &fault{http.StatusUnauthorized, codeUnauthorized, "Authentication failed."}
	errNoRights     = &fault{http.StatusForbidden, codeNoRights, "The user has not subscribed the service for this project."}
	errNotMQTT      = &fault{http.StatusForbidden, codeNotMQTT, "Operation not allowed. Asynchronous commands are for LwM2M devices."}
	errNoPath       = &fault{http.StatusNotFound, codeNoPath, "The requested path does not exist."}
	errMethod       = &fault{http.StatusMethodNotAllowed, codeNoPath, "The path does not take this method."}
	errTimeFormat   = &fault{http.StatusBadRequest, codeTime, "Invalid input. Invalid time format."}
	errTimeOrder    = &fault{http.StatusBadRequest, codeTimeOrder, "Invalid input. The start time must be earlier than the end time."}
	errLimit        = &fault{http.StatusBadRequest, codeLimit, "Invalid input. The specified parameter 'limit' is out of range."}
)

func errTooMany(limit int) *fault {
	return &fault{http.StatusForbidden, codeTooMany, fmt.Sprintf("The request rate has reached the upper limit of the tenant, limit %d.", limit)}
}

// clip shortens what a caller sent, for a message that repeats it.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
