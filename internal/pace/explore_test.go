package pace

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type outcome struct {
	took, least time.Duration
	refused     float64
	highest     int
}

func simulate(t *testing.T, s func() *server, pacers, count, concurrent int, seed uint64) outcome {
	var o outcome
	synctest.Test(t, func(t *testing.T) {
		srv := s()
		began := time.Now()
		o.least = least(s().limit, began, pacers*count, pacers*concurrent, srv.latency)
		if srv.most > 0 {
			o.least = least(s().limit, began, pacers*count, min(srv.most, pacers*concurrent), srv.latency)
		}
		var wg sync.WaitGroup
		for n := range pacers {
			p := New(Options{MaxConcurrent: concurrent})
			p.random = rand.New(rand.NewPCG(seed, uint64(n))).Float64
			for range count {
				place := p.Line()
				wg.Go(func() {
					defer place.Leave()
					for {
						turn, err := place.Wait(context.Background())
						if err != nil {
							t.Error(err)
							return
						}
						a := srv.request()
						turn.Done(a)
						if a.Status == 200 {
							return
						}
					}
				})
			}
		}
		wg.Wait()
		o.took = time.Since(began)
		o.refused = float64(srv.refused) / float64(pacers*count)
		o.highest = srv.highest
	})
	return o
}

type scene struct {
	name string
	srv  func() *server
}

func scenes() []scene {
	lat := 20 * time.Millisecond
	var out []scene
	add := func(name string, f func() *server) {
		out = append(out, scene{name, func() *server { s := f(); s.latency = lat; return s }})
	}
	resets := []struct {
		n string
		f func(*bucket, time.Time) time.Time
	}{{"full", whenFull}, {"next", whenNext}, {"now", atOnce}, {"minute", nextMinute}, {"inmin", inAMinute}, {"hour", inAnHour}, {"ago", longAgo}, {"9999", yearNineThousand}}
	for _, ra := range []bool{true, false} {
		for _, b := range []struct {
			r float64
			b int
		}{{20, 20}, {2, 20}, {10, 100}} {
			for _, says := range []int{int(b.r * 60), b.b} {
				for _, r := range resets {
					add(fmt.Sprintf("bucket ra=%v %v/s b%d says=%d reset=%s", ra, b.r, b.b, says, r.n), func() *server {
						return &server{limit: &bucket{perSecond: b.r, burst: b.b, says: says, resets: r.f}, headers: true, retryAfter: ra}
					})
				}
			}
		}
		for _, n := range []int{60, 120, 600} {
			for _, ph := range []time.Duration{-1, 0, 1, 300 * time.Millisecond, 700 * time.Millisecond, 2500 * time.Millisecond, 5200 * time.Millisecond, 11 * time.Second, 30*time.Second + 370*time.Millisecond, 59*time.Second + 900*time.Millisecond} {
				add(fmt.Sprintf("window ra=%v %d/60s phase=%v", ra, n, ph), func() *server {
					return &server{limit: &window{count: n, length: time.Minute, phase: ph}, headers: true, retryAfter: ra}
				})
				if ph == 300*time.Millisecond || ph == 30*time.Second+370*time.Millisecond {
					add(fmt.Sprintf("window ra=%v %d/60s phase=%v down", ra, n, ph), func() *server {
						return &server{limit: &window{count: n, length: time.Minute, phase: ph}, headers: true, retryAfter: ra, reset: down}
					})
					add(fmt.Sprintf("window ra=%v %d/60s phase=%v ahead 37.4", ra, n, ph), func() *server {
						return &server{limit: &window{count: n, length: time.Minute, phase: ph}, headers: true, retryAfter: ra, ahead: 37400 * time.Millisecond}
					})
					add(fmt.Sprintf("window ra=%v %d/60s phase=%v behind 2h", ra, n, ph), func() *server {
						return &server{limit: &window{count: n, length: time.Minute, phase: ph}, headers: true, retryAfter: ra, ahead: -7200300 * time.Millisecond}
					})
				}
			}
		}
		for ph := time.Duration(-1); ph < time.Second; ph += 100*time.Millisecond + 1 {
			for _, r := range []struct {
				n string
				f func(time.Time) time.Time
			}{{"up", up}, {"down", down}} {
				add(fmt.Sprintf("window ra=%v 20/1s phase=%v %s", ra, ph, r.n), func() *server {
					return &server{limit: &window{count: 20, length: time.Second, phase: ph}, headers: true, retryAfter: ra, reset: r.f}
				})
			}
			add(fmt.Sprintf("window ra=%v 20/1s phase=%v ahead 37.4", ra, ph), func() *server {
				return &server{limit: &window{count: 20, length: time.Second, phase: ph}, headers: true, retryAfter: ra, ahead: 37400 * time.Millisecond}
			})
		}
		for _, b := range []struct {
			r float64
			b int
		}{{20, 20}, {2, 20}, {10, 100}} {
			add(fmt.Sprintf("blind bucket ra=%v %v/s b%d", ra, b.r, b.b), func() *server { return &server{limit: &bucket{perSecond: b.r, burst: b.b}, retryAfter: ra} })
		}
		for _, ph := range []time.Duration{-1, 0, 300 * time.Millisecond, 2500 * time.Millisecond, 11 * time.Second, 30*time.Second + 370*time.Millisecond, 59*time.Second + 900*time.Millisecond} {
			add(fmt.Sprintf("blind window ra=%v 120/60s phase=%v", ra, ph), func() *server {
				return &server{limit: &window{count: 120, length: time.Minute, phase: ph}, retryAfter: ra}
			})
		}
		for ph := time.Duration(-1); ph < time.Second; ph += 200*time.Millisecond + 1 {
			add(fmt.Sprintf("blind window ra=%v 20/1s phase=%v", ra, ph), func() *server {
				return &server{limit: &window{count: 20, length: time.Second, phase: ph}, retryAfter: ra}
			})
		}
		add(fmt.Sprintf("sliding ra=%v 120/60s", ra), func() *server {
			return &server{limit: &sliding{count: 120, length: time.Minute}, headers: true, retryAfter: ra}
		})
		add(fmt.Sprintf("bucket b1 2/s ra=%v", ra), func() *server {
			return &server{limit: &bucket{perSecond: 2, burst: 1, says: 120, resets: whenNext}, headers: true, retryAfter: ra}
		})
		add(fmt.Sprintf("at once 5 headers ra=%v", ra), func() *server { return &server{limit: unlimited{}, most: 5, headers: true, retryAfter: ra} })
		add(fmt.Sprintf("at once 5 blind ra=%v", ra), func() *server { return &server{limit: unlimited{}, most: 5, retryAfter: ra} })
	}
	return out
}

func TestExplore(t *testing.T) {
	conc := 5
	pacers := 1
	fmt.Sscan(os.Getenv("CONC"), &conc)
	fmt.Sscan(os.Getenv("PACERS"), &pacers)
	for _, sc := range scenes() {
		line := ""
		for _, n := range []int{200, 600} {
			var worst outcome
			var ratio float64
			for seed := range uint64(3) {
				c := conc
				if worst.highest < 0 {
					c = 20
				}
				if sc.srv().most > 0 {
					c = 20
				}
				o := simulate(t, sc.srv, pacers, n/pacers, c, seed)
				ratio = max(ratio, o.took.Seconds()/o.least.Seconds())
				worst.refused = max(worst.refused, o.refused)
				worst.least = o.least
				worst.took = max(worst.took, o.took)
				worst.highest = max(worst.highest, o.highest)
			}
			line += fmt.Sprintf("  | %d: %.3f %5.2f%% least %-8v", n, ratio, 100*worst.refused, worst.least.Round(10*time.Millisecond))
		}
		fmt.Printf("%-55s %s\n", sc.name, line)
	}
}
