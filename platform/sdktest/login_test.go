package sdktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// The credentials of devices, computed from what the contracts say of CONNECT.

// login is what a device shows.
type login struct{ clientID, username, password string }

// alibabaLogin is that of the vendor's C SDK, version 4, but for ext.
func alibabaLogin(device string) login { return alibabaLoginExt(aliProduct, device, 0) }

func alibabaLoginExt(product, device string, ext int) login {
	cid, stamp := product+"."+device, "2524608000000"
	text := "clientId" + cid + "deviceName" + device + "productKey" + product + "timestamp" + stamp
	return login{
		clientID: cid + "|timestamp=" + stamp + ",_ss=1,_v=sdk-c-4.1.0,securemode=3,signmethod=hmacsha256,ext=" + strconv.Itoa(ext) + ",|",
		username: device + "&" + product,
		password: strings.ToUpper(sign256(devSecret, text)),
	}
}

func huaweiLogin(deviceID, secret string) login {
	hour := time.Now().UTC().Format("2006010215")
	return login{clientID: deviceID + "_0_0_" + hour, username: deviceID, password: sign256(hour, secret)}
}

// enosLogin is that of the vendor's Python SDK: lower case, and a fraction of a millisecond.
func enosLogin(device string) login {
	stamp := "1700000000000.25"
	sum := sha256.Sum256([]byte("clientId" + device + "deviceKey" + device + "productKey" + enosProduct + "timestamp" + stamp + devSecret))
	return login{
		clientID: device + "|securemode=2, signmethod=sha256, timestamp=" + stamp + "|",
		username: device + "&" + enosProduct,
		password: hex.EncodeToString(sum[:]),
	}
}

func sign256(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
