package report

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for got, want := range map[string]string{
		FormatDuration(0):                        "0",
		FormatDuration(999):                      "0",
		FormatDuration(time.Microsecond):         "1µs",
		FormatDuration(-1500 * time.Microsecond): "-1.5ms",
		FormatMicros(999):                        "999µs",
		FormatMicros(1000):                       "1ms",
		FormatMicros(999_400):                    "999ms",
		FormatMicros(999_600):                    "1s",
		FormatMicros(1_234_567):                  "1.23s",
		FormatMicros(119_000_000):                "119s",
		FormatMicros(120_000_000):                "2m",
		FormatMicros(48 * 3600e6):                "48h",
		FormatMicros(1000 * 3600e6):              "1000h",
		FormatShare(0):                           "0%",
		FormatShare(0.0004):                      "<0.1%",
		FormatShare(0.9996):                      ">99.9%",
		FormatShare(0.95):                        "95.0%",
		FormatShare(1):                           "100%",
		FormatRate(12345.4):                      "12,345/s",
		FormatRate(99.97):                        "100/s",
		FormatRate(0.0333):                       "0.0333/s",
		FormatRate(0):                            "0/s",
		FormatCount(-1234):                       "-1,234",
		FormatCount(999):                         "999",
		FormatCount(1_000_000):                   "1,000,000",
		FormatBytes(41_230):                      "41.2 kB",
		FormatBytes(999):                         "999 B",
		FormatBytes(2_500_000_000):               "2.5 GB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestADurationIsWrittenWithThreeDigitsAtLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(1, 200*3600e6).Draw(t, "us")
		d, err := ParseDuration(FormatMicros(us))
		if err != nil {
			t.Fatal(err)
		}
		if off := d.Microseconds() - us; off > us/200+1 || -off > us/200+1 {
			t.Fatalf("%d is written %s", us, FormatMicros(us))
		}
	})
}

func TestUnitsAreRead(t *testing.T) {
	if v, err := ParseRate("90/m"); v != 1.5 || err != nil {
		t.Errorf("90/m: %v %v", v, err)
	}
	if v, err := ParseRate("7200/h"); v != 2 || err != nil {
		t.Errorf("7200/h: %v %v", v, err)
	}
	if v, err := ParseShare("12.5%"); v != 0.125 || err != nil {
		t.Errorf("12.5%%: %v %v", v, err)
	}
	if v, err := ParseCount("10,000"); v != 10_000 || err != nil {
		t.Errorf("10,000: %v %v", v, err)
	}
	if v, err := ParseDuration("1m30s"); v != 90*time.Second || err != nil {
		t.Errorf("1m30s: %v %v", v, err)
	}
}
