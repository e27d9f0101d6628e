package pace

import (
	"context"
	"errors"
	"slices"
	"time"
)

var errLeft = errors.New("the place in the line was given up")

// Place is a place in the line. Those with an earlier place start first, and a
// place is kept over any number of turns, so that a request that was refused
// comes before the ones behind it. A place that nobody waits at holds up nobody.
type Place struct {
	pacer  *Pacer
	number uint64
	left   bool
}

// waiting is one wait at a place.
type waiting struct {
	place *Place
	over  chan struct{} // closed when the turn has come or the place was left
	turn  *Turn
}

func (w *waiting) begin(t *Turn) {
	w.turn = t
	close(w.over)
}

// Line gives the place behind all that were given out before.
func (p *Pacer) Line() *Place {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.places++
	return &Place{pacer: p, number: p.places}
}

// Wait blocks until the request may start. When ctx ends before, it returns
// ctx's cause at once; the place stays, and Wait may be called again. One wait
// at a time belongs to a place. After Leave it returns an error.
func (pl *Place) Wait(ctx context.Context) (*Turn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p := pl.pacer
	p.mu.Lock()
	if pl.left {
		p.mu.Unlock()
		return nil, errLeft
	}
	now := time.Now()
	if p.line.empty() && p.mayStart(now).now {
		turn := p.start(now)
		p.mu.Unlock()
		return turn, nil
	}
	w := &waiting{place: pl, over: make(chan struct{})}
	p.line.add(w)
	told := p.serve(now)
	p.mu.Unlock()
	p.tell(told)

	select {
	case <-w.over:
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // also where the turn has come at the same moment
		p.giveUp(w)
		return nil, context.Cause(ctx)
	}
	if w.turn == nil {
		return nil, errLeft
	}
	return w.turn, nil
}

// giveUp ends a wait. A turn that has come at the same moment goes to the next.
func (p *Pacer) giveUp(w *waiting) {
	p.mu.Lock()
	p.line.remove(w)
	if w.turn != nil {
		w.turn.done = true
		p.underWay--
		p.ceiling.neverSent()
	}
	told := p.serve(time.Now())
	p.mu.Unlock()
	p.tell(told)
}

// Leave gives the place up for good, and ends a wait at it. It must be called
// for every place; more calls do nothing.
func (pl *Place) Leave() {
	p := pl.pacer
	p.mu.Lock()
	if pl.left {
		p.mu.Unlock()
		return
	}
	pl.left = true
	var told *Wait
	if w := p.line.at(pl); w != nil {
		p.line.remove(w)
		close(w.over)
		told = p.serve(time.Now())
	}
	p.mu.Unlock()
	p.tell(told)
}

// line holds those who wait, by their places.
type line struct{ waits []*waiting }

func (l *line) empty() bool { return len(l.waits) == 0 }

func (l *line) search(number uint64) (int, bool) {
	return slices.BinarySearchFunc(l.waits, number, func(w *waiting, n uint64) int {
		switch {
		case w.place.number < n:
			return -1
		case w.place.number > n:
			return 1
		}
		return 0
	})
}

func (l *line) add(w *waiting) {
	i, _ := l.search(w.place.number)
	l.waits = slices.Insert(l.waits, i, w)
}

func (l *line) pop() *waiting {
	first := l.waits[0]
	l.waits[0] = nil
	l.waits = l.waits[1:]
	return first
}

func (l *line) at(pl *Place) *waiting {
	if i, ok := l.search(pl.number); ok {
		return l.waits[i]
	}
	return nil
}

// remove takes a wait out, if it is still in.
func (l *line) remove(w *waiting) {
	if i, ok := l.search(w.place.number); ok && l.waits[i] == w {
		l.waits = slices.Delete(l.waits, i, i+1)
	}
}
