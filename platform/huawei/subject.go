package huawei

import (
	"net/url"
	"slices"
	"strings"
)

// What can be subscribed, and with which events. Those that have a name here are pushed, and only these.
const (
	resourceCommand  = "device.command.status"
	resourceMisspelt = "device.commmad.status" // as the push page spells the first; both are one subject
	resourceMessage  = "device.message.status"
	resourceDevice   = "device.status"
	eventUpdate      = "update"
)

var subjects = map[string][]string{
	resourceCommand: {eventUpdate}, resourceMessage: {eventUpdate}, resourceDevice: {eventUpdate},
	"device.message": {"report"}, "device.property": {"report"}, "device": {"create", "delete", eventUpdate},
	"product": {"create", "delete", eventUpdate}, "batchtask": {eventUpdate},
}

type subject struct {
	Resource string `json:"resource"`
	Event    string `json:"event"`
}

// ruleBody is a condition as an application writes it and reads it back.
type ruleBody struct {
	RuleID      string   `json:"rule_id,omitempty"`
	RuleName    *string  `json:"rule_name,omitempty"`
	Description *string  `json:"description,omitempty"`
	Subject     *subject `json:"subject,omitempty"`
	AppType     *string  `json:"app_type,omitempty"`
	AppID       *string  `json:"app_id,omitempty"`
	Select      *string  `json:"select,omitempty"`
	Where       *string  `json:"where,omitempty"`
	Active      *bool    `json:"active,omitempty"`
}

// What app_type can be.
const (
	appGlobal = "GLOBAL"
	appOne    = "APP"
)

func (b *ruleBody) check() error {
	return checkAll(
		rule{field{name: "rule_name", most: 256, marks: nameMarks, han: true}, b.RuleName},
		rule{field{name: "description", most: 256}, b.Description},
		rule{field{name: "app_id", most: 36, marks: idMarks}, b.AppID},
		rule{field{name: "select", most: 2500}, b.Select},
		rule{field{name: "where", most: 2500}, b.Where})
}

func (b *ruleBody) checkNew() error {
	switch {
	case b.Subject == nil:
		return invalid("subject", "is missing")
	case !slices.Contains(subjects[spelt(b.Subject.Resource)], b.Subject.Event):
		return invalid("subject", "there is no %s:%s", clip(b.Subject.Resource), clip(b.Subject.Event))
	case b.AppType != nil && *b.AppType != appGlobal && *b.AppType != appOne:
		return invalid("app_type", "is %q, not %s or %s", clip(*b.AppType), appGlobal, appOne)
	case value(b.AppType) == appOne && value(b.AppID) == "":
		return invalid("app_id", "is missing")
	}
	return b.check()
}

// isPushed tells whether anything is ever pushed for a resource. A rule about another is taken, for an application that
// makes one must be able to go on.
func isPushed(resource string) bool {
	return slices.Contains([]string{resourceCommand, resourceMessage, resourceDevice}, spelt(resource))
}

// spelt is a resource without the misspelling.
func spelt(resource string) string {
	if resource == resourceMisspelt {
		return resourceCommand
	}
	return resource
}

// actionBody is an action: where to push to.
type actionBody struct {
	ActionID string         `json:"action_id,omitempty"`
	RuleID   string         `json:"rule_id,omitempty"`
	AppID    string         `json:"app_id,omitempty"`
	Channel  string         `json:"channel,omitempty"`
	Detail   *channelDetail `json:"channel_detail,omitempty"`
}

type channelDetail struct {
	HTTP *forwarding `json:"http_forwarding,omitempty"`
}

// forwarding is an application's URL. Certificates and signatures are taken in, and not used.
type forwarding struct {
	URL             string  `json:"url"`
	CertID          *string `json:"cert_id,omitempty"`
	CNName          *string `json:"cn_name,omitempty"`
	SNIEnable       *bool   `json:"sni_enable,omitempty"`
	SignatureEnable *bool   `json:"signature_enable,omitempty"`
	Token           *string `json:"token,omitempty"`
}

const channelHTTP = "HTTP_FORWARDING"

// check checks what is there; needed names what has to be.
func (b *actionBody) check(needed bool) error {
	switch {
	case needed && b.RuleID == "":
		return invalid("rule_id", "is missing")
	case needed && b.Channel == "":
		return invalid("channel", "is missing")
	case b.Channel != "" && b.Channel != channelHTTP:
		return invalid("channel", "%s is not served here, %s is", clip(b.Channel), channelHTTP)
	case b.Detail == nil && !needed:
		return nil
	case b.Detail == nil || b.Detail.HTTP == nil:
		return invalid("channel_detail", "http_forwarding is missing")
	}
	return b.Detail.HTTP.check()
}

func (f *forwarding) check() error {
	u, err := url.Parse(f.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return invalid("url", "%q is no http or https URL", clip(f.URL))
	}
	if f.Token == nil {
		return nil
	}
	alien := func(r rune) bool { return !field{}.allows(r) }
	if n := len(*f.Token); n < 3 || n > 32 || strings.ContainsFunc(*f.Token, alien) || f.SignatureEnable == nil || !*f.SignatureEnable {
		return invalid("token", "has 3 to 32 letters and digits, and needs signature_enable")
	}
	return nil
}
