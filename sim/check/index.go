package check

// index finds lives by a number: a map with its newest entries in front of it, because most facts are about commands of
// the last moments.
type index struct {
	all  map[uint64]*life
	near []entryOf // by the hash of the number
}

type entryOf struct {
	key uint64
	*life
}

const nearBits = 14

func newIndex() index { return index{map[uint64]*life{}, make([]entryOf, 1<<nearBits)} }

func (x *index) slot(key uint64) *entryOf {
	return &x.near[key*0x9e3779b97f4a7c15>>(64-nearBits)] // the golden ratio spreads neighbours
}

// find returns the life with that number, nil if there is none.
func (x *index) find(key uint64) *life {
	e := x.slot(key)
	if e.life != nil && e.key == key {
		return e.life
	}
	l := x.all[key]
	if l != nil {
		*e = entryOf{key, l}
	}
	return l
}

func (x *index) put(key uint64, l *life) {
	x.all[key] = l
	*x.slot(key) = entryOf{key, l}
}

// drop forgets a number if it is that life's.
func (x *index) drop(key uint64, l *life) {
	if x.find(key) == l {
		delete(x.all, key)
		*x.slot(key) = entryOf{}
	}
}
