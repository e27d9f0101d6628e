package pace

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// words collects what OnWait is called with.
type words struct {
	mu    sync.Mutex
	heard []Wait
}

func (w *words) hear(wait Wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, wait)
}

func TestOnWait_TellsOncePerWaitAndEstimatesTheWhole(t *testing.T) {
	for _, c := range []struct {
		name      string
		server    func() *server
		requests  int
		perMinute int
		most      int
		reason    reason // of the last
	}{
		{"a steady pace, once and for all", func() *server {
			return &server{
				manners: manners{headers: true, retryAfter: true},
				limit:   &bucket{perSecond: 2, burst: 20, says: 120, resets: whenFull},
			}
		}, 600, 0, 2, steadyPace},
		{"every window", func() *server {
			return &server{manners: manners{headers: true, retryAfter: true}, limit: &window{count: 120, length: time.Minute}}
		}, 600, 0, 6, windowUsedUp},
		{"windows of a second, once and for all", func() *server {
			return &server{manners: manners{headers: true, retryAfter: true}, limit: &window{count: 20, length: time.Second}}
		}, 600, 0, 2, steadyPace},
		{"every minute of the ceiling", func() *server { return &server{limit: unlimited{}} }, 600, 120, 4, atCeiling},
		{"what the API asks for", func() *server {
			return &server{manners: manners{retryAfter: true}, limit: &window{count: 120, length: time.Minute}}
		}, 300, 0, 4, askedToWait},
		{"an outage without a word", func() *server {
			return &server{limit: &outage{limit: unlimited{}, from: time.Second, to: time.Minute}}
		}, 600, 0, 6, refusedWithoutTime},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w words
			fresh := func() *server {
				s := c.server()
				s.latency = 20 * time.Millisecond
				return s
			}
			simulate(t, load{server: fresh, requests: c.requests, at: 5, perMinute: c.perMinute, onWait: w.hear})
			if len(w.heard) == 0 || len(w.heard) > c.most {
				t.Fatalf("called %d times, want 1 to %d: %+v", len(w.heard), c.most, w.heard)
			}
			for _, wait := range w.heard {
				if wait.For <= 0 || wait.Waiting < 1 || wait.Reason == "" {
					t.Errorf("called with %+v", wait)
				}
			}
			if last := w.heard[len(w.heard)-1]; last.Reason != string(c.reason) {
				t.Errorf("the last reason is %q", last.Reason)
			}
		})
	}
}

func TestOnWait_IsQuietWhereNothingIsHeldBack(t *testing.T) {
	var w words
	simulate(t, load{
		server: func() *server {
			return &server{manners: manners{latency: 20 * time.Millisecond, headers: true}, limit: unlimited{}}
		},
		requests: 500, at: 5, onWait: w.hear,
	})
	if len(w.heard) > 0 {
		t.Errorf("called with %+v", w.heard)
	}
}

func TestOnWait_DoesNotRepeatItselfForRequestsOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w words
		p := New(Options{MaxConcurrent: 1, OnWait: w.hear})
		s := &server{
			manners: manners{latency: 20 * time.Millisecond, headers: true},
			limit:   &bucket{perSecond: 2, burst: 20, says: 120, resets: whenFull},
		}
		for range 200 {
			permit(t, p).Done(s.request(s.latency))
		}
		if len(w.heard) == 0 || len(w.heard) > 2 {
			t.Errorf("called %d times: %+v", len(w.heard), w.heard)
		}
	})
}
