package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func readService(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/service/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestACallThatIsNeverAnsweredIsGivenUpWhereAPlatformIsServedAndNotInADrill(t *testing.T) {
	drill, err := Parse("x.yaml", []byte("name: x\ndevices: [{group: g, count: 1}]\nload: [{name: l, to: g, call: invoke, service: s, arrivals: [{burst: 1}]}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if served := DefaultService().Platform.Alibaba.AsyncTimeout; served != day || drill.Platform.Alibaba.AsyncTimeout != 0 {
		t.Errorf("after %v and %v, want 24h and never", served, drill.Platform.Alibaba.AsyncTimeout)
	}
	s, err := ParseService("x.yaml", []byte("dialects: {alibaba: {async_timeout: 0s}}"))
	if err != nil || s.Platform.Alibaba.AsyncTimeout != 0 {
		t.Errorf("0s is %+v, %v", s, err)
	}
}

func TestEachKeyOfAServiceFileReachesItsPlace(t *testing.T) {
	got, err := ParseService("dir/x.yaml", readService(t))
	if err != nil {
		t.Fatal(err)
	}
	low, high := -5.0, 1500.0
	want := &Service{
		Listen: Listen{HTTP: "0.0.0.0:80", MQTT: ":1884", TLS: "[::1]:8883", WS: "localhost:8083", HTTPS: ":443", WSS: ":8084"},
		TLS:    TLS{Cert: "dir/certs/server.pem", Key: "/etc/server.key"},
		Admin:  "anyone", Log: "debug", Limits: Limits{Devices: 20, HTTP: 5},
		Platform: Platform{EnOS: EnOS{CachedPerDevice: 5, MaxTTL: 72 * time.Hour, Auth: "lenient", QoS: 1,
			Serialize: "all", DeviceError: "success", CachedOnline: "wait", RateLimit: 7},
			Alibaba: Alibaba{Auth: "off", CheckTime: true, CheckNonce: true, DisabledKeys: []string{"old"}, Instance: "iot-1", Unmodelled: "sync", AsyncOffline: "reject",
				SyncTimeout: 3 * time.Second, AsyncTimeout: time.Minute, QPS: 1, BatchQPS: 2, RRpcQPS: 3, Kept: 4, KeptFor: time.Hour,
				KeepAliveCheck: true},
			Huawei: Huawei{Auth: "off", SignWindow: 15 * time.Minute, Instance: "i-1", Projects: []Project{{"0f5e", "o1"}}, RateLimit: 1,
				SyncTimeout: 2 * time.Second, AckTimeout: 3 * time.Second, ResponseTimeout: 4 * time.Second, KeepDelivered: true,
				RefuseAsync: true, ExpireDefault: time.Hour, ExpireMax: 2 * time.Hour, PendingLimit: 5, MessageLimit: 6, StrictModel: true,
				AnyKeepAlive: true, Tokens: []Token{{"fixed", "app"}}, MustSubscribe: true, ImplicitQoS: 1, Resend: 5 * time.Second, ReturnResend: 8 * time.Second, Topics: []Topics{{"pk1", []string{"a/b"}}}, PushSpelling: "current",
				PushTimeout: 6 * time.Second, PushFails: 3, PushProbe: 7 * time.Second}},
		Accounts: []Account{{Key: "app", Secret: "0815", Orgs: []string{"o1", "o2"}}},
		Products: []Product{{Key: "pk1", Dialect: "enos", Org: "o1", Secret: "product secret", Format: "custom",
			Services: []ServiceModel{{Name: "m:set", Call: "async", Input: []Param{
				{Name: "speed", Type: "int32", Required: true, Min: &low, Max: &high},
				{Name: "route", Type: "array", Length: 10, Item: &Param{Type: "struct"}},
				{Name: "mode", Type: "enum", Values: []int{0, -3}},
				{Name: "spot", Type: "struct", Members: []Param{{Name: "on", Type: "flag"}}},
			}}},
			Devices: []Device{
				{Name: "gate", Alias: "asset-1", Secret: "s1", Activated: true, Disabled: true},
				{Name: "meter", Count: 2, Alias: "m", Secret: "s2"},
			}}},
		File: "dir/x.yaml",
	}
	want.Products[0].Services[0].Input[1].Item.Members = []Param{{Name: "x", Type: "double"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAServiceFileThatSaysNothingHasAllDefaults(t *testing.T) {
	want := &Service{Listen: Listen{HTTP: "127.0.0.1:8080", MQTT: "127.0.0.1:1883"}, Admin: "loopback", Log: "info",
		Limits: Limits{Devices: 10000, HTTP: 1000}}
	want.Platform.EnOS = mustParse(t, readGood(t, "smallest.yaml")).Platform.EnOS
	want.Platform.Alibaba = Alibaba{Auth: "strict", Unmodelled: "async", AsyncOffline: "accept", SyncTimeout: 8 * time.Second, AsyncTimeout: day,
		QPS: 500, BatchQPS: 10, RRpcQPS: 1000, Kept: 50, KeptFor: 7 * day}
	want.Platform.Huawei = Huawei{Auth: "strict", SyncTimeout: 20 * time.Second, AckTimeout: 3 * time.Minute,
		ResponseTimeout: 3 * time.Minute, ExpireDefault: day, ExpireMax: 2 * day, PendingLimit: 20, MessageLimit: 20, Resend: 2 * time.Second, ReturnResend: 10 * time.Second, PushSpelling: "seed", PushTimeout: 15 * time.Second, PushFails: 10,
		PushProbe: 3 * time.Minute}
	if d := cmp.Diff(want, DefaultService()); d != "" {
		t.Error(d)
	}
}

func TestADeviceWithACountIsSoManyDevices(t *testing.T) {
	got := Device{Name: "meter", Count: 2, Alias: "m", Secret: "s"}.Each()
	want := []Device{{Name: "meter-1", Alias: "m-1", Secret: "s"}, {Name: "meter-2", Alias: "m-2", Secret: "s"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	one := Device{Name: "gate", Secret: "s"}
	if d := cmp.Diff([]Device{one}, one.Each()); d != "" {
		t.Error(d)
	}
}

func TestEachMistakeOfAServiceFileIsToldWithItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/service/bad/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				text = rewriteWith(t, file, text, serviceMessages)
			}
			got := serviceMessages(t, text)
			if want := wanted(text); got != want || want == "" {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("a message tells a secret")
			}
		})
	}
}

func serviceMessages(t *testing.T, text []byte) string {
	t.Helper()
	s, err := ParseService("x", text)
	var ms Mistakes
	if !errors.As(err, &ms) || s != nil || len(ms) == 0 {
		t.Fatalf("got %v and error %v, want nothing and mistakes", s, err)
	}
	var b strings.Builder
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintln(&b, strings.TrimLeft(strings.TrimPrefix(line, "x:"), " "))
	}
	return b.String()
}

func serviceSchema(t *testing.T) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(ServiceSchema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSchemaOfServiceFilesHasTheKeysThatTheParserTakes(t *testing.T) {
	var v any
	if err := yaml.Unmarshal(readService(t), &v); err != nil {
		t.Fatal(err)
	}
	for _, problem := range validate(serviceSchema(t), v, "everything.yaml") {
		t.Error(problem)
	}
	inFile, inSchema := map[string]bool{}, map[string]bool{}
	keysInValue(v, "", inFile)
	keysInSchema(serviceSchema(t), "", inSchema)
	for key := range inSchema {
		deep := strings.Count(key, "item.")+strings.Count(key, "members.") > 0 // the same keys once more
		if !inFile[key] && !deep {
			t.Errorf("%s is in the schema, and not in everything.yaml, which the parser takes", key)
		}
	}
	for key := range inFile {
		if !inSchema[key] {
			t.Errorf("%s is in everything.yaml, and not in the schema", key)
		}
	}
}

func TestAServiceFileThatIsNotThereIsOneSentence(t *testing.T) {
	_, err := OpenService("missing.yaml")
	if want := "service file: open missing.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
