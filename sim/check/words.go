package check

import (
	"sync"
	"sync/atomic"
)

// words numbers the few different texts in facts. Reading takes no lock.
type words struct {
	mu   sync.Mutex
	list atomic.Pointer[[]string] // never changed, only replaced
}

// maxWords bounds the search. Codes are a vendor's few dozen, unless devices invent them.
const maxWords = 1000

const otherWord = "other"

// number returns the number of a text; 0 is the empty one.
func (w *words) number(s string) uint16 {
	if s == "" {
		return 0
	}
	if n, ok := w.find(s); ok {
		return n
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.find(s); ok {
		return n
	}
	old := []string{"", otherWord}
	if p := w.list.Load(); p != nil {
		old = *p
	}
	if len(old) == maxWords {
		return 1
	}
	list := append(append([]string(nil), old...), s)
	w.list.Store(&list)
	return uint16(len(list) - 1)
}

func (w *words) find(s string) (uint16, bool) {
	p := w.list.Load()
	if p == nil {
		return 0, false
	}
	for i, have := range *p {
		if have == s {
			return uint16(i), true
		}
	}
	return 0, false
}

func (w *words) text(n uint16) string {
	if n == 0 {
		return ""
	}
	return (*w.list.Load())[n]
}

// all returns every text at its number.
func (w *words) all() []string {
	if p := w.list.Load(); p != nil {
		return *p
	}
	return nil
}
