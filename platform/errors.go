package platform

import "errors"

// What a call can end with, beside success. A dialect turns each into its vendor's number in one table.
var (
	ErrOffline        = errors.New("device offline")
	ErrInactive       = errors.New("device not activated")
	ErrNotSent        = errors.New("command not sent in time")
	ErrUnanswered     = errors.New("device did not answer in time")
	ErrUnreceived     = errors.New("device did not acknowledge in time")
	ErrCacheFull      = errors.New("too many cached commands for the device")
	ErrEncoding       = errors.New("command cannot be encoded for the device")
	ErrUnsubscribed   = errors.New("device is not subscribed to the topic")
	ErrReplaced       = errors.New("newer cached commands took its place")
	ErrExpired        = errors.New("lifetime of the cached command passed")
	ErrCanceled       = errors.New("command cancelled")
	ErrDevice         = errors.New("device answered with an error")
	ErrUnknownDevice  = errors.New("no such device")
	ErrUnknownService = errors.New("the product has no service")
	ErrClosed         = errors.New("platform closed")
	ErrCrashed        = errors.New("lost when the platform went down")
	ErrCallerGone     = errors.New("caller gone before the ending")
)
