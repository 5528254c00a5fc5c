package enos

import (
	"errors"
	"fmt"
	"net/http"

	"fleetdrill/platform"
)

// Codes of the API. Those below 2000 come from its gateway.
const (
	codeOK            = 0
	codeTooMany       = 429
	codeUnknownApp    = 1002
	codeSignature     = 1003
	codeTokenBad      = 1004
	codeTokenEmpty    = 1202
	codeTokenExpired  = 1203
	codeTokenRefresh  = 1204
	codeEncoding      = 11810
	codeInactive      = 11888
	codeOffline       = 11900
	codeCacheFull     = 11902
	codeNotSent       = 11904
	codeUnanswered    = 11915
	codeInvalid       = 99400
	codeDenied        = 99403
	codeUnknown       = 99404
	codeInternal      = 99500
	codeDeviceSuccess = 200 // on the device's wire
)

// table is the one place where endings become numbers, and numbers classes. A code that is not in it is the device's
// own. For an error the first row that names it counts.
var table = []struct {
	code int
	kind platform.Kind
	err  error
	msg  string
}{
	{codeOK, platform.OK, nil, "OK"},
	{codeOffline, platform.Offline, platform.ErrOffline, "device is offline, the instant command cannot be sent"},
	{codeInactive, platform.Offline, platform.ErrInactive, "device is not activated, the instant command cannot be sent"},
	{codeNotSent, platform.Timeout, platform.ErrNotSent, "command was not sent, the instant command timed out"},
	{codeNotSent, platform.Timeout, platform.ErrCanceled, "command was not sent, it was cancelled"},
	{codeNotSent, platform.Timeout, platform.ErrExpired, "command was not sent, its pendingTtl passed"},
	{codeEncoding, platform.Rejected, platform.ErrUnsubscribed, "command cannot be sent on the device's topics"},
	{codeUnanswered, platform.Timeout, platform.ErrUnanswered, "command response timeout"},
	{codeCacheFull, platform.Rejected, platform.ErrCacheFull, "cached commands of the device have reached their limit"},
	{codeEncoding, platform.Rejected, platform.ErrEncoding, "command cannot be encoded into the product's custom data format"},
	{codeUnknown, platform.Rejected, platform.ErrUnknownDevice, "device does not exist"},
	{codeInternal, platform.Broken, platform.ErrClosed, "Internal Server Error: the platform is closing"},
	{codeInternal, platform.Broken, platform.ErrCallerGone, "Internal Server Error: the caller is gone"},
	{codeInvalid, platform.Rejected, nil, "Invalid Argument"},
	{codeDenied, platform.Rejected, nil, "Denied resource"},
	{codeSignature, platform.Rejected, nil, "signature is wrong"},
	{codeTokenExpired, platform.Rejected, nil, "access token expired"},
	{codeTooMany, platform.Rejected, nil, "too many requests"},
}

// fault is a call's ending without success, as its caller is told it.
type fault struct {
	code   int
	msg    string
	id     platform.ID // 0: data is null
	status int         // of HTTP; 0 is 200, as the vendor's failures are
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s", f.code, f.msg) }

// invalid says which parameter is wrong and why, in the vendor's form.
func invalid(name, format string, args ...any) *fault {
	return &fault{code: codeInvalid, msg: "Invalid Argument " + name + ":" + fmt.Sprintf(format, args...)}
}

// notInModel passes on what the thing model says against a command.
func notInModel(err error) *fault {
	p := (*platform.ParamError)(nil)
	switch {
	case !errors.As(err, &p):
		return invalid("serviceId", " %v", err)
	case p.Path == "":
		return invalid("inputData", " %v", err)
	}
	return invalid(p.Path, " %v", p.Err)
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
	return &fault{code: codeInternal, msg: "Internal Server Error: " + err.Error()}
}

// kindOf sorts an API code.
func kindOf(code int) platform.Kind {
	for _, row := range table {
		if row.code == code {
			return row.kind
		}
	}
	return platform.DeviceError
}

var (
	errTokenExpired = &fault{code: codeTokenExpired, msg: "access token expired"}
	errSignature    = &fault{code: codeSignature, msg: "apim-signature is wrong"}
	errTooMany      = &fault{code: codeTooMany, msg: "too many requests", status: http.StatusTooManyRequests}
	errMethod       = &fault{code: http.StatusMethodNotAllowed, msg: "method not allowed", status: http.StatusMethodNotAllowed}
	errNoPath       = &fault{code: http.StatusNotFound, msg: "no such path", status: http.StatusNotFound}
)
