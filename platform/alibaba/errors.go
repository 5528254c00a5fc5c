package alibaba

import (
	"errors"
	"net/http"

	"fleetdrill/platform"
)

// Codes that a call's ending has.
const (
	codeTimeout     = "iot.messagebroker.TIMEOUT"
	codeOffline     = "iot.messagebroker.OFFLINE"
	codeInactive    = "iot.device.InactiveDevice"
	codeNoDevice    = "iot.device.NotExistedDevice"
	codeNoProduct   = "iot.prod.NotExistedProduct"
	codeNoIotID     = "iot.device.InvalidIoTId"
	codeNullProduct = "iot.prod.NullProductKey"
	codeNullDevice  = "iot.device.NullDeviceName"
	codeNoInstance  = "iot.Sre.IotInstanceNotFound"
	codeIllegal     = "iot.system.IllegalRequest"
	codeNotInvoked  = "iot.device.InvokeThingServiceFailed"
	codeSystem      = "iot.system.SystemException"

	// codeSuccess is how a caller of the harness is told success: the vendor's answer has no code then, its devices' has.
	codeSuccess = "200"

	codeThrottled   = "Throttling.User"
	codeInternal    = "InternalError"
	codeUnavailable = "ServiceUnavailable"

	codeDeviceSuccess = 200 // on the device's wire
)

// fault is a call's ending without success, as its caller is told it. One with a status comes from the gateway and has
// that HTTP status and another envelope; one without is HTTP 200.
type fault struct {
	code, msg string
	status    int
}

func (f *fault) Error() string { return f.code + " " + f.msg }

// table is the one place where endings become codes, and codes classes. A code that is not in it is Rejected. For an
// error the first row that names it counts.
var table = []struct {
	code string
	kind platform.Kind
	err  error
	msg  string
}{
	{codeTimeout, platform.Timeout, platform.ErrUnanswered, "Failed because of timeout."},
	{codeTimeout, platform.Timeout, platform.ErrNotSent, "Failed because of timeout."},
	{codeOffline, platform.Offline, platform.ErrOffline, "Failed because the device is offline."},
	{codeInactive, platform.Offline, platform.ErrInactive, "The device is inactive."},
	{codeNoDevice, platform.Rejected, platform.ErrUnknownDevice, "The specified device does not exist."},
	{codeNotInvoked, platform.Rejected, platform.ErrEncoding, "Failed to invoke the service."},
	{codeNotInvoked, platform.Rejected, platform.ErrUnsubscribed, "Failed to invoke the service."},
	{codeSystem, platform.Broken, platform.ErrClosed, "A system exception occurred."},
	{codeInternal, platform.Broken, nil, ""},
	{codeUnavailable, platform.Broken, nil, ""},
}

var (
	errNullProduct = &fault{code: codeNullProduct, msg: "ProductKey cannot be empty."}
	errNullDevice  = &fault{code: codeNullDevice, msg: "Device name cannot be empty."}
	errNoProduct   = &fault{code: codeNoProduct, msg: "The specified product does not exist."}
	errNoIotID     = &fault{code: codeNoIotID, msg: "The device IotId is incorrect."}
	errNoInstance  = &fault{code: codeNoInstance, msg: "The specified instance does not exist."}
	errNoService   = &fault{code: codeNotInvoked, msg: "Failed to invoke the service."}
)

// illegal is a parameter that the business refuses.
func illegal(why string) *fault {
	return &fault{code: codeIllegal, msg: "The request is invalid: " + why}
}

// The gateway's own failures.
var (
	errNoAction    = &fault{"InvalidAction.NotFound", "Specified api is not found, please check your url and method.", http.StatusNotFound}
	errVersion     = &fault{"InvalidVersion", "Specified parameter Version is not valid.", http.StatusBadRequest}
	errFormat      = &fault{"InvalidParameter.Format", "Specified parameter Format is not valid.", http.StatusBadRequest}
	errNoKey       = &fault{"InvalidAccessKeyId.NotFound", "Specified access key is not found.", http.StatusNotFound}
	errKeyInactive = &fault{"InvalidAccessKeyId.Inactive", "Specified access key is disabled.", http.StatusBadRequest}
	errIncomplete  = &fault{"IncompleteSignature", "The request signature does not conform to Aliyun standards.", http.StatusBadRequest}
	errNonceUsed   = &fault{"SignatureNonceUsed", "Specified signature nonce was used already.", http.StatusBadRequest}
	errTimeFormat  = &fault{"InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.", http.StatusBadRequest}
	errTimeExpired = &fault{"InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", http.StatusBadRequest}
	errThrottled   = &fault{codeThrottled, "Request was denied due to user flow control.", http.StatusBadRequest}
)

// missing is a parameter without which the gateway passes no call on.
func missing(parameter string) *fault {
	return &fault{"Missing" + parameter, parameter + " is mandatory for this action.", http.StatusBadRequest}
}

// unreadable is a request that cannot be taken apart.
func unreadable(why string) *fault {
	return &fault{"InvalidParameter", "The request cannot be read: " + why, http.StatusBadRequest}
}

// notMatched ends in the text that the platform signed: the vendor's SDKs look there for what they have signed.
func notMatched(signed []byte) *fault {
	const msg = "Specified signature is not matched with our calculation. server string to sign is:"
	return &fault{"SignatureDoesNotMatch", msg + string(signed), http.StatusBadRequest}
}

// faultOf turns any error into what the caller is told.
func faultOf(err error) *fault {
	if f, ok := err.(*fault); ok {
		return f
	}
	for _, row := range table {
		if row.err != nil && errors.Is(err, row.err) {
			return &fault{code: row.code, msg: row.msg}
		}
	}
	return &fault{code: codeSystem, msg: "A system exception occurred: " + err.Error()}
}

// kindOf sorts a code of the API.
func kindOf(code string) platform.Kind {
	for _, row := range table {
		if row.code == code {
			return row.kind
		}
	}
	return platform.Rejected
}
