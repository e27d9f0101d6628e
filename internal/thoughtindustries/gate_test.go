package thoughtindustries

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limit is what a simulated server allows.
type limit interface {
	take(now time.Time) bool      // one request, if there is one left
	left(now time.Time) int       // how many are left
	next(now time.Time) time.Time // when there is one again
}

// bucket holds burst and fills at perSecond.
type bucket struct {
	perSecond float64
	burst     int
	level     float64
	at        time.Time
}

// almost allows for rounding to nanoseconds.
const almost = 1 - 1e-6

func (b *bucket) fill(now time.Time) {
	if b.at.IsZero() {
		b.level = float64(b.burst)
	} else {
		b.level = min(float64(b.burst), b.level+now.Sub(b.at).Seconds()*b.perSecond)
	}
	b.at = now
}

func (b *bucket) take(now time.Time) bool {
	b.fill(now)
	if b.level < almost {
		return false
	}
	b.level--
	return true
}

func (b *bucket) left(now time.Time) int {
	b.fill(now)
	return int(b.level + 1e-6)
}

func (b *bucket) next(now time.Time) time.Time {
	b.fill(now)
	return now.Add(time.Duration(math.Ceil(max(1-b.level, 0) / b.perSecond * 1e9)))
}

// window allows count until it ends; the next one begins with a request.
type window struct {
	count  int
	length time.Duration
	used   int
	end    time.Time
}

func (w *window) left(now time.Time) int {
	if !now.Before(w.end) {
		return w.count
	}
	return w.count - w.used
}

func (w *window) take(now time.Time) bool {
	if !now.Before(w.end) {
		w.used, w.end = 0, now.Add(w.length)
	}
	if w.used >= w.count {
		return false
	}
	w.used++
	return true
}

func (w *window) next(now time.Time) time.Time {
	if w.left(now) > 0 {
		return now
	}
	return w.end
}

// unlimited limits nothing.
type unlimited struct{}

func (unlimited) take(time.Time) bool          { return true }
func (unlimited) left(time.Time) int           { return 1000 }
func (unlimited) next(now time.Time) time.Time { return now }

// gateManners are how a simulated server refuses.
type gateManners struct {
	mostAtOnce int // 0: any number
	headers    bool
	retryAfter bool
}

// gateServer is a server with a limit, in simulated time.
type gateServer struct {
	gateManners

	limit limit

	mu       sync.Mutex
	underWay int
	accepted int
	refused  int
	arrived  []time.Time
}

const gateLatency = 20 * time.Millisecond

// request sends one request to the server; half of the latency passes before it decides.
func (s *gateServer) request(latency time.Duration) result {
	time.Sleep(latency / 2)
	r, served := s.decide(time.Now())
	time.Sleep(latency - latency/2)
	if served {
		s.mu.Lock()
		s.underWay--
		s.mu.Unlock()
	}
	return r
}

func (s *gateServer) decide(now time.Time) (r result, served bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, now)
	r = result{status: http.StatusOK, header: http.Header{}}
	wait := 50 * time.Millisecond
	served = s.mostAtOnce == 0 || s.underWay < s.mostAtOnce
	if served && !s.limit.take(now) {
		served, wait = false, s.limit.next(now).Sub(now)
	}
	if served {
		s.accepted++
		s.underWay++
	} else {
		s.refused++
		r.status = http.StatusTooManyRequests
		if s.retryAfter {
			r.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
	}
	if s.headers {
		reset := s.limit.next(now).Add(time.Second - 1).Truncate(time.Second)
		r.header.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit.left(now)))
		r.header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	return r, served
}

// leastTime is how long somebody who knows the limit needs.
func leastTime(l limit, began time.Time, count, atOnce int) time.Duration {
	free := make([]time.Time, atOnce)
	for i := range free {
		free[i] = began
	}
	var last, end time.Time
	for i := range count {
		at := free[i%atOnce].Add(gateLatency / 2)
		if at.Before(last) {
			at = last
		}
		for !l.take(at) {
			at = l.next(at)
		}
		last, end = at, at.Add(gateLatency/2)
		free[i%atOnce] = end
	}
	return end.Sub(began)
}

// gateScene is a kind of limit, and what the gate may cost there: a ratio to the
// least possible time, and a part of the requests refused.
type gateScene struct {
	name      string
	limit     func() limit
	server    gateManners
	perMinute int
	ratio     float64
	refused   float64
}

func gateScenes() []gateScene {
	perSecond := func() limit { return &bucket{perSecond: 20, burst: 20} }
	perMinute := func() limit { return &bucket{perSecond: 2, burst: 20} }
	minute := func() limit { return &window{count: 120, length: time.Minute} }
	quarter := func() limit { return &window{count: 250, length: 15 * time.Minute} }
	anything := func() limit { return unlimited{} }
	said := gateManners{headers: true, retryAfter: true}
	return []gateScene{
		{name: "bucket of 20 a second", limit: perSecond, server: said, ratio: 1.2, refused: 0.03},
		{name: "bucket of 120 a minute", limit: perMinute, server: said, ratio: 1.05, refused: 0.01},
		{name: "window of 120 a minute", limit: minute, server: said, ratio: 1.05, refused: 0.02},
		{name: "window of 250 in 15 minutes", limit: quarter, server: said, ratio: 1.02, refused: 0.02},
		{name: "no headers, 20 a second", limit: perSecond, ratio: 1.25, refused: 0.15},
		{name: "3 at once", limit: anything, server: gateManners{mostAtOnce: 3, retryAfter: true}, ratio: 2.3, refused: 0.03},
		{name: "requests_per_minute", limit: anything, perMinute: 120, ratio: math.Inf(1)},
	}
}

// run sends requests that all want to start at once, and gives how long it took in
// multiples of the least time, and the server.
func (s gateScene) run(t *testing.T, requests int, seed uint64) (ratio float64, server *gateServer) {
	const atOnce = 5
	server = &gateServer{gateManners: s.server}
	synctest.Test(t, func(t *testing.T) {
		server.limit = s.limit()
		began := time.Now()
		most := atOnce
		if server.mostAtOnce > 0 {
			most = min(most, server.mostAtOnce)
		}
		g := newGate(atOnce, s.perMinute, func(context.Context, time.Duration) {})
		var all sync.WaitGroup
		for i := range requests {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			all.Go(func() {
				time.Sleep(time.Duration(i)) // nanoseconds, to come in order
				for status := 0; status != http.StatusOK; {
					started, err := g.wait(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					// The network is not a metronome: up to a twentieth more or less.
					r := server.request(gateLatency + time.Duration((random.Float64()-0.5)*float64(gateLatency)/10))
					started.done(r)
					status = r.status
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		ratio = took.Seconds() / leastTime(s.limit(), began, requests, most).Seconds()
	})
	return ratio, server
}

func TestGate_KeepsToEveryKindOfLimit(t *testing.T) {
	for _, scene := range gateScenes() {
		t.Run(scene.name, func(t *testing.T) {
			const requests = 400
			ratio, refused := 0.0, 0.0
			for seed := range uint64(3) {
				r, server := scene.run(t, requests, seed)
				ratio += r / 3
				refused += float64(server.refused) / requests / 3
				if server.accepted != requests {
					t.Errorf("%d of %d requests were accepted", server.accepted, requests)
				}
				if most := mostInAMinute(server.arrived); scene.perMinute > 0 && most > scene.perMinute {
					t.Errorf("%d requests came within a minute, and the ceiling is %d", most, scene.perMinute)
				}
			}
			t.Logf("%.3f of the least possible time, %.1f%% refused", ratio, 100*refused)
			if ratio > scene.ratio {
				t.Errorf("it took %.3f of the least possible time, more than %.2f", ratio, scene.ratio)
			}
			if refused > scene.refused {
				t.Errorf("%.1f%% of the requests were refused, more than %.0f%%", 100*refused, 100*scene.refused)
			}
		})
	}
}

// mostInAMinute gives the most requests that came within any 60 seconds.
func mostInAMinute(arrived []time.Time) int {
	most, first := 0, 0
	for last, at := range arrived {
		for at.Sub(arrived[first]) >= time.Minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func TestGate_TheCeilingHoldsForEveryNumber(t *testing.T) {
	for _, perMinute := range []int{1, 2, 5, 9, 10, 19, 20, 60, 119} {
		scene := gateScene{limit: func() limit { return unlimited{} }, perMinute: perMinute}
		_, server := scene.run(t, 2*perMinute+5, 1)
		if most := mostInAMinute(server.arrived); most > perMinute {
			t.Errorf("%d requests came within a minute, and the ceiling is %d", most, perMinute)
		}
	}
}
