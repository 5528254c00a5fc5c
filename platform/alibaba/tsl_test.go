package alibaba_test

import (
	"fmt"
	"strings"
	"testing"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
)

const thermostat = `{"schema":"https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json","profile":{"productKey":"pk1"},
"services":[
 {"identifier":"set","name":"set","required":true,"callType":"async","method":"thing.service.property.set","inputData":[],"outputData":[]},
 {"identifier":"setTarget","name":"Set target","required":false,"callType":"sync","method":"thing.service.setTarget",
  "inputData":[{"identifier":"target","name":"t","dataType":{"type":"double","specs":{"min":"-40","max":"85.5","unit":"C","step":"0.1"}}}],
  "outputData":[{"identifier":"reached","name":"r","dataType":{"type":"bool","specs":{"0":"no","1":"yes"}}}]},
 {"identifier":"plan","callType":"async","inputData":[
  {"identifier":"count","required":true,"dataType":{"type":"int","specs":{"min":"0","max":"10"}}},
  {"identifier":"ratio","dataType":{"type":"float","specs":{}}},
  {"identifier":"note","dataType":{"type":"text","specs":{"length":"5"}}},
  {"identifier":"mode","dataType":{"type":"enum","specs":{"0":"off","2":"on"}}},
  {"identifier":"at","dataType":{"type":"date","specs":{}}},
  {"identifier":"steps","dataType":{"type":"array","specs":{"size":"2","item":{"type":"int"}}}},
  {"identifier":"points","dataType":{"type":"array","specs":{"size":3,"item":{"type":"struct","specs":[{"identifier":"x","dataType":{"type":"double","specs":{}}}]}}}},
  {"identifier":"place","dataType":{"type":"struct","specs":[{"identifier":"on","dataType":{"type":"bool","specs":{}}}]}}],
  "outputData":[]}]}`

func TestParseTSLReadsWhatTheVendorExports(t *testing.T) {
	module := `{"functionBlockId":"testFb","services":[{"identifier":"setX","callType":"sync","inputData":[],"outputData":[]}]}`
	all, err := alibaba.ParseTSL([]byte(thermostat), []byte(module))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 || all["setTarget"].Async || !all["plan"].Async || all["setTarget"].Name != "Set target" {
		t.Errorf("services are %v", all)
	}
	if _, ok := all["testFb:setX"]; !ok {
		t.Errorf("there is no testFb:setX in %v", all)
	}
	for input, ok := range map[string]bool{
		`{"count":10}`: true, `{"count":11}`: false, `{}`: false, `{"count":1,"ratio":1.5}`: true, `{"count":1,"ratio":1}`: false,
		`{"count":1,"note":"éé1"}`: true, `{"count":1,"note":"ééé"}`: false, `{"count":1,"mode":2}`: true, `{"count":1,"mode":1}`: false,
		`{"count":1,"at":"1524448722000"}`: true, `{"count":1,"at":1524448722000}`: false,
		`{"count":1,"steps":[1,2]}`: true, `{"count":1,"steps":[1,2,3]}`: false, `{"count":1,"steps":[1,2.0]}`: false,
		`{"count":1,"points":[{"x":1.0}]}`: true, `{"count":1,"points":[{"x":1}]}`: false, `{"count":1,"points":[{"y":1.0}]}`: false,
		`{"count":1,"place":{"on":1}}`: true, `{"count":1,"place":{"on":true}}`: false,
	} {
		if err := all["plan"].CheckInput([]byte(input)); (err == nil) != ok {
			t.Errorf("%s: error %v, want it accepted: %v", input, err, ok)
		}
	}
}

func TestParseTSLSaysWhereAModelIsWrong(t *testing.T) {
	param := func(dataType string) string {
		return `{"services":[{"identifier":"s","callType":"sync","inputData":[{"identifier":"p","dataType":` + dataType + `}]}]}`
	}
	many := strings.Repeat(`{"identifier":"p","dataType":{"type":"int"}},`, 100) + `{"identifier":"q","dataType":{"type":"int"}}`
	for doc, want := range map[string]string{
		`{`: "thing model 1: unexpected end of JSON input",
		`{"services":[{"identifier":"s","callType":"later"}]}`:                                     `thing model 1: service s: callType "later" is neither async nor sync`,
		`{"services":[{"identifier":"s","callType":"sync"},{"identifier":"s","callType":"sync"}]}`: "thing model 1: service s: defined twice",
		`{"services":[{"identifier":"s","callType":"sync","inputData":[` + many + `]}]}`:           "thing model 1: service s: 101 parameters, 100 at most",
		param(`{"type":"complex"}`):                                                                     `thing model 1: service s: p: no type "complex"`,
		param(`{"type":"int","specs":{"min":"low"}}`):                                                   `thing model 1: service s: p: strconv.ParseFloat: parsing "low": invalid syntax`,
		param(`{"type":"enum","specs":{"a":"x"}}`):                                                      `thing model 1: service s: p: value "a" is not an integer`,
		param(`{"type":"array","specs":{"item":{"type":"date"}}}`):                                      "thing model 1: service s: p: an array has no elements of type date",
		param(`{"type":"struct","specs":[{"identifier":"m","dataType":{"type":"struct","specs":[]}}]}`): "thing model 1: service s: p: m: a struct has no member of type struct",
		param(fmt.Sprintf(`{"type":"enum","specs":{%s"1000":""}}`, enumOf(100))):                        "thing model 1: service s: p: 101 values, 100 at most",
	} {
		if _, err := alibaba.ParseTSL([]byte(doc)); err == nil || err.Error() != want {
			t.Errorf("%.90s: error %v, want %s", doc, err, want)
		}
	}
}

func enumOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":"",`, i)
	}
	return b.String()
}

func TestALimitOfTheThingModelIsNotAboveTheVendors(t *testing.T) {
	all, err := alibaba.ParseTSL([]byte(`{"services":[{"identifier":"s","callType":"sync","inputData":[
		{"identifier":"t","dataType":{"type":"text","specs":{"length":"999999"}}},{"identifier":"a","dataType":{"type":"array","specs":{"item":{"type":"int"}}}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"t": 10240, "a": 512} {
		if got := all["s"].Input[name].MaxLength; got != want {
			t.Errorf("%s: at most %d, want %d", name, got, want)
		}
	}
	if got := all["s"].Input["t"].Kind; got != platform.KindText {
		t.Errorf("kind is %s", got)
	}
}
