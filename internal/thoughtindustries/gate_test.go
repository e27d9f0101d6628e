package thoughtindustries

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// simLimit is a limit of a simulated server.
type simLimit interface {
	take(now time.Time) bool
	left(now time.Time) int
	next(now time.Time) time.Time // when there is one again
	reset(now time.Time) time.Time
}

// simBucket holds burst and fills evenly.
type simBucket struct {
	perSecond, burst, level float64
	at                      time.Time
}

func (b *simBucket) fill(now time.Time) {
	if b.at.IsZero() {
		b.level = b.burst
	} else {
		b.level = min(b.burst, b.level+now.Sub(b.at).Seconds()*b.perSecond)
	}
	b.at = now
}

// almost allows for rounding to nanoseconds.
const almost = 1 - 1e-6

func (b *simBucket) take(now time.Time) bool {
	if b.fill(now); b.level < almost {
		return false
	}
	b.level--
	return true
}

func (b *simBucket) left(now time.Time) int { b.fill(now); return int(b.level + 1e-6) }

func (b *simBucket) in(tokens float64) time.Duration {
	return time.Duration(math.Ceil(max(tokens-b.level, 0) / b.perSecond * 1e9))
}

func (b *simBucket) next(now time.Time) time.Time  { b.fill(now); return now.Add(b.in(1)) }
func (b *simBucket) reset(now time.Time) time.Time { return now.Add(b.in(b.burst)) }

// simWindow allows count in each window; the first one ends after 17 seconds.
type simWindow struct {
	count, used int
	length      time.Duration
	end         time.Time
}

func (w *simWindow) advance(now time.Time) {
	if w.end.IsZero() {
		w.end = now.Add(17 * time.Second)
	}
	for !now.Before(w.end) {
		w.used, w.end = 0, w.end.Add(w.length)
	}
}

func (w *simWindow) take(now time.Time) bool {
	if w.advance(now); w.used >= w.count {
		return false
	}
	w.used++
	return true
}

func (w *simWindow) left(now time.Time) int { w.advance(now); return w.count - w.used }

func (w *simWindow) next(now time.Time) time.Time {
	if w.left(now) > 0 {
		return now
	}
	return w.end
}

func (w *simWindow) reset(now time.Time) time.Time { w.advance(now); return w.end }

// unlimited is never empty.
func unlimited() simLimit { return &simBucket{perSecond: 1e9, burst: 1e9} }

// simServer counts what it is sent.
type simServer struct {
	limit   simLimit
	latency time.Duration
	headers bool
	atOnce  int // 0: any number

	mu            sync.Mutex
	sent, highest int
	serving       int
	accepted      int
	refused       int
	arrived       []time.Time
}

// request takes half of its time before the server decides, and half after.
func (s *simServer) request(latency time.Duration) result {
	s.mu.Lock()
	s.sent++
	s.highest = max(s.highest, s.sent)
	s.mu.Unlock()
	time.Sleep(latency / 2)
	r := s.decide(time.Now())
	time.Sleep(latency - latency/2)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent--
	if r.status == http.StatusOK {
		s.serving--
	}
	return r
}

func (s *simServer) decide(now time.Time) result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, now)
	r := result{status: http.StatusTooManyRequests, header: http.Header{}, connected: true}
	switch {
	case s.atOnce > 0 && s.serving >= s.atOnce:
		r.header.Set("Retry-After", "1")
	case s.limit.take(now):
		r.status = http.StatusOK
		s.serving++
		s.accepted++
	default:
		wait := math.Ceil(s.limit.next(now).Sub(now).Seconds())
		r.header.Set("Retry-After", strconv.Itoa(int(wait)))
	}
	if r.status != http.StatusOK {
		s.refused++
	}
	if s.headers {
		r.header.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit.left(now)))
		reset := s.limit.reset(now).Add(time.Second - 1).Truncate(time.Second)
		r.header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	return r
}

// leastTime is the least possible time for so many requests, by somebody who knows the limit.
func leastTime(s *simServer, began time.Time, requests, atOnce int) time.Duration {
	if s.atOnce > 0 {
		atOnce = min(atOnce, s.atOnce)
	}
	free := make([]time.Time, atOnce)
	for i := range free {
		free[i] = began
	}
	var last, end time.Time
	for i := range requests {
		at := free[i%atOnce].Add(s.latency / 2)
		if at.Before(last) {
			at = last
		}
		for !s.limit.take(at) {
			at = s.limit.next(at)
		}
		last, end = at, at.Add(s.latency-s.latency/2)
		free[i%atOnce] = end
	}
	return end.Sub(began)
}

// rush sends requests that all want to start now, each until it is accepted.
func rush(g *gate, s *simServer, requests int, seed uint64) {
	var all sync.WaitGroup
	for i := range requests {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			time.Sleep(time.Duration(i))
			for {
				started, err := g.wait(context.Background())
				if err != nil {
					panic(err) // the context never ends
				}
				// The network is not a metronome: up to a twentieth more or less.
				r := s.request(s.latency + time.Duration((random.Float64()-0.5)*float64(s.latency)/10))
				started.done(r)
				if r.status == http.StatusOK {
					return
				}
			}
		})
	}
	all.Wait()
}

func newTestGate(atOnce, perMinute int) *gate {
	return newGate(atOnce, perMinute)
}

func TestGate_IsNearlyAsFastAsEachLimitAllowsWithFewRefusals(t *testing.T) {
	const latency = 20 * time.Millisecond
	bucket := func(perSecond float64) simLimit { return &simBucket{perSecond: perSecond, burst: 20} }
	for _, scene := range []struct {
		name     string
		server   func() *simServer
		requests int
		atOnce   int
		ratio    float64
		refused  float64
	}{
		{"a bucket of 20 a second", func() *simServer {
			return &simServer{limit: bucket(20), latency: latency, headers: true}
		}, 600, 5, 1.2, 0.03},
		{"a bucket of 120 a minute", func() *simServer {
			return &simServer{limit: bucket(2), latency: latency, headers: true}
		}, 600, 5, 1.05, 0.01},
		{"a window of 120 a minute", func() *simServer {
			return &simServer{limit: &simWindow{count: 120, length: time.Minute}, latency: latency, headers: true}
		}, 600, 5, 1.05, 0.02},
		{"a window of 250 in 15 minutes", func() *simServer {
			return &simServer{limit: &simWindow{count: 250, length: 15 * time.Minute}, latency: 10 * latency, headers: true}
		}, 1000, 5, 1.02, 0.02},
		{"no headers, a bucket of 20 a second", func() *simServer {
			return &simServer{limit: bucket(20), latency: latency}
		}, 600, 5, 1.25, 0.15},
		{"3 at once", func() *simServer {
			return &simServer{limit: unlimited(), latency: latency, headers: true, atOnce: 3}
		}, 600, 20, 2.3, 0.03},
	} {
		t.Run(scene.name, func(t *testing.T) {
			var ratio, refused float64
			const seeds = 3
			for seed := range uint64(seeds) {
				synctest.Test(t, func(t *testing.T) {
					began, server := time.Now(), scene.server()
					least := leastTime(scene.server(), began, scene.requests, scene.atOnce)
					rush(newTestGate(scene.atOnce, 0), server, scene.requests, seed)
					ratio += time.Since(began).Seconds() / least.Seconds() / seeds
					refused += float64(server.refused) / float64(scene.requests) / seeds
					if server.accepted != scene.requests || server.highest > scene.atOnce {
						t.Errorf("%d were accepted, %d were sent at once", server.accepted, server.highest)
					}
				})
			}
			t.Logf("%.3f of the least possible time, %.2f%% refused", ratio, 100*refused)
			if ratio > scene.ratio || refused > scene.refused {
				t.Errorf("more than %.2f of the least possible time, or more than %.0f%%", scene.ratio, 100*scene.refused)
			}
		})
	}
}

func TestGate_RequestsPerMinuteIsNotExceededInAnyMinute(t *testing.T) {
	for _, perMinute := range []int{1, 2, 7, 19, 20, 60, 200} {
		t.Run(strconv.Itoa(perMinute), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				g, server := newTestGate(5, perMinute), &simServer{limit: unlimited(), latency: 200 * time.Millisecond}
				rush(g, server, 2*perMinute+1, 1)
				took := time.Since(began)
				for _, idle := range []time.Duration{20 * time.Second, 59 * time.Second, 10 * time.Minute} {
					time.Sleep(idle)
					rush(g, server, perMinute+1, 1)
				}
				first, busiest := 0, 0
				for i, at := range server.arrived {
					for at.Sub(server.arrived[first]) >= time.Minute {
						first++
					}
					busiest = max(busiest, i-first+1)
				}
				if busiest > perMinute {
					t.Errorf("%d came in one minute", busiest)
				}
				if most := 3 * time.Minute; took > most {
					t.Errorf("%d took %v, more than %v", 2*perMinute+1, took, most)
				}
			})
		})
	}
}

// simResponse has a status and pairs of header names and values.
func simResponse(status int, pairs ...string) result {
	r := result{status: status, header: http.Header{}, connected: true}
	for i := 0; i < len(pairs); i += 2 {
		r.header.Set(pairs[i], pairs[i+1])
	}
	return r
}

func permitOf(t *testing.T, g *gate) *permit {
	t.Helper()
	started, err := g.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func TestGate_WaitsAsTheResponseAsksAndASecondAtLeastAfterARefusal(t *testing.T) {
	withBody := func(body string) result {
		r := simResponse(429)
		r.body = []byte(body)
		return r
	}
	noneForLong := simResponse(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9999999999")
	for name, test := range map[string]struct {
		response result
		want     time.Duration
	}{
		"429, 0 seconds":            {simResponse(429, "Retry-After", "0"), time.Second},
		"429, not a number":         {simResponse(429, "Retry-After", "NaN"), time.Second},
		"429, without end":          {simResponse(429, "Retry-After", "1e300"), 24 * time.Hour},
		"429, a date in the past":   {simResponse(429, "Retry-After", "Fri, 31 Dec 1999 00:00:00 GMT"), time.Second},
		"429, no time":              {simResponse(429), time.Second},
		"429, 20 minutes":           {simResponse(429, "Retry-After", "1200"), 20 * time.Minute},
		"429, seconds in its body":  {withBody(`{"error":"rate_limited","retryAfter":45}`), 45 * time.Second},
		"429, a moment in its body": {withBody(`{"retryAfter":0.25}`), time.Second},
		"503, 30 seconds":           {simResponse(503, "Retry-After", "30"), 30 * time.Second},
		"502, a date":               {simResponse(502, "Retry-After", "Sat, 01 Jan 2000 00:00:40 GMT"), 40 * time.Second},
		"502, a date by another clock": {simResponse(502, "Date", "Sat, 01 Jan 2000 09:00:00 GMT", "Retry-After",
			"Sat, 01 Jan 2000 09:00:40 GMT"), 40 * time.Second},
		"503, no time":            {simResponse(503), 0},
		"404, 30 seconds":         {simResponse(404, "Retry-After", "30"), 0},
		"200, none left":          {simResponse(200, "X-RateLimit-Remaining", "0"), time.Second},
		"200, none left for long": {noneForLong, time.Second},
		"no response":             {result{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newTestGate(5, 0)
				permitOf(t, g).done(test.response)
				began := time.Now()
				permitOf(t, g).done(simResponse(200))
				if waited := time.Since(began); waited < test.want || waited > test.want+250*time.Millisecond {
					t.Errorf("waited %v, want %v", waited, test.want)
				}
			})
		})
	}
}

// A server that goes on refusing is asked less and less often.
func TestGate_RefusalsInARowAreWaitedForLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGate(5, 0)
		var waits []time.Duration
		for range 8 {
			began := time.Now()
			permitOf(t, g).done(simResponse(429))
			waits = append(waits, time.Since(began).Truncate(time.Second))
		}
		if got := fmt.Sprint(waits); got != "[0s 1s 2s 4s 8s 16s 30s 30s]" {
			t.Errorf("the waits are %s", got)
		}
	})
}

// inFlight gives how many requests the gate lets start without any of them ending.
func inFlight(t *testing.T, g *gate) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var started []*permit
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if permit, err := g.wait(ctx); err == nil {
				mu.Lock()
				defer mu.Unlock()
				started = append(started, permit)
			}
		})
	}
	synctest.Wait()
	cancel()
	all.Wait()
	for _, permit := range started {
		permit.done(result{})
	}
	return len(started)
}

func TestGate_HowManyMayBeInFlight(t *testing.T) {
	good, refusal := simResponse(200), simResponse(429, "X-RateLimit-Remaining", "50")
	putOff, quota := simResponse(503, "Retry-After", "1"), simResponse(429, "X-RateLimit-Remaining", "0")
	pause := func(*testing.T, *gate) { time.Sleep(2 * time.Second) }
	times := func(count int, r result) func(*testing.T, *gate) {
		return func(t *testing.T, g *gate) {
			for range count {
				permitOf(t, g).done(r)
			}
		}
	}
	atOnce := func(count int, last result) func(*testing.T, *gate) {
		return func(t *testing.T, g *gate) {
			var started []*permit
			for range count {
				started = append(started, permitOf(t, g))
			}
			started[count-1].done(last) // the one too many
			for _, permit := range started[:count-1] {
				permit.done(good)
			}
		}
	}
	all := times(20, good)
	type steps []func(*testing.T, *gate)
	for name, test := range map[string]struct {
		steps steps
		want  int
	}{
		"two at first":                     {nil, 2},
		"one more with each success":       {steps{times(2, good)}, 4},
		"never more than allowed":          {steps{times(100, good)}, 10},
		"one after a refusal":              {steps{all, times(1, refusal), pause}, 1},
		"then one more with each success":  {steps{all, times(1, refusal), times(3, good)}, 4},
		"one after a 503 that asks":        {steps{all, times(1, putOff), pause}, 1},
		"as before after a 500":            {steps{all, times(1, simResponse(500))}, 10},
		"fewer where six were too many":    {steps{all, atOnce(6, refusal), all}, 5},
		"as before where the quota was it": {steps{all, atOnce(6, quota), all}, 10},
		"one more after many successes":    {steps{all, atOnce(6, refusal), times(300, good)}, 6},
		"as many as are left":              {steps{all, times(1, simResponse(200, "X-RateLimit-Remaining", "3"))}, 3},
		"no response teaches nothing":      {steps{all, atOnce(6, result{})}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newTestGate(10, 0)
				for _, step := range test.steps {
					step(t, g)
				}
				if got := inFlight(t, g); got != test.want {
					t.Errorf("%d may be in flight, want %d", got, test.want)
				}
			})
		})
	}
}
