package pace

import (
	"strconv"
	"testing"
	"time"
)

// busiest gives the most times in any minute.
func busiest(times []time.Time) int {
	most, first := 0, 0
	for i, at := range times {
		for at.Sub(times[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestCeiling_TheAPINeverSeesMoreInAnyMinute(t *testing.T) {
	for name, s := range map[string]func() *server{
		"no limit, no headers": func() *server { return &server{limit: unlimited{}} },
		"headers allow more":   func() *server { return &server{manners: manners{headers: true}, limit: unlimited{}} },
		"slow answers":         func() *server { return &server{manners: manners{latency: 30 * time.Second}, limit: unlimited{}} },
		"many are refused": func() *server {
			return &server{limit: &window{count: 20, length: 10 * time.Second, phase: 3 * time.Second}}
		},
		"a window of a minute": func() *server {
			return &server{manners: manners{headers: true}, limit: &window{count: 70, length: time.Minute, phase: 30 * time.Second}}
		},
	} {
		for _, perMinute := range []int{1, 7, 60} {
			t.Run(name+", "+strconv.Itoa(perMinute)+" a minute", func(t *testing.T) {
				fresh := func() *server {
					s := s()
					s.latency = max(s.latency, 200*time.Millisecond)
					return s
				}
				o := simulate(t, load{server: fresh, requests: 3*perMinute + 1, at: 5, perMinute: perMinute})
				if most := busiest(o.server.arrived); most > perMinute {
					t.Errorf("%d arrived in a minute", most)
				}
				if o.took < 3*time.Minute {
					t.Errorf("took %v only", o.took)
				}
			})
		}
	}
}

func TestCeiling_CostsNoMoreThanItMust(t *testing.T) {
	o := simulate(t, load{
		server: func() *server {
			return &server{manners: manners{latency: 20 * time.Millisecond}, limit: unlimited{}}
		},
		requests: 600, at: 5, perMinute: 60,
	})
	if o.took > 9*time.Minute+5*time.Second {
		t.Errorf("600 requests at 60 a minute took %v", o.took)
	}
}
