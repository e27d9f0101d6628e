package pace

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// load is what is simulated: requests that all want to start at once, in
// several processes that know nothing of each other.
type load struct {
	server    func() *server
	pacers    int // processes; less than 1 counts as 1
	requests  int // of all of them
	at        int // once, in each
	perMinute int
	seed      uint64
	onWait    func(Wait)
}

// outcome is what came of a load.
type outcome struct {
	took, least time.Duration
	server      *server
	began       time.Time
	ended       []time.Time // of each process
	done        []int       // accepted for each process
	// whenFirstEnded is what was done when the first of the processes ended.
	whenFirstEnded []int
	order          []int // of acceptance, of the requests of the first process
}

func (o outcome) ratio() float64 { return o.took.Seconds() / o.least.Seconds() }

func (o outcome) refused() float64 {
	return float64(o.server.refused) / float64(len(o.server.accepted))
}

// simulate runs a load in simulated time. No two things happen at the same
// instant, so that the same seed gives the same outcome every time.
func simulate(t *testing.T, l load) outcome {
	t.Helper()
	var o outcome
	synctest.Test(t, func(t *testing.T) {
		pacers := max(l.pacers, 1)
		o.server, o.began, o.ended = l.server(), time.Now(), make([]time.Time, pacers)
		o.done = make([]int, pacers)
		once := pacers * l.at
		if o.server.most > 0 {
			once = min(once, o.server.most)
		}
		o.least = least(l.server().limit, o.began, l.requests, once, o.server.latency)
		var all sync.WaitGroup
		var mu sync.Mutex
		for n := range pacers {
			p := New(Options{MaxConcurrent: l.at, PerMinute: l.perMinute, OnWait: l.onWait})
			p.random = rand.New(rand.NewPCG(l.seed, uint64(n))).Float64
			var own sync.WaitGroup
			for i := range l.requests / pacers {
				slot := p.Enqueue()
				own.Go(func() {
					time.Sleep(time.Duration(i*pacers + n)) // nanoseconds, to call in order
					untilAccepted(t, slot, o.server, rand.New(rand.NewPCG(l.seed, uint64(i*pacers+n))))
					mu.Lock()
					defer mu.Unlock()
					if o.done[n]++; o.done[n] == l.requests/pacers && o.whenFirstEnded == nil {
						o.whenFirstEnded = slices.Clone(o.done)
					}
					if n == 0 {
						o.order = append(o.order, i)
					}
				})
			}
			all.Go(func() { own.Wait(); o.ended[n] = time.Now() })
		}
		all.Wait()
		o.took = time.Since(o.began)
	})
	if len(o.server.accepted) != l.requests {
		t.Errorf("%d of %d requests were accepted", len(o.server.accepted), l.requests)
	}
	return o
}

// untilAccepted sends a request until the server accepts it.
func untilAccepted(t *testing.T, slot *Slot, s *server, random *rand.Rand) {
	for {
		turn, err := slot.Wait(context.Background())
		if err != nil {
			t.Error(err)
			return
		}
		// The network is not a metronome: up to a twentieth more or less.
		answer := s.request(s.latency + part(s.latency/10, random.Float64()-0.5))
		turn.Done(answer)
		if answer.Status == http.StatusOK {
			return
		}
	}
}
