package scenarios

import (
	"fmt"
	"net"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

var (
	// deviceWord is what may be a level of a topic and a part of a login in every dialect.
	deviceWord  = form{"a name of A–Z, a–z, 0–9 and _ . @ : -", regexp.MustCompile(`^[A-Za-z0-9_.@:-]{1,128}$`)}
	topicSuffix = form{"one or more levels of a topic, without + and #", regexp.MustCompile(`^[^+#\x00]{1,128}$`)}
	paramName   = form{"an identifier of A–Z, a–z, 0–9, _ . : and -", regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,128}$`)}
	filePath    = form{"the path of a PEM file", regexp.MustCompile(`^[^\x00]{1,1000}$`)}
)

const (
	maxConnections = 1_000_000
	maxSecret      = 256
)

func serviceFields(s *Service) []field {
	return []field{
		{key: "listen", def: "{}", rule: object(listenFields(&s.Listen)), doc: "Addresses to serve, host:port; port 0 is any free one."},
		{key: "tls", def: "{}", rule: object(tlsFields(&s.TLS)), doc: "The certificate of listen.https, listen.tls and listen.wss."},
		{key: "admin", def: "loopback", rule: oneWord(&s.Admin, "loopback", "anyone", "nobody"), doc: "Who may ask /admin/health and /admin/status."},
		{key: "log", def: "info", rule: oneWord(&s.Log, "debug", "info", "warn", "error"), doc: "What is worth a line on stderr; debug has one for each command's ending."},
		{key: "limits", def: "{}", rule: object(limitFields(&s.Limits)), doc: "What the network may cost."},
		{key: "dialects", def: "{}", rule: object(dialectFields(&s.Platform)), doc: "Settings of each dialect."},
		{key: "accounts", rule: list(&s.Accounts, func(a *Account) rule { return object(accountFields(a)) }), doc: "Applications that may call."},
		{key: "products", rule: list(&s.Products, func(p *Product) rule { return object(productFields(p)) }), doc: "Kinds of devices, and the devices."},
	}
}

func listenFields(l *Listen) []field {
	return []field{
		{key: "http", def: "127.0.0.1:8080", rule: address(&l.HTTP), doc: "The vendors' APIs, and the admin endpoint."},
		{key: "mqtt", def: "127.0.0.1:1883", rule: address(&l.MQTT), doc: "Devices, over TCP."},
		{key: "tls", rule: address(&l.TLS), doc: "Devices, over TLS 1.2 or later."},
		{key: "ws", rule: address(&l.WS), doc: "Devices, over WebSocket, at the path /mqtt."},
		{key: "https", rule: address(&l.HTTPS), doc: "What listen.http has, over TLS 1.2 or later."},
		{key: "wss", rule: address(&l.WSS), doc: "What listen.ws has, over TLS 1.2 or later."},
	}
}

func tlsFields(t *TLS) []field {
	return []field{
		{key: "cert", rule: text(&t.Cert, filePath), doc: "Certificate, and those between it and the root, as PEM."},
		{key: "key", rule: text(&t.Key, filePath), doc: "Its private key, as PEM."},
	}
}

func limitFields(l *Limits) []field {
	return []field{
		{key: "devices", def: "10000", rule: whole(&l.Devices, 1, maxConnections), doc: "Devices that may be connected; the next is told that the server is busy."},
		{key: "http_connections", def: "1000", rule: whole(&l.HTTP, 1, maxConnections), doc: "Connections of applications; the next one waits."},
	}
}

func dialectFields(p *Platform) []field {
	var settings []field
	for _, d := range dialects {
		settings = append(settings, field{key: d.name, def: "{}", rule: object(d.inService(p)), doc: d.doc})
	}
	return settings
}

func accountFields(a *Account) []field {
	return []field{
		{key: "key", must: true, rule: text(&a.Key, deviceWord), doc: "The access key."},
		{key: "secret", must: true, rule: secret(&a.Secret), doc: "What its calls are signed with."},
		{key: "orgs", rule: words(&a.Orgs, deviceWord), doc: "The organisations whose devices it may command."},
	}
}

func productFields(p *Product) []field {
	return []field{
		{key: "key", must: true, rule: text(&p.Key, deviceWord), doc: "The product's key or id."},
		{key: "dialect", def: dialects[0].name, rule: oneWord(&p.Dialect, dialectNames()...), doc: "The vendor whose devices these are."},
		{key: "org", rule: text(&p.Org, deviceWord), doc: "The organisation that it belongs to; any account may command a product without one."},
		{key: "secret", rule: secret(&p.Secret), doc: "The product's own secret, where a vendor has it."},
		{key: "format", def: "json", rule: oneWord(&p.Format, "json", "custom"), doc: "custom is a data format of the product's own that the platform cannot encode."},
		{key: "services", rule: list(&p.Services, func(m *ServiceModel) rule { return object(modelFields(m)) }), doc: "The thing model; without one a device takes any service with any input."},
		{key: "devices", rule: list(&p.Devices, func(d *Device) rule { return object(deviceFields(d)) }), doc: "The devices."},
	}
}

func modelFields(m *ServiceModel) []field {
	return []field{
		{key: "name", must: true, rule: text(&m.Name, paramName), doc: "The service's identifier; module:service where a vendor has modules."},
		{key: "call", def: "sync", rule: oneWord(&m.Call, "sync", "async"), doc: "Whether a call waits for the device, for vendors whose thing model decides."},
		{key: "input", rule: list(&m.Input, func(p *Param) rule { return object(paramFields(p, 2)) }), doc: "Its parameters; without any it takes none."},
	}
}

// paramFields are those of a parameter that may hold others, depth levels of them.
func paramFields(p *Param, depth int) []field {
	fields := []field{
		{key: "name", must: true, rule: text(&p.Name, paramName), doc: "The parameter's identifier."},
		{key: "required", def: "false", rule: boolean(&p.Required), doc: "A call without it is refused."},
	}
	return append(fields, valueFields(p, depth)...)
}

func valueFields(p *Param, depth int) []field {
	fields := []field{
		{key: "type", must: true, rule: oneWord(&p.Type, ParamTypes...), doc: "What its value is; the dialect may know some of the types only."},
		{key: "min", rule: decimal(&p.Min), doc: "The least number."},
		{key: "max", rule: decimal(&p.Max), doc: "The highest number."},
		{key: "length", rule: whole(&p.Length, 1, maxNumber), doc: "Bytes of a text, or elements of an array, at most."},
		{key: "values", rule: numbers(&p.Values), doc: "The values of an enum."},
	}
	if depth == 0 {
		return fields
	}
	var item Param
	of := object(valueFields(&item, depth-1))
	inner := of.read
	of.read = func(c *checker, n *yaml.Node, path string) {
		item = Param{}
		inner(c, n, path)
		kept := item
		p.Item = &kept
	}
	return append(fields,
		field{key: "item", rule: of, doc: "What an array's elements are."},
		field{key: "members", rule: list(&p.Members, func(m *Param) rule { return object(paramFields(m, depth-1)) }), doc: "What a struct holds."})
}

func deviceFields(d *Device) []field {
	return []field{
		{key: "name", must: true, rule: text(&d.Name, deviceWord), doc: "The device's key or name within its product."},
		{key: "count", rule: whole(&d.Count, 1, maxNumber), doc: "So many devices instead of one: name-1, name-2 and so on, with the same secret."},
		{key: "alias", rule: text(&d.Alias, deviceWord), doc: "A second name in the API: assetId, IotId, device_id."},
		{key: "secret", must: true, rule: secret(&d.Secret), doc: "What it proves itself with."},
		{key: "activated", def: "false", rule: boolean(&d.Activated), doc: "Has been online before: offline, not inactive."},
		{key: "disabled", def: "false", rule: boolean(&d.Disabled), doc: "May not connect."},
	}
}

func address(out *string) rule {
	return scalar("string", "host:port, such as 127.0.0.1:1883", "", map[string]any{"pattern": `:[0-9]{1,5}$`}, func(text string) error {
		*out = text
		_, port, err := net.SplitHostPort(text)
		if n, err2 := strconv.ParseUint(port, 10, 16); err != nil || err2 != nil || n > 65535 {
			return fmt.Errorf("%s is not an address", short(text))
		}
		return nil
	})
}

func decimal(out **float64) rule {
	return scalar("number", "a number", "", map[string]any{}, func(text string) error {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s is not a number in decimal", text)
		}
		*out = &n
		return nil
	})
}
