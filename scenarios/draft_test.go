package scenarios

import (
	"strings"
	"testing"
)

func draftOf(t *testing.T, text string) *Draft {
	t.Helper()
	d, err := NewDraft([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADraftCanBeChangedPieceByPiece(t *testing.T) {
	d := draftOf(t, setBase)
	before := string(d.Text())
	c := d.Copy()
	for path, value := range map[string]string{"seed": "7", "load.0.timeout": "3s", "platform.dialects.enos.qos": "1"} {
		if err := c.Set(path, value); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the first begins the list
		if err := c.Append("faults", "{at: 1s, disconnect: {group: meters}}"); err != nil {
			t.Fatal(err)
		}
	}
	if !c.Drop("load.1") || !c.Drop("load.0.input") || c.Drop("load.7") || c.Drop("nothing.here") {
		t.Error("drop takes out what is there and says when there is nothing")
	}
	s, err := Parse("draft", c.Text(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Seed != 7 || len(s.Load) != 1 || len(s.Faults) != 2 || string(s.Load[0].Input) != "{}" || s.Platform.EnOS.QoS != 1 {
		t.Errorf("got\n%s", s.Text)
	}
	if v, ok := c.Value("load.0.timeout"); !ok || v != "3s" || c.Len("faults") != 2 || c.Len("load.0") != 0 {
		t.Errorf("value %q %v, %d faults", v, ok, c.Len("faults"))
	}
	if string(d.Text()) != before {
		t.Error("a change of the copy changed the original")
	}
}

func TestThePathsOfADraftLeadToAllItsValues(t *testing.T) {
	d := draftOf(t, setBase)
	all := d.Paths()
	if !strings.HasPrefix(strings.Join(all, " "), "name devices devices.0 devices.0.group") {
		t.Errorf("outer ones come first: %v", all)
	}
	for i := len(all) - 1; i >= 0; i-- { // inner ones before their outer ones
		if !d.Drop(all[i]) {
			t.Errorf("%s leads nowhere", all[i])
		}
	}
	if len(d.Paths()) != 0 {
		t.Errorf("left: %v", d.Paths())
	}
}
