package check

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fleetdrill/platform"
)

func TestAFactIsTheSameAfterItWasPacked(t *testing.T) {
	const own = 7*platform.WireStride + 3
	edges := []fact{
		{},
		{at: math.MaxInt64, limit: never, cmd: math.MaxUint64, wire: 1<<63 - 1, device: math.MaxInt32, word: math.MaxUint16, kind: Dropped, detail: 0xff},
		{at: math.MinInt64, device: 7},
		{at: -1, limit: never, kind: Accepted},
		{at: 5, limit: 5, kind: Published, device: 7, wire: own},
		{at: 5, limit: 4, kind: Published, device: 7, wire: 7 * platform.WireStride},
		{at: 5, limit: 1, kind: Seen, device: 6, wire: own},
	}
	chunk := make(packed, 0, chunkBytes)
	for i := range edges {
		chunk = chunk.add(&edges[i], false)
	}
	i := 0
	for got := range chunk.all {
		if *got != edges[i] {
			t.Errorf("%+v became %+v", edges[i], *got)
		}
		i++
	}
	if i != len(edges) {
		t.Errorf("%d facts became %d", len(edges), i)
	}
}

func TestANumberThatNobodyHasIsNobodysAfterItWasPacked(t *testing.T) {
	const own = 7*platform.WireStride + 3
	for _, w := range []platform.Wire{1<<63 | own, 1 << 63, math.MaxUint64} {
		chunk := make(packed, 0, chunkBytes).add(&fact{wire: w, device: 7, kind: Unknown}, false)
		for got := range chunk.all {
			if got.wire.Owner() < math.MaxInt32 {
				t.Errorf("number %#x became %#x, which may be a device's", uint64(w), uint64(got.wire))
			}
		}
	}
}

func TestAnyFactsAreTheSameAfterTheyWerePacked(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) fact {
		at := rapid.Int64Range(-1<<61, 1<<61)
		return fact{at: at.Draw(t, "at"), limit: at.Draw(t, "limit"), cmd: rapid.Uint64().Draw(t, "cmd"),
			wire: platform.Wire(rapid.Uint64Range(0, 1<<63-1).Draw(t, "wire")), device: rapid.Int32Min(0).Draw(t, "device"),
			word: rapid.Uint16().Draw(t, "word"), kind: Kind(rapid.IntRange(1, kinds-1).Draw(t, "kind")), detail: rapid.Byte().Draw(t, "detail")}
	})
	rapid.Check(t, func(t *rapid.T) {
		facts := rapid.SliceOfN(draw, 1, 400).Draw(t, "facts")
		chunk := make(packed, 0, chunkBytes)
		n := 0
		for n < len(facts) && chunk.hasRoom() {
			chunk = chunk.add(&facts[n], false)
			n++
		}
		if n < len(facts) && len(chunk) < chunkBytes-packedMost {
			t.Fatalf("no room after %d bytes", len(chunk))
		}
		i := 0
		for got := range chunk.all {
			if *got != facts[i] {
				t.Fatalf("fact %d: %+v became %+v", i, facts[i], *got)
			}
			i++
		}
		if i != n {
			t.Fatalf("%d facts became %d", n, i)
		}
	})
}

func TestAJoinedFactIsTwoAfterItWasPacked(t *testing.T) {
	ending := fact{at: 5, cmd: 9, wire: 7*platform.WireStride + 3, device: 7, word: 2, kind: Ended, detail: cached | 2<<laneBits | uint8(platform.Failed)}
	match := ending
	match.kind, match.word, match.detail = Matched, 0, cached|2<<laneBits
	var got []fact
	for f := range make(packed, 0, chunkBytes).add(&ending, true).all {
		got = append(got, *f)
	}
	if want := []fact{match, ending}; !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
