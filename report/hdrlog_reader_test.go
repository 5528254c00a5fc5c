package report

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"
)

// counted is a histogram as HdrHistogram's wire format has it, read here from the format's description alone: no code of
// the library that writes it is used. Values are the highest that a bucket stands for.
type counted map[int64]int64

// readWire reads one compressed histogram of an HdrHistogram log, version 2 of the encoding.
func readWire(t *testing.T, text string) counted {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	const compressedV2, plainV2 = 0x1c849304, 0x1c849303
	if cookie := binary.BigEndian.Uint32(raw) &^ 0xf0; cookie != compressedV2&^0xf0 {
		t.Fatalf("cookie %#x", cookie)
	}
	z, err := zlib.NewReader(bytes.NewReader(raw[8:]))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if cookie := binary.BigEndian.Uint32(body) &^ 0xf0; cookie != plainV2&^0xf0 {
		t.Fatalf("inner cookie %#x", cookie)
	}
	digits, lowest := binary.BigEndian.Uint32(body[12:]), int64(binary.BigEndian.Uint64(body[16:]))
	if digits != 3 {
		t.Fatalf("%d digits", digits)
	}
	unit := bits.Len64(uint64(lowest)) - 1 // values are counted in units of 2^unit
	const half = 1024                      // of the 2,048 sub-buckets that three digits take
	c := counted{}
	index := int64(0)
	for counts := body[40:]; len(counts) > 0; index++ {
		var n int64
		n, counts = zigzag(counts)
		if n < 0 { // a run of zeros
			index += -n - 1
			continue
		}
		if n == 0 {
			continue
		}
		bucket, sub := index/half-1, index%half+half
		if bucket < 0 {
			bucket, sub = 0, index
		}
		c[(sub+1)<<(bucket+int64(unit))-1] += n
	}
	return c
}

// zigzag reads a number of 7 bits a byte, the ninth of 8, with its sign in the lowest bit.
func zigzag(b []byte) (int64, []byte) {
	var v uint64
	for i := 0; ; i++ {
		if i == 8 {
			v |= uint64(b[8]) << 56
			return int64(v>>1) ^ -int64(v&1), b[9:]
		}
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return int64(v>>1) ^ -int64(v&1), b[i+1:]
		}
	}
}

// quantile is the least value that so many per mille do not exceed.
func (c counted) quantile(perMille int64) time.Duration {
	var values []int64
	var total, seen int64
	for v, n := range c {
		values = append(values, v)
		total += n
	}
	slices.Sort(values)
	for _, v := range values {
		if seen += c[v]; seen >= (total*perMille+999)/1000 {
			return time.Duration(v)
		}
	}
	return 0
}

func TestAnotherReaderOfTheLogFindsThePercentilesOfTheSummary(t *testing.T) {
	s, r := mixed(t)
	var b bytes.Buffer
	if err := WriteHDRLog(&b, r, start); err != nil {
		t.Fatal(err)
	}
	read := map[string]counted{}
	for line := range strings.Lines(b.String()) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		name, ok := strings.CutPrefix(fields[0], "Tag=")
		if !ok {
			continue
		}
		if read[name] == nil {
			read[name] = counted{}
		}
		for v, n := range readWire(t, fields[4]) {
			read[name][v] += n
		}
	}
	for _, l := range s.Loads {
		for series, q := range map[string]Quantiles{LogLatency: l.Latency, LogLatencyOK: l.LatencyOK, LogLag: l.Lag, LogService: l.Service} {
			got := read[l.Name+series]
			var n int64
			for _, more := range got {
				n += more
			}
			if n != q.Count {
				t.Errorf("%s%s: %d values, the summary has %d", l.Name, series, n, q.Count)
			}
			for perMille, want := range map[int64]int64{500: q.P50, 900: q.P90, 990: q.P99, 999: q.P999, 1000: q.Max} {
				// The summary counts whole microseconds, the log nanoseconds in buckets of a thousandth.
				if v := micros(got.quantile(perMille)); v < want-want/1000-1 || v > want+want/1000+1 {
					t.Errorf("%s%s at %d‰: %d µs, the summary has %d", l.Name, series, perMille, v, want)
				}
			}
		}
	}
}
