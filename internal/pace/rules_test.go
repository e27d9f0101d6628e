package pace

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// waitsFor is how long a request waits that is sent when one was answered so.
func waitsFor(t *testing.T, p *Pacer, r Response) time.Duration {
	t.Helper()
	permit(t, p).Done(r)
	began := time.Now()
	permit(t, p).Done(answer(200))
	return time.Since(began)
}

func TestPacer_WaitsAsToldAndForASecondAtLeast(t *testing.T) {
	for name, c := range map[string]struct {
		response Response
		want     time.Duration
	}{
		"429, 0":                {answer(429, "Retry-After", "0"), time.Second},
		"429, negative":         {answer(429, "Retry-After", "-30"), time.Second},
		"429, in the past":      {answer(429, "Retry-After", "Fri, 31 Dec 1999 00:00:00 GMT"), time.Second},
		"429, no time":          {answer(429), time.Second},
		"429, unreadable":       {answer(429, "Retry-After", "later"), time.Second},
		"429, a moment in body": {Response{Status: 429, RetryAfter: time.Millisecond}, time.Second},
		"429, 20 minutes":       {answer(429, "Retry-After", "1200"), 20 * time.Minute},
		"429, none left":        {answer(429, "Retry-After", "0", "X-RateLimit-Remaining", "0"), time.Second},
		"503, 0":                {answer(503, "Retry-After", "0"), time.Second},
		"503, 30":               {answer(503, "Retry-After", "30"), 30 * time.Second},
		"500, 30":               {answer(500, "Retry-After", "30"), 30 * time.Second},
		"502, a date":           {answer(502, "Retry-After", "Sat, 01 Jan 2000 00:00:40 GMT"), 40 * time.Second},
		"503, no time":          {answer(503), 0},
		"404, 30":               {answer(404, "Retry-After", "30"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waited := waitsFor(t, New(Options{MaxConcurrent: 5}), c.response)
				if waited < c.want || waited > c.want+time.Second/2 {
					t.Errorf("waited %v, want %v", waited, c.want)
				}
			})
		})
	}
}

// A window of 15 minutes, or of an hour, is waited for to its end once it is known.
func TestPacer_KeepsToWindowsOfUpToAnHour(t *testing.T) {
	for _, length := range []time.Duration{time.Minute, 15 * time.Minute, time.Hour} {
		for _, polite := range []bool{true, false} {
			t.Run(length.String()+", Retry-After "+strconv.FormatBool(polite), func(t *testing.T) {
				o := simulate(t, load{
					server: func() *server {
						return &server{
							manners: manners{headers: true, retryAfter: polite, latency: 200 * time.Millisecond},
							limit:   &window{count: 250, length: length, phase: 17 * time.Second},
						}
					},
					requests: 1000, at: 5,
				})
				if o.ratio() > 1.10 {
					t.Errorf("took %v, %.3f of %v", o.took, o.ratio(), o.least)
				}
				if o.refused() > 0.05 {
					t.Errorf("%.1f%% were refused", 100*o.refused())
				}
			})
		}
	}
}

// A server lets everything through and says that nothing is left, after it refused
// once for real.
func TestPacer_HeadersThatAlwaysSayNoneLeftAreNotObeyedForEver(t *testing.T) {
	for _, length := range []time.Duration{time.Minute, 15 * time.Minute} {
		t.Run(length.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Options{MaxConcurrent: 5})
				began, sent, end := time.Now(), 0, time.Now().Add(length)
				for accepted := 0; accepted < 300; sent++ {
					permit := permit(t, p)
					now := time.Now()
					status := 200
					switch {
					case now.After(end): // a window begins, from the second one on without any limit
						end = end.Add(length)
					case end.Equal(began.Add(length)) && accepted >= 10:
						status = 429
					}
					left := "0"
					if accepted < 9 {
						left = strconv.Itoa(9 - accepted)
					}
					if status == 200 {
						accepted++
					}
					permit.Done(answer(status, "X-RateLimit-Remaining", left, "X-RateLimit-Reset", strconv.FormatInt(end.Unix(), 10)))
				}
				if took := time.Since(began); took > 6*length {
					t.Errorf("300 requests took %v, of windows of %v", took, length)
				}
			})
		})
	}
}

func TestPacer_HeadersAreBelievedAgainAfterARefusal(t *testing.T) {
	p := &Pacer{}
	p.quota = quota{known: true, trust: firstTrust, lies: firstTrust}
	if p.quota.obeyed() {
		t.Fatal("they are believed")
	}
	p.quota.refused()
	if !p.quota.obeyed() || p.quota.trust != 2*firstTrust {
		t.Errorf("believed %v, for %d", p.quota.obeyed(), p.quota.trust)
	}
}

func TestPacer_AResponseWithoutHeadersCostsOneOfTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1})
		permit(t, p).Done(answer(200, "X-RateLimit-Remaining", "2"))
		permit(t, p).Done(answer(200))
		permit(t, p).Done(answer(200))
		began := time.Now()
		permit(t, p).Done(answer(200, "X-RateLimit-Remaining", "9"))
		if waited := time.Since(began); waited < firstGap {
			t.Errorf("waited %v only, with none left", waited)
		}
	})
}

func TestPacer_ARequestThatNeverLeftUsesUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1, PerMinute: 1})
		began := time.Now()
		for range 10 {
			permit(t, p).Done(Response{Unsent: true})
		}
		permit(t, p).Done(answer(200))
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		permit(t, p).Done(Response{}) // left, and got no response: it counts
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}

// A 503 that asks to wait leaves one request to find out whether the API is
// back, and leaves the number that may be in flight afterwards as it was.
func TestPacer_After503OneRequestGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 5})
		for range 20 {
			permit(t, p).Done(answer(200))
		}
		permit(t, p).Done(answer(503, "Retry-After", "10"))
		first := permit(t, p)
		began := time.Now()
		second := permit(t, p)
		if waited := time.Since(began); waited != patience {
			t.Errorf("the second one went %v after the first", waited)
		}
		first.Done(answer(200))
		second.Done(answer(200))
		if p.concurrency.limit != 5 {
			t.Errorf("%d of 5 at once are left", p.concurrency.limit)
		}
	})
}

func TestHeldBack_IsWhatTheAPIMadeRequestsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1, PerMinute: 2})
		permit(t, p).Done(answer(429, "Retry-After", "30"))
		if held := p.HeldBack(); held != 0 {
			t.Errorf("held back %v, with nobody waiting", held)
		}
		time.Sleep(10 * time.Second)
		var all sync.WaitGroup
		for range 3 { // together, and counted once
			all.Go(func() {
				ctx, cancel := context.WithTimeoutCause(t.Context(), 15*time.Second, errStopped)
				defer cancel()
				if _, err := p.Enqueue().Wait(ctx); !errors.Is(err, errStopped) {
					t.Errorf("ended with %v", err)
				}
			})
		}
		time.Sleep(5 * time.Second)
		if held := p.HeldBack(); held != 5*time.Second {
			t.Errorf("held back %v so far", held)
		}
		all.Wait()
		if held := p.HeldBack(); held != 15*time.Second {
			t.Errorf("held back %v", held)
		}
		permit(t, p).Done(Response{Status: http.StatusOK})
		held := p.HeldBack()
		if held < 20*time.Second || held > 21*time.Second {
			t.Errorf("held back %v by the end", held)
		}
		permit(t, p).Done(answer(200)) // waits for the configured ceiling
		if p.HeldBack() != held {
			t.Errorf("the ceiling counts as the API's: %v", p.HeldBack()-held)
		}
	})
}
