package alibaba

import (
	"strconv"
	"sync"
	"time"
)

// rate limits the calls of each account in each second of the clock. A refused call does not count.
type rate struct {
	limit int // 0: none

	mu     sync.Mutex
	second time.Time
	calls  map[string]int // by account, in that second
}

func (r *rate) allow(account string, now time.Time) bool {
	if r.limit == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Truncate(time.Second); !s.Equal(r.second) {
		r.second = s
		if r.calls == nil {
			r.calls = map[string]int{}
		}
		clear(r.calls)
	}
	if r.calls[account] >= r.limit {
		return false
	}
	r.calls[account]++
	return true
}

// header is what newer SDKs read of a refusal.
func (r *rate) header() []string {
	return []string{"Limit:" + strconv.Itoa(r.limit) + ",Remain:0,TimeLeft:1,Reset:1"}
}
