package alibaba_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform"
	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/dialecttest"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata. RequestIds differ each time.
func golden(w *dialecttest.World, name, got string) {
	w.T.Helper()
	got = regexp.MustCompile(`[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}`).ReplaceAllString(got, "REQUEST-ID") + "\n"
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			w.T.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.T.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		w.T.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// asDevice answers a command as the payload says, on the topic that the vendor's devices answer on.
func asDevice(d *dialecttest.Device, m dialecttest.Message, payload string) {
	topic := strings.Replace(m.Topic, "/rrpc/request/", "/rrpc/response/", 1)
	if strings.HasPrefix(m.Topic, "/sys/") && strings.Contains(m.Topic, "/thing/service/") {
		topic += "_reply"
	}
	d.Publish(topic, []byte(payload))
}

func TestASynchronousCallLooksLikeTheVendors(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		for _, format := range []string{"JSON", "XML"} {
			done := goCall(w, "InvokeThingService", `Args={"p":10.0,"q":1e2}`, "Format="+format)
			m := d.Next()
			if format == "JSON" {
				golden(w, "down_sync.json", m.Topic+"\n"+string(m.Payload))
			}
			asDevice(d, m, `{"id":"58012","code":200,"data":{"y":7,"t":"<ü>"}}`)
			e := <-done
			golden(w, "invoke_sync."+strings.ToLower(format), e.Raw)
			if e.Data.MessageID != m.Topic[strings.LastIndexByte(m.Topic, '/')+1:] || *e.Data.Result != `{"id":"58012","code":200,"data":{"y":7,"t":"<ü>"}}` {
				w.T.Errorf("%s: %s", format, e.Raw)
			}
		}
	})
}

func TestTheLongestArgsFitIntoTheQuery(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		w.Connect(0)
		args := `{"t":"` + strings.Repeat("ü", alibaba.DefaultConfig.MaxArgs/2-4) + `"}` // each is 2 bytes, and 6 in a query
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report", "Args="+args))
	})
}

func TestAnAsynchronousCallLooksLikeTheVendors(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		for _, format := range []string{"JSON", "XML"} {
			e := call(w, "InvokeThingService", "Identifier=testFb:later", "Format="+format)
			golden(w, "invoke_async."+strings.ToLower(format), e.Raw)
			if e.Data.Result != nil {
				w.T.Errorf("%s: there is a result: %s", format, e.Raw)
			}
			m := d.Next()
			if format == "JSON" {
				golden(w, "down_async.json", m.Topic+"\n"+string(m.Payload))
			}
			w.Expect(0, platform.Matched)
		}
	})
}

func TestFailuresLookLikeTheVendors(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		for _, format := range []string{"JSON", "XML"} {
			golden(w, "failure."+strings.ToLower(format), call(w, "InvokeThingService", "Format="+format).Raw)
			golden(w, "refusal."+strings.ToLower(format), call(w, "InvokeThingService", "AccessKeyId=a<&b", "Format="+format).Raw)
		}
	})
}

func TestSuccessDoesNotMeanThatTheDeviceObeyed(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		done := goCall(w, "InvokeThingService")
		asDevice(d, d.Next(), `{"code":500}`)
		e := <-done
		wantSuccess(w, e)
		if *e.Data.Result != `{"code":500}` {
			w.T.Errorf("result is %s", *e.Data.Result)
		}
	})
}

func TestASynchronousAnswerIsMatchedByItsTopicWhateverItsID(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		first, second := goCall(w, "InvokeThingService", `Args={"n":1}`), goCall(w, "InvokeThingService", `Args={"n":2}`)
		one, two := d.Next(), d.Next()
		asDevice(d, two, `{"id":"1","code":200,"data":{"for":2}}`) // the id of the other one
		asDevice(d, one, `{"id":7.5,"code":200,"data":{"for":1}}`)
		for i, done := range []<-chan envelope{first, second} {
			if e, want := <-done, []string{`"for":1`, `"for":2`}[i]; !strings.Contains(*e.Data.Result, want) {
				w.T.Errorf("call %d got %s, want %s", i+1, *e.Data.Result, want)
			}
		}
	})
}

func TestASynchronousCallIsNotEndedByAnAsynchronousAnswer(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		done := goCall(w, "InvokeThingService")
		m := d.Next()
		d.Publish("/sys/pk1/dk0/thing/service/reboot_reply", []byte(`{"id":"2147483649","code":200}`)) // the id that it was sent
		d.Publish("/sys/pk1/dk0/rrpc/response/undefined", []byte(`{"id":"1","code":200}`))
		d.Publish("/sys/pk1/dk0/rrpc/response/1", []byte(`{"id":"1","code":200}`))
		w.Expect(0, platform.Matched)
		wantFailure(w, <-done, "iot.messagebroker.TIMEOUT")
		if !strings.Contains(string(m.Payload), `"id":"2147483649"`) {
			w.T.Errorf("payload is %s: the test means another id", m.Payload)
		}
	})
}

func TestAnAsynchronousAnswerIsMatchedByIDAndService(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(0)
		wantSuccess(w, call(w, "InvokeThingService", "Identifier=report"))
		d.Next()
		reply := func(service, payload string) {
			d.Publish("/sys/pk1/dk0/thing/service/"+service+"_reply", []byte(payload))
		}
		reply("reboot", `{"id":"1","code":200}`)
		reply("report", `{"id":"2","code":200}`)
		reply("report", `{"id":"x","code":200}`)
		w.Expect(3, platform.Unknown)
		reply("report", `{"code":200}`)
		w.Expect(1, platform.Garbled)
		w.Expect(0, platform.Matched)
		reply("report", `{"id":1,"code":200}`) // a number will do
		w.Expect(1, platform.Matched)
		reply("report", `{"id":"1","code":500}`)
		w.Expect(1, platform.Duplicate)
	})
}

func TestWhatAnAsynchronousCallWaitsForHasNoLimitUnlessOneIsSet(t *testing.T) {
	for limit, want := range map[time.Duration]int{0: 0, time.Hour: 1} {
		cfg := alibaba.DefaultConfig
		cfg.AsyncTimeout = limit
		inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
			w.Connect(0)
			call(w, "InvokeThingService", "Identifier=report")
			time.Sleep(24 * time.Hour)
			w.Expect(want, platform.Ended)
		})
	}
}

func TestAProductWithoutAThingModelIsCalledAsynchronously(t *testing.T) {
	h := harness()
	h.Product = nil
	inWorld(t, h, func(w *dialecttest.World) {
		d := w.Connect(0)
		e := call(w, "InvokeThingService", "Identifier=anything", `Args={"x":[1]}`)
		wantSuccess(w, e)
		if m := d.Next(); e.Data.Result != nil || m.Topic != "/sys/pk1/dk0/thing/service/anything" {
			w.T.Errorf("answer %s, topic %s", e.Raw, m.Topic)
		}
	})
}

func TestIotIdWinsOverTheOtherTwo(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		d := w.Connect(1)
		done := goCall(w, "InvokeThingService", "IotId=asset-1", "DeviceName=dk0")
		asDevice(d, d.Next(), `{"code":200}`)
		wantSuccess(w, <-done)
	})
}

func TestAnInstanceThatHasAnIdMustBeNamed(t *testing.T) {
	cfg := alibaba.DefaultConfig
	cfg.Instance = "iot-cn-0"
	inWorld(t, harnessOf(cfg), func(w *dialecttest.World) {
		for _, action := range []string{"InvokeThingService", "GetDeviceStatus", "InvokeThingsService"} {
			wantFailureOf(w, action, call(w, action), "iot.Sre.IotInstanceNotFound")
			wantFailureOf(w, action, call(w, action, "IotInstanceId=other"), "iot.Sre.IotInstanceNotFound")
		}
		wantSuccess(w, call(w, "GetDeviceStatus", "IotInstanceId=iot-cn-0"))
	})
}

func TestTheThingModelIsCheckedOnTheTextOfArgs(t *testing.T) {
	h := harness()
	model, err := alibaba.ParseTSL([]byte(thermostat))
	if err != nil {
		t.Fatal(err)
	}
	h.Product = func(p *platform.Product) { p.Services = model }
	inWorld(t, h, func(w *dialecttest.World) {
		d := w.Connect(0)
		for args, want := range map[string]string{
			`{"target":10}`: "The request is invalid: tsl parse: target: 10 has no decimal place, a double needs one",
			`{"later":1}`:   "The request is invalid: tsl parse: params not exist -> later",
		} {
			e := call(w, "InvokeThingService", "Identifier=setTarget", "Args="+args)
			wantFailure(w, e, "iot.system.IllegalRequest")
			if e.ErrorMessage != want {
				w.T.Errorf("%s: message is %q, want %q", args, e.ErrorMessage, want)
			}
		}
		done := goCall(w, "InvokeThingService", "Identifier=setTarget", `Args={"target":10.0}`)
		m := d.Next()
		if !strings.Contains(string(m.Payload), `"params":{"target":10.0}`) {
			w.T.Errorf("payload is %s, want 10.0 in it", m.Payload)
		}
		asDevice(d, m, `{"code":200,"data":{"reached":1}}`) // is to be a bool, and this one is
		wantSuccess(w, <-done)
		done = goCall(w, "InvokeThingService", "Identifier=setTarget", `Args={"target":10.0}`)
		asDevice(d, d.Next(), `{"code":200,"data":{"reached":true}}`)
		wantSuccess(w, <-done) // passed on, and counted
		if n := dialectOf(w).Misfits(); n != 1 {
			w.T.Errorf("%d answers do not fit, want 1", n)
		}
	})
}

func TestTheTagOfACallReachesTheFacts(t *testing.T) {
	inWorld(t, harness(), func(w *dialecttest.World) {
		c := w.Command(0)
		c.Tag = 77
		w.Call(c)
		synctest.Wait()
		if d := cmp.Diff([]platform.Tag{77}, w.Tags()); d != "" {
			w.T.Error(d)
		}
	})
}
