package huawei

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"fleetdrill/platform"
)

// profile is what the API keeps of a device beside its registration. The zero value is that of a device which was not
// registered by the API.
type profile struct {
	DeviceName    *string         `json:"device_name"`
	Description   *string         `json:"description"`
	AppID         string          `json:"app_id"`
	ExtensionInfo json.RawMessage `json:"extension_info"`
	Tags          []tag           `json:"tags"`
	auth          string          // auth_type; empty: SECRET
	secure        *bool
	timeout       *int
	created       time.Time
}

type tag struct {
	Key   string  `json:"tag_key"`
	Value *string `json:"tag_value,omitempty"`
}

// profiles has a profile for each device that an application registered or asked for, or that has connected.
type profiles struct {
	mu       sync.RWMutex
	byDevice map[*platform.Device]*profile
}

// meet notes a device that has not come by the API.
func (p *profiles) meet(d *platform.Device) {
	p.mu.RLock()
	known := p.byDevice[d] != nil
	p.mu.RUnlock()
	if !known {
		p.set(d, &profile{created: d.Status().Since})
	}
}

func (p *profiles) of(d *platform.Device) profile {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if known := p.byDevice[d]; known != nil {
		return *known
	}
	return profile{}
}

func (p *profiles) set(d *platform.Device, to *profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to == nil {
		delete(p.byDevice, d)
		return
	}
	p.byDevice[d] = to
}

// deviceRequest is the body of a call that registers a device.
type deviceRequest struct {
	profile
	DeviceID  *string         `json:"device_id"`
	NodeID    *string         `json:"node_id"`
	ProductID *string         `json:"product_id"`
	GatewayID *string         `json:"gateway_id"`
	AuthInfo  *authInfo       `json:"auth_info"`
	Shadow    json.RawMessage `json:"shadow"`
}

type authInfo struct {
	AuthType     *string `json:"auth_type,omitempty"`
	Secret       *string `json:"secret,omitempty"`
	SecureAccess *bool   `json:"secure_access,omitempty"`
	Timeout      *int    `json:"timeout,omitempty"`
}

// What auth_type can be. A device with a certificate is registered, but nothing here can check one.
const (
	authSecret       = "SECRET"
	authCertificates = "CERTIFICATES"
)

const maxExtension = 1 << 10 // bytes

func (in *deviceRequest) check() error {
	switch {
	case value(in.NodeID) == "":
		return invalid("node_id", "is missing")
	case value(in.ProductID) == "":
		return invalid("product_id", "is missing")
	case in.DeviceID != nil && *in.DeviceID == "":
		return invalid("device_id", "is empty")
	case len(in.ExtensionInfo) > maxExtension:
		return invalid("extension_info", "has %d bytes, %d are allowed", len(in.ExtensionInfo), maxExtension)
	}
	if err := in.AuthInfo.check(); err != nil {
		return err
	}
	return checkAll(
		rule{field{name: "node_id", most: 64, marks: idMarks}, in.NodeID},
		rule{field{name: "product_id", most: 36, marks: idMarks}, in.ProductID},
		rule{field{name: "device_id", most: 128, marks: idMarks}, in.DeviceID},
		rule{field{name: "device_name", most: 256}, in.DeviceName},
		rule{field{name: "description", most: 2048}, in.Description},
		rule{field{name: "app_id", most: 36, marks: idMarks}, &in.AppID})
}

func (in *authInfo) check() error {
	if in == nil {
		return nil
	}
	if t := value(in.AuthType); t != "" && t != authSecret && t != authCertificates {
		return invalid("auth_info.auth_type", "is %q, not %s or %s", clip(t), authSecret, authCertificates)
	}
	return checkSecret("auth_info.secret", in.Secret)
}

func checkSecret(name string, secret *string) error {
	if secret == nil {
		return nil
	}
	if n := len(*secret); n < 8 || n > 32 {
		return invalid(name, "has %d characters, not 8 to 32", n)
	}
	if (field{name: name, most: 32, marks: idMarks}).check(*secret) != nil {
		return invalid(name, "has other characters than letters, digits, _ and -") // which is not told
	}
	return nil
}

func newSecret() string {
	var raw [16]byte
	rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// deviceRow is a device as the API tells it.
type deviceRow struct {
	AppID       string          `json:"app_id"`
	AppName     string          `json:"app_name"`
	DeviceID    string          `json:"device_id"`
	NodeID      string          `json:"node_id"`
	GatewayID   string          `json:"gateway_id"`
	DeviceName  string          `json:"device_name"`
	NodeType    string          `json:"node_type"`
	Description string          `json:"description"`
	AuthInfo    *authRow        `json:"auth_info,omitempty"`
	ProductID   string          `json:"product_id"`
	ProductName string          `json:"product_name"`
	Status      string          `json:"status"`
	Created     string          `json:"create_time"`
	Tags        []tag           `json:"tags"`
	Extension   json.RawMessage `json:"extension_info,omitempty"`
}

type authRow struct {
	AuthType        string `json:"auth_type"`
	Secret          string `json:"secret"`
	SecondarySecret string `json:"secondary_secret,omitempty"`
	SecureAccess    *bool  `json:"secure_access,omitempty"`
	Timeout         *int   `json:"timeout,omitempty"`
}

func (a *api) deviceRow(d *platform.Device) deviceRow {
	p := a.profiles.of(d)
	row := deviceRow{AppID: p.AppID, DeviceID: deviceID(d), NodeID: d.Device, GatewayID: deviceID(d), DeviceName: value(p.DeviceName),
		NodeType: "GATEWAY", Description: value(p.Description), ProductID: d.Product, ProductName: a.catalog.name(d.Product),
		Status: statusOf(d.Status()), Created: stamp(p.created), Tags: tagsOf(p.Tags), Extension: p.ExtensionInfo}
	if d.Parent != nil {
		row.GatewayID, row.NodeType = deviceID(d.Parent), "ENDPOINT"
	}
	return row
}

func (a *api) detailed(d *platform.Device) deviceRow {
	row, p := a.deviceRow(d), a.profiles.of(d)
	secret, second := d.Credentials()
	row.AuthInfo = &authRow{cmp.Or(p.auth, authSecret), secret, second, p.secure, p.timeout}
	return row
}

func statusOf(s platform.Status) string {
	switch {
	case s.Disabled:
		return "FROZEN"
	case s.Online:
		return "ONLINE"
	case s.Activated:
		return "OFFLINE"
	}
	return "INACTIVE"
}
