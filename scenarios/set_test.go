package scenarios

import (
	"strings"
	"testing"
	"time"
)

const setBase = `name: base
devices:
  - group: meters
    count: 10
    behaviour:
      - {weight: 90, respond: {}}
      - {weight: 10, drop: {}}
load:
  - name: reboot
    to: meters
    call: invoke
    input: &in {a: 1}
    arrivals: [{rate: 10/s, for: 1s}]
  - name: again
    to: meters
    call: invoke
    input: *in
    arrivals: [{burst: 1}]
`

func TestAnOverrideReachesAnyValue(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want func(*Scenario) bool
	}{
		{[]string{"seed=7"}, func(s *Scenario) bool { return s.Seed == 7 }},
		{[]string{"clock=virtual"}, func(s *Scenario) bool { return s.Clock == "virtual" && s.Drain == 50*time.Hour }},
		{[]string{"load.reboot.timeout=3s"}, func(s *Scenario) bool { return s.Load[0].Timeout == 3*time.Second }},
		{[]string{"load.1.timeout=3s"}, func(s *Scenario) bool { return s.Load[1].Timeout == 3*time.Second }},
		{[]string{"devices.meters.count=99"}, func(s *Scenario) bool { return s.Devices[0].Count == 99 }},
		{[]string{"devices.meters.behaviour.0.weight=60", "devices.meters.behaviour.1.weight=40"},
			func(s *Scenario) bool { return s.Devices[0].Behaviours[1].Weight == 40 }},
		{[]string{"devices.meters.behaviour=[{drop: {}}]"},
			func(s *Scenario) bool {
				return len(s.Devices[0].Behaviours) == 1 && s.Devices[0].Behaviours[0].Kind == "drop"
			}},
		{[]string{"platform.dialects.enos.qos=1"}, func(s *Scenario) bool { return s.Platform.EnOS.QoS == 1 }},
		{[]string{"load.reboot.input.a=2.50"},
			func(s *Scenario) bool {
				return string(s.Load[0].Input) == `{"a":2.50}` && string(s.Load[1].Input) == `{"a":1}`
			}},
		{[]string{"load.reboot.input={b: [x=y]}"}, func(s *Scenario) bool { return string(s.Load[0].Input) == `{"b":["x=y"]}` }},
		{[]string{"seed=7", "seed=8"}, func(s *Scenario) bool { return s.Seed == 8 }},
		{[]string{"load.reboot.name=other", "load.other.timeout=3s"}, func(s *Scenario) bool { return s.Load[0].Timeout == 3*time.Second }},
		{[]string{"expect=[reboot.ok.count == 10]"}, func(s *Scenario) bool { return len(s.Expect) == 1 }},
		{[]string{"devices.meters.behaviour.0.respond.after=lognormal(20ms, p99=150ms)"},
			func(s *Scenario) bool { return s.Devices[0].Behaviours[0].After.Law == "lognormal" }},
	} {
		t.Run(strings.Join(c.set, " "), func(t *testing.T) {
			s := mustParse(t, []byte(setBase), c.set...)
			if !c.want(s) || !c.want(mustParse(t, s.Text)) {
				t.Errorf("not applied, or not in the text\n%+v\n%s", s, s.Text)
			}
		})
	}
}

func TestWithoutOverridesTheTextIsTheFile(t *testing.T) {
	if got := string(mustParse(t, []byte(setBase)).Text); got != setBase {
		t.Errorf("got\n%s\nwant\n%s", got, setBase)
	}
}

func TestAWrongOverrideIsAMistakeOfItsOwn(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"load.reboot.timeout=5", "--set load.reboot.timeout: load[0].timeout: 5 has no unit; write 5s"},
		{"load.reboot.timeout=61s", "--set load.reboot.timeout: load[0].timeout: 61s is out of range; write whole seconds from 1s to 60s"},
		{"load.reboot.timeout=", "--set load.reboot.timeout: load[0].timeout: there is no value; write a duration of 1ms to 365d"},
		{"load.reboot.timout=5s", `--set load.reboot.timout: load[0].timout: unknown key "timout"; did you mean timeout?`},
		{"load.rebot.timeout=5s", `--set load.rebot.timeout: load has no element "rebot"; did you mean reboot?`},
		{"load.2.timeout=5s", `--set load.2.timeout: load has no element "2"; it has 2, counted from 0`},
		{"load.-1.timeout=5s", `--set load.-1.timeout: load has no element "-1"; it has 2, counted from 0`},
		{"seed.x=5", `--set seed.x: seed: a mapping stands here; write a whole number of 0 to 2⁶⁴-1`},
		{"name.x=5", `--set name.x: name is a single value: it has no "x"; set name as a whole`},
		{"load.reboot.to=metres", "--set load.reboot.to: load[0].to: no group is called metres; did you mean meters?"},
		{"platfrom.transport=tcp", `--set platfrom.transport: platfrom: unknown key "platfrom"; did you mean platform?`},
		{"seed", "--set seed: it sets nothing; write path=value, such as load.reboot.timeout=3s"},
		{"=5", "--set : it sets nothing; write path=value, such as load.reboot.timeout=3s"},
		{"about=[", "--set about: not YAML: did not find expected node content"},
		{"about=*a", "--set about: not YAML: unknown anchor 'a' referenced"},
		{"devices.meters.behaviour.1.weight=7", "x:6:7: devices[0].behaviour: the weights add up to 97; they must add up to 100"},
	} {
		_, err := Parse("x", []byte(setBase), []string{c.set})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.set, err, c.want)
		}
	}
}

func TestMistakesOfOverridesComeAfterThoseOfTheFile(t *testing.T) {
	_, err := Parse("x", []byte(setBase+"sede: 1\n"), []string{"seed=x", "clock=never"})
	want := `x:19:1: sede: unknown key "sede"; did you mean seed?
--set seed: seed: "x" is text; write a whole number of 0 to 2⁶⁴-1
--set clock: clock: "never" is unknown; known: real, virtual`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
