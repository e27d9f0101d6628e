package pace

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// answer gives one with headers, given as name, value, name, value.
func answer(status int, headers ...string) Response {
	a := Response{Status: status, Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		a.Header.Set(headers[i], headers[i+1])
	}
	return a
}

// permit waits for one at a slot of its own.
func permit(t *testing.T, p *Pacer) *Permit {
	t.Helper()
	turn, err := p.Enqueue().Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

func TestPacer_HoldsEverybodyForAsLongAsOneIsAskedToWait(t *testing.T) {
	for name, asks := range map[string]Response{
		"429, in seconds":         answer(429, "Retry-After", "30"),
		"429, in the body":        {Status: 429, RetryAfter: 30 * time.Second},
		"503, in seconds":         answer(503, "Retry-After", "30"),
		"429, as a date":          answer(429, "Retry-After", "Sat, 01 Jan 2000 00:01:30 GMT", "Date", "Sat, 01 Jan 2000 00:01:00 GMT"),
		"429, some are left":      answer(429, "Retry-After", "30", "X-RateLimit-Remaining", "7"),
		"429, the reset is later": answer(429, "Retry-After", "30", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "946684920"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Options{MaxConcurrent: 5})
				first, second := permit(t, p), permit(t, p)
				first.Done(asks)
				second.Done(answer(200))
				asked := time.Now()
				var all sync.WaitGroup
				for range 3 {
					all.Go(func() {
						permit(t, p).Done(answer(200))
						if waited := time.Since(asked); waited < 30*time.Second || waited > 31*time.Second {
							t.Errorf("waited %v", waited)
						}
					})
				}
				all.Wait()
			})
		})
	}
}

func TestPacer_JitterKeepsPipelinesApartThatAreToldTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var waited [20]time.Duration
		var all sync.WaitGroup
		for i := range waited {
			all.Go(func() {
				p := New(Options{MaxConcurrent: 5})
				permit(t, p).Done(answer(429, "Retry-After", "10"))
				permit(t, p).Done(answer(200))
				waited[i] = time.Since(began)
			})
		}
		all.Wait()
		apart := map[time.Duration]bool{}
		for _, w := range waited {
			apart[w.Truncate(10*time.Millisecond)] = true
		}
		if len(apart) < 5 {
			t.Errorf("20 pipelines went on at %d times only: %v", len(apart), waited)
		}
	})
}

func TestPacer_PipelinesOnOneKeyShareIt(t *testing.T) {
	for _, c := range []struct {
		name    string
		manners manners
		limit   func() limit
		ratio   float64
		refused float64
	}{
		{"bucket", manners{headers: true}, func() limit {
			return &bucket{perSecond: 20, burst: 20, says: 1200, resets: whenFull}
		}, 1.10, 0.10},
		{"window of a minute", manners{headers: true}, func() limit {
			return &window{count: 120, length: time.Minute, phase: 300 * time.Millisecond}
		}, 1.10, 0.10},
		{"window of a second", manners{headers: true}, func() limit {
			return &window{count: 20, length: time.Second, phase: 300 * time.Millisecond}
		}, 1.25, 0.30},
		{"bucket without headers", manners{}, func() limit {
			return &bucket{perSecond: 20, burst: 20}
		}, 1.40, 0.30}, // whoever is left alone takes a while to notice
		{"window without headers", manners{}, func() limit {
			return &window{count: 120, length: time.Minute, phase: 300 * time.Millisecond}
		}, 1.30, 0.25},
		{"window of 15 minutes", manners{headers: true}, func() limit {
			return &window{count: 250, length: 15 * time.Minute, phase: 100 * time.Second}
		}, 1.10, 0.06},
	} {
		for _, c.manners.retryAfter = range []bool{true, false} {
			m := c.manners
			m.latency = 20 * time.Millisecond
			t.Run(c.name+", Retry-After "+strconv.FormatBool(m.retryAfter), func(t *testing.T) {
				for seed := range uint64(3) {
					o := simulate(t, load{
						server: func() *server { return &server{manners: m, limit: c.limit()} },
						pacers: 2, requests: 800, at: 5, seed: seed,
					})
					t.Logf("%.3f of the least possible %v, %.2f%% refused, %v and %v", o.ratio(), o.least, 100*o.refused(),
						o.ended[0].Sub(o.began), o.ended[1].Sub(o.began))
					if o.ratio() > c.ratio {
						t.Errorf("took %v, %.3f of %v", o.took, o.ratio(), o.least)
					}
					if o.refused() > c.refused {
						t.Errorf("%.1f%% were refused", 100*o.refused())
					}
					for n, done := range o.whenFirstEnded {
						if done < 400/10 {
							t.Errorf("when one had ended, %d had done %d of 400", n, done)
						}
					}
				}
			})
		}
	}
}

// outage refuses everything from a time to another, by a clock from its first
// request on.
type outage struct {
	limit
	from, to time.Duration
	began    time.Time
}

func (o *outage) take(now time.Time) bool {
	if o.began.IsZero() {
		o.began = now
	}
	if d := now.Sub(o.began); d >= o.from && d < o.to {
		return false
	}
	return o.limit.take(now)
}

func (o *outage) next(now time.Time) time.Time {
	if end := o.began.Add(o.to); now.Before(end) {
		return end
	}
	return o.limit.next(now)
}

func TestPacer_RecoversFromRefusalsThatNameNoTime(t *testing.T) {
	o := simulate(t, load{
		server: func() *server {
			return &server{
				manners: manners{latency: 20 * time.Millisecond},
				limit:   &outage{limit: unlimited{}, from: time.Second, to: time.Minute},
			}
		},
		requests: 600, at: 5,
	})
	if o.server.refused > 40 {
		t.Errorf("%d requests were refused in the meantime", o.server.refused)
	}
	if o.took > 80*time.Second {
		t.Errorf("took %v, of which the outage was 59 s and the requests are 2.4 s", o.took)
	}
}

// loosening allows more requests at once from a time on.
type loosening struct {
	unlimited
	server *server
	at     time.Time
	most   int
}

func (l *loosening) take(now time.Time) bool {
	if !now.Before(l.at) {
		l.server.most = l.most
	}
	return true
}

func TestPacer_LowersConcurrencyWhereRefusalsComeFromIt(t *testing.T) {
	for _, headers := range []bool{true, false} {
		t.Run("headers "+strconv.FormatBool(headers), func(t *testing.T) {
			o := simulate(t, load{
				server: func() *server {
					return &server{manners: manners{latency: 20 * time.Millisecond, most: 5, headers: headers}, limit: unlimited{}}
				},
				requests: 2000, at: 20,
			})
			if o.server.refused > 20 {
				t.Errorf("%d of 2000 requests were refused", o.server.refused)
			}
			// Two numbers are tried, and each refusal makes everybody wait a second.
			if most := o.least + 2500*time.Millisecond; o.took > most {
				t.Errorf("took %v, more than %v", o.took, most)
			}
		})
	}
}

func TestPacer_RaisesConcurrencyAgain(t *testing.T) {
	o := simulate(t, load{
		server: func() *server {
			s := &server{manners: manners{latency: time.Second, most: 5, headers: true}}
			s.limit = &loosening{server: s, at: time.Now().Add(30 * time.Second), most: 100}
			return s
		},
		requests: 2000, at: 20,
	})
	if o.server.highest < 15 {
		t.Errorf("at most %d were sent at once in the end", o.server.highest)
	}
	if most := o.least * 6 / 10; o.took > most { // least counts on 5 at once to the end
		t.Errorf("took %v, more than %v", o.took, most)
	}
}

func TestPacer_ConcurrencyIsNotBlamedForTheRefusalOfASingleRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 5})
		permit(t, p).Done(answer(429, "Retry-After", "1"))
		if p.concurrency.lowered() {
			t.Errorf("%d of 5 at once are left", p.concurrency.limit)
		}
	})
}

func TestPacer_RequestsThatHangDoNotHoldUpTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 5})
		began := time.Now()
		hanging := []*Permit{permit(t, p), permit(t, p)}
		for range 3 {
			permit(t, p).Done(answer(200))
		}
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("waited %v", waited)
		}
		for _, h := range hanging {
			h.Done(Response{})
		}
	})
}

func TestPacer_HeadersThatNeverLeaveAnythingDoNotStopIt(t *testing.T) {
	for name, headers := range map[string][]string{
		"no reset":               {},
		"a reset long ago":       {"X-RateLimit-Reset", "1"},
		"a reset in a lifetime":  {"X-RateLimit-Reset", "4102444800"},
		"a reset that is none":   {"X-RateLimit-Reset", "soon"},
		"the largest of all":     {"X-RateLimit-Limit", "1e300", "X-RateLimit-Reset", "1e300"},
		"a limit below zero":     {"X-RateLimit-Limit", "-5"},
		"a date that is not now": {"X-RateLimit-Reset", "946684860", "Date", "Mon, 01 Jan 1990 00:00:00 GMT"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Options{MaxConcurrent: 5})
				began := time.Now()
				for range 100 {
					permit(t, p).Done(answer(200, append(headers, "X-RateLimit-Remaining", "0")...))
				}
				if took := time.Since(began); took > 2*longestPause {
					t.Errorf("100 requests that were all accepted took %v", took)
				}
			})
		})
	}
}

func TestPacer_ForgetsHeadersThatHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 5})
		permit(t, p).Done(answer(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Limit", "1"))
		for range silence {
			permit(t, p).Done(answer(200))
		}
		began := time.Now()
		for range 100 {
			permit(t, p).Done(answer(200))
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("waited %v for a budget that nobody speaks of any more", waited)
		}
	})
}

func TestPermit_EndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1})
		first := permit(t, p)
		first.Done(answer(200))
		second := permit(t, p)
		first.Done(answer(429, "Retry-After", "60"))
		if p.inFlight != 1 || !p.backoff.until.IsZero() {
			t.Errorf("%d under way, held until %v", p.inFlight, p.backoff.until)
		}
		second.Done(answer(200))
	})
}

// A plan takes what it can have at once, and does not stand in the queue.
func TestWaitUnlessHeldBack_GivesUpWhereTheLimitHoldsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1})
		first, err := p.Enqueue().WaitUnlessHeldBack(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan error)
		for range 2 { // they wait for the request in flight, until that is refused
			go func() {
				_, err := p.Enqueue().WaitUnlessHeldBack(t.Context())
				got <- err
			}()
		}
		patient := make(chan time.Time)
		go func() {
			if _, err := p.Enqueue().Wait(t.Context()); err != nil {
				t.Error(err)
			}
			patient <- time.Now()
		}()
		synctest.Wait()
		began := time.Now()
		first.Done(Response{Status: 429, Header: http.Header{"Retry-After": {"60"}}})
		for range 2 {
			if err := <-got; !errors.Is(err, ErrHeldBack) || time.Since(began) != 0 {
				t.Errorf("got %v after %v", err, time.Since(began))
			}
		}
		if _, err := p.Enqueue().WaitUnlessHeldBack(t.Context()); !errors.Is(err, ErrHeldBack) {
			t.Errorf("got %v while everything is held back", err)
		}
		if waited := (<-patient).Sub(began); waited < time.Minute {
			t.Errorf("the one who waits was let through after %v", waited)
		}
	})
}
