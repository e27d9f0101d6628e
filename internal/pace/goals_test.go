package pace

import (
	"fmt"
	"testing"
	"time"
)

// bound is what a scene must stay within: ratio times the least possible time
// or longer than it by so much, whichever is more, and a part of the requests
// refused.
type bound struct {
	ratio   float64
	longer  time.Duration
	refused float64
}

// The goals. What is longer than a ratio is what nobody can know better: resets
// and Retry-After count whole seconds, so that the end of a window is known to a
// second. That is half of a window as short as that, which no API documents.
var (
	announcedBucket  = bound{1.05, 0, 0.01}
	announcedWindow  = bound{1.10, 1500 * time.Millisecond, 0.05}
	shortWindow      = bound{1.50, 2500 * time.Millisecond, 0.05}
	unannouncedLimit = bound{1.25, time.Second, 0.20}
	// A wait of a whole second in each short window is more than is missing.
	unannouncedShortWindow = bound{1.45, 0, 0.30}
	// A bucket for one never says that one is left: after a refusal, and a pause of
	// a second, nothing shows that it would refill faster.
	bucketForOne = bound{2.10, 0, 0.07}
	// The number is found out once, at the cost of one Retry-After of a second
	// and of what was under way.
	atOnceLimit = bound{1.15, 2500 * time.Millisecond, 0.05}
)

type scene struct {
	name   string
	bound  bound
	at     int // once
	server func() *server
}

func (s scene) check(t *testing.T, requests int, seed uint64) {
	t.Helper()
	o := simulate(t, load{server: s.server, requests: requests, at: s.at, seed: seed})
	t.Logf("%.3f of the least possible %v, %v longer, %.2f%% refused", o.ratio(),
		o.least.Round(10*time.Millisecond), (o.took - o.least).Round(10*time.Millisecond), 100*o.refused())
	if most := max(part(o.least, s.bound.ratio), o.least+s.bound.longer); o.took > most {
		t.Errorf("took %v, more than %v", o.took, most)
	}
	if o.server.highest > s.at {
		t.Errorf("%d requests were sent at once, more than %d", o.server.highest, s.at)
	}
	if o.refused() > s.bound.refused {
		t.Errorf("%.2f%% were refused, more than %.0f%%", 100*o.refused(), 100*s.bound.refused)
	}
}

func TestPacer_IsAsFastAsEveryKindOfLimitAllows(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			s.check(t, 200, 1)
			s.check(t, 200, 2)
			s.check(t, 600, 3)
		})
	}
}

// scenes are all kinds of limits and of servers that the pacer has to do with.
// Each is there with Retry-After and without.
func scenes() []scene {
	var all []scene
	add := func(b bound, m manners, l func() limit, name string, args ...any) {
		m.latency = 20 * time.Millisecond
		at := 5
		if m.most > 0 {
			at = 20
		}
		name = fmt.Sprintf(name, args...)
		polite := m
		polite.retryAfter = true
		all = append(all,
			scene{name, b, at, func() *server { return &server{manners: polite, limit: l()} }},
			scene{name + ", no Retry-After", b, at, func() *server { return &server{manners: m, limit: l()} }})
	}
	addBuckets(add)
	addWindowsOfAMinute(add)
	addWindowsOfASecond(add)
	add(announcedWindow, manners{headers: true}, func() limit {
		return &sliding{count: 120, length: time.Minute}
	}, "sliding window of 120 a minute")
	anyNumber := func() limit { return unlimited{} }
	add(atOnceLimit, manners{headers: true, most: 5}, anyNumber, "5 at once")
	add(atOnceLimit, manners{most: 5}, anyNumber, "no headers, 5 at once")
	return all
}

type adder func(b bound, m manners, l func() limit, name string, args ...any)

func addBuckets(add adder) {
	for _, b := range []struct {
		perSecond float64
		burst     int
	}{{20, 20}, {2, 20}, {10, 100}} {
		for _, says := range []int{int(b.perSecond * 60), b.burst} {
			for _, reset := range bucketResets {
				add(announcedBucket, manners{headers: true}, func() limit {
					return &bucket{perSecond: b.perSecond, burst: b.burst, says: says, resets: reset.at}
				}, "bucket of %v a second, burst %d, limit %d, reset %s", b.perSecond, b.burst, says, reset.name)
			}
		}
		add(unannouncedLimit, manners{}, func() limit {
			return &bucket{perSecond: b.perSecond, burst: b.burst}
		}, "no headers, bucket of %v a second, burst %d", b.perSecond, b.burst)
	}
	add(bucketForOne, manners{headers: true}, func() limit {
		return &bucket{perSecond: 2, burst: 1, says: 120, resets: whenNext}
	}, "bucket of 2 a second, burst 1")
}

const (
	millisecond = time.Millisecond
	// withFirst is the phase of windows that begin with the first request.
	withFirst = -1
)

func addWindowsOfAMinute(add adder) {
	for _, count := range []int{60, 120, 600} {
		for _, phase := range []time.Duration{
			withFirst, 0, 1, 300 * millisecond, 700 * millisecond, 2500 * millisecond, 5200 * millisecond,
			11 * time.Second, 30370 * millisecond, 59900 * millisecond,
		} {
			minute := func() limit { return &window{count: count, length: time.Minute, phase: phase} }
			name := fmt.Sprintf("window of %d a minute, phase %v", count, phase)
			add(announcedWindow, manners{headers: true}, minute, name)
			switch {
			case phase == 300*millisecond || phase == 30370*millisecond:
				add(announcedWindow, manners{headers: true, reset: down}, minute, name+", reset rounded down")
				add(announcedWindow, manners{headers: true, ahead: 37400 * millisecond}, minute, name+", clock ahead")
				add(announcedWindow, manners{headers: true, ahead: -7200300 * millisecond}, minute, name+", clock behind")
			case count == 120:
				add(unannouncedLimit, manners{}, minute, "no headers, "+name)
			}
		}
	}
}

func addWindowsOfASecond(add adder) {
	for phase := time.Duration(withFirst); phase < time.Second; phase += 100*millisecond + 1 {
		second := func() limit { return &window{count: 20, length: time.Second, phase: phase} }
		name := fmt.Sprintf("window of 20 a second, phase %v", phase)
		add(shortWindow, manners{headers: true}, second, name)
		add(shortWindow, manners{headers: true, reset: down}, second, name+", reset rounded down")
		add(shortWindow, manners{headers: true, ahead: 37400 * millisecond}, second, name+", clock ahead")
		add(unannouncedShortWindow, manners{}, second, "no headers, "+name)
	}
}
