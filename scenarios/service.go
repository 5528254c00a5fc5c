package scenarios

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Service is one checked service file: a platform that runs alone, and who exists on it. Like a Scenario it is
// configuration only, complete, and not to be changed.
type Service struct {
	Listen   Listen
	TLS      TLS
	Admin    string // who may ask the admin endpoint: loopback, anyone, nobody
	Log      string // debug, info, warn, error
	Limits   Limits
	Platform Platform // the dialects' settings; Transport means nothing here
	Accounts []Account
	Products []Product

	File string // where it came from, for messages
}

// Listen are the addresses to serve, host:port; an empty one is not served.
type Listen struct {
	HTTP, HTTPS        string
	MQTT, TLS, WS, WSS string // all MQTT
}

// Encrypted tells whether any of the addresses needs a certificate.
func (l Listen) Encrypted() bool { return l.HTTPS != "" || l.TLS != "" || l.WSS != "" }

// TLS is what Listen.HTTPS, TLS and WSS show: PEM files, their paths seen from where the program runs.
type TLS struct {
	Cert, Key string
}

// Limits bound what the network may cost.
type Limits struct {
	Devices int // connected at once
	HTTP    int // connections of applications at once
}

// Account is an application that may call the API.
type Account struct {
	Key, Secret string
	Orgs        []string // whose devices it may command
}

// Product is a kind of device, and its devices.
type Product struct {
	Key, Dialect, Org, Secret string
	Format                    string         // json, custom: a data format of its own, and no script for it
	Services                  []ServiceModel // the thing model; none: any service with any input
	Devices                   []Device
}

// ServiceModel is what a thing model says of one service.
type ServiceModel struct {
	Name  string
	Call  string // sync, async: for dialects in which the service decides
	Input []Param
}

// Param is what a thing model says of one value.
type Param struct {
	Name     string // empty for the elements of an array
	Type     string // one of ParamTypes
	Required bool
	Min, Max *float64 // of a number; nil: any
	Length   int      // bytes of a text, elements of an array at most; 0: any
	Values   []int    // of an enum
	Item     *Param   // of an array's elements; nil: any
	Members  []Param  // of a struct
}

// ParamTypes are the first five of JSON, which every dialect knows, and those of thing models with types.
var ParamTypes = []string{"string", "number", "bool", "array", "object",
	"int32", "float", "double", "text", "flag", "enum", "date", "struct"}

// Device is a device that is registered, or with Count a number of them.
type Device struct {
	Name      string // with Count: what comes before -1, -2 and so on
	Count     int    // 0: one device of exactly that name
	Alias     string // a second name in the API: assetId, IotId, device_id; numbered as Name is
	Secret    string
	Activated bool // has been online before
	Disabled  bool
}

// Each gives the devices that d stands for.
func (d Device) Each() []Device {
	if d.Count == 0 {
		return []Device{d}
	}
	all := make([]Device, d.Count)
	for i := range all {
		all[i] = d
		all[i].Name, all[i].Count = d.Name+"-"+strconv.Itoa(i+1), 0
		if d.Alias != "" {
			all[i].Alias = d.Alias + "-" + strconv.Itoa(i+1)
		}
	}
	return all
}

// ParseService reads and checks a service file. file is its name in messages, and paths in it are seen from its
// folder. The error is a Mistakes with everything that is wrong.
func ParseService(file string, text []byte) (*Service, error) {
	root, err := readTree(file, text)
	if err != nil {
		return nil, aboutService(err)
	}
	c := &checker{file: file, nodes: map[string]*yaml.Node{"": root}, keys: map[string]*yaml.Node{}, bad: map[string]bool{}, within: map[string]bool{}}
	s := &Service{File: file}
	object(serviceFields(s)).read(c, root, "")
	c.serviceRelations(s)
	if len(c.mistakes) > 0 {
		c.mistakes.sort()
		return nil, c.mistakes
	}
	for _, path := range []*string{&s.TLS.Cert, &s.TLS.Key} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(file), *path)
		}
	}
	return s, nil
}

// aboutService leaves out advice that is about scenarios.
func aboutService(err error) error {
	var ms Mistakes
	errors.As(err, &ms)
	for i := range ms {
		if aboutScenarios.MatchString(ms[i].Fix) {
			ms[i].Fix = ""
		}
	}
	return err
}

var aboutScenarios = regexp.MustCompile(`scenario|devices`)

// OpenService reads a service file. The error is a Mistakes, or says why there is nothing to read.
func OpenService(file string) (*Service, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("service file: %w", err)
	}
	return ParseService(file, text)
}

// DefaultService is a service file that says nothing.
func DefaultService() *Service {
	s, err := ParseService("", []byte("{}"))
	if err != nil {
		panic(err) // a test parses it
	}
	return s
}
