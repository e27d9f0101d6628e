package pace

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limit is the kind of limit that a fake server has.
type limit interface {
	// take one request at a time, if there is one left.
	take(now time.Time) bool
	// left is how many are left, next when there will be one again if none is.
	left(now time.Time) int
	next(now time.Time) time.Time
	// size and reset are what the headers say.
	size() int
	reset(now time.Time) time.Time
}

// bucket holds burst and fills at perSecond.
type bucket struct {
	perSecond float64
	burst     int
	says      int // as X-RateLimit-Limit
	resets    func(b *bucket, now time.Time) time.Time

	level float64
	at    time.Time
}

func (b *bucket) fill(now time.Time) {
	if b.at.IsZero() {
		b.level = float64(b.burst)
	} else {
		b.level = min(float64(b.burst), b.level+now.Sub(b.at).Seconds()*b.perSecond)
	}
	b.at = now
}

// almost allows for rounding to nanoseconds.
const almost = 1 - 1e-6

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

func (b *bucket) in(tokens float64) time.Duration {
	return time.Duration(math.Ceil(max(tokens-b.level, 0) / b.perSecond * 1e9))
}

func (b *bucket) next(now time.Time) time.Time {
	b.fill(now)
	return now.Add(b.in(1))
}

func (b *bucket) size() int { return b.says }

func (b *bucket) reset(now time.Time) time.Time { return b.resets(b, now) }

// bucketResets is what servers with a bucket are known to call its reset.
var bucketResets = []struct {
	name string
	at   func(*bucket, time.Time) time.Time
}{
	{"when full", whenFull},
	{"when the next comes", whenNext},
	{"now", atOnce},
	{"the next minute", nextMinute},
	{"in a minute", inAMinute},
	{"in an hour", inAnHour},
	{"long ago", longAgo},
	{"in the year 9999", yearNineThousand},
}

func whenFull(b *bucket, now time.Time) time.Time { return now.Add(b.in(float64(b.burst))) }
func whenNext(b *bucket, now time.Time) time.Time { return now.Add(b.in(1)) }
func atOnce(_ *bucket, now time.Time) time.Time   { return now }
func nextMinute(_ *bucket, now time.Time) time.Time {
	return now.Truncate(time.Minute).Add(time.Minute)
}
func inAMinute(_ *bucket, now time.Time) time.Time  { return now.Add(time.Minute) }
func inAnHour(_ *bucket, now time.Time) time.Time   { return now.Add(time.Hour) }
func longAgo(_ *bucket, _ time.Time) time.Time      { return time.Unix(1, 0) }
func yearNineThousand(*bucket, time.Time) time.Time { return time.Unix(253_402_300_799, 0) }

// window allows count a length, all until it ends. Windows begin at phase after
// the epoch of the simulated clock, or with the first request if phase < 0.
type window struct {
	count  int
	length time.Duration
	phase  time.Duration

	used int
	end  time.Time
}

func (w *window) turn(now time.Time) {
	if now.Before(w.end) {
		return
	}
	w.used = 0
	if w.phase < 0 {
		w.end = now.Add(w.length)
		return
	}
	w.end = now.Add(-w.phase).Truncate(w.length).Add(w.length + w.phase)
}

func (w *window) take(now time.Time) bool {
	w.turn(now)
	if w.used >= w.count {
		return false
	}
	w.used++
	return true
}

func (w *window) left(now time.Time) int {
	if !now.Before(w.end) {
		return w.count
	}
	return w.count - w.used
}

func (w *window) next(now time.Time) time.Time {
	if w.left(now) > 0 {
		return now
	}
	return w.end
}
func (w *window) size() int                 { return w.count }
func (w *window) reset(time.Time) time.Time { return w.end }

// sliding allows count in any length.
type sliding struct {
	count  int
	length time.Duration
	taken  []time.Time
}

func (s *sliding) drop(now time.Time) {
	for len(s.taken) > 0 && now.Sub(s.taken[0]) >= s.length {
		s.taken = s.taken[1:]
	}
}

func (s *sliding) take(now time.Time) bool {
	if s.drop(now); len(s.taken) >= s.count {
		return false
	}
	s.taken = append(s.taken, now)
	return true
}

func (s *sliding) left(now time.Time) int { s.drop(now); return s.count - len(s.taken) }

func (s *sliding) next(now time.Time) time.Time {
	if s.left(now) > 0 {
		return now
	}
	return s.taken[0].Add(s.length)
}
func (s *sliding) size() int                     { return s.count }
func (s *sliding) reset(now time.Time) time.Time { return s.next(now) }

// unlimited limits nothing.
type unlimited struct{}

func (unlimited) take(time.Time) bool           { return true }
func (unlimited) left(time.Time) int            { return 1000 }
func (unlimited) next(now time.Time) time.Time  { return now }
func (unlimited) size() int                     { return 1000 }
func (unlimited) reset(now time.Time) time.Time { return now.Add(time.Minute) }

// manners are how a server answers.
type manners struct {
	latency    time.Duration // half of it before and half after it decides
	most       int           // at once; 0: any number
	headers    bool
	retryAfter bool
	reset      func(time.Time) time.Time // to whole seconds; nil: up
	ahead      time.Duration             // of its clock
}

type server struct {
	manners
	limit limit

	mu       sync.Mutex
	sent     int // and not answered
	highest  int // of sent
	underWay int // being served
	accepted []time.Time
	arrived  []time.Time
	refused  int
}

func up(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		return whole.Add(time.Second)
	}
	return t
}
func down(t time.Time) time.Time { return t.Truncate(time.Second) }

// request sends one to the server, which takes simulated time.
func (s *server) request(latency time.Duration) Response {
	s.mu.Lock()
	s.sent++
	s.highest = max(s.highest, s.sent)
	s.mu.Unlock()
	time.Sleep(latency / 2)
	a, served := s.decide(time.Now())
	time.Sleep(latency - latency/2)
	s.mu.Lock()
	s.sent--
	if served {
		s.underWay--
	}
	s.mu.Unlock()
	return a
}

func (s *server) decide(now time.Time) (Response, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, now)
	a := Response{Status: http.StatusOK, Header: http.Header{}}
	wait := time.Duration(0)
	served := s.most == 0 || s.underWay < s.most
	switch {
	case !served:
		wait = 50 * time.Millisecond
	case s.limit.take(now):
		s.accepted = append(s.accepted, now)
	default:
		served, wait = false, s.limit.next(now).Sub(now)
	}
	if served {
		s.underWay++
	} else {
		s.refused++
		a.Status = http.StatusTooManyRequests
		if s.retryAfter {
			a.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
	}
	if s.headers {
		s.setHeaders(a.Header, now)
	}
	return a, served
}

func (s *server) setHeaders(h http.Header, now time.Time) {
	whole := s.reset
	if whole == nil {
		whole = up
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit.size()))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit.left(now)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(whole(s.limit.reset(now).Add(s.ahead)).Unix(), 10))
	h.Set("Date", now.Add(s.ahead).UTC().Format(http.TimeFormat))
}

// least is the least possible time for count requests, with concurrent of them
// at once, by somebody who knows the limit.
func least(l limit, began time.Time, count, concurrent int, latency time.Duration) time.Duration {
	free := make([]time.Time, concurrent)
	for i := range free {
		free[i] = began
	}
	var last, end time.Time
	for i := range count {
		at := free[i%concurrent].Add(latency / 2)
		if at.Before(last) {
			at = last // the line is served in order
		}
		for !l.take(at) {
			at = l.next(at)
		}
		last = at
		end = at.Add(latency - latency/2)
		free[i%concurrent] = end
	}
	return end.Sub(began)
}
