package pace

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Slot is a slot of the queue. Earlier slots start first, and a slot is kept
// over any number of permits, so that a request that was refused comes before
// the ones behind it. A slot at which nobody waits holds up nobody.
type Slot struct {
	pacer  *Pacer
	number uint64
	ready  chan struct{} // closed with the permit
	permit *Permit
	// impatient: it gives up rather than be held back.
	impatient bool
}

// ErrHeldBack is what [Slot.WaitUnlessHeldBack] returns.
var ErrHeldBack = errors.New("the rate limit holds the request back")

// Enqueue returns the slot behind all others.
func (p *Pacer) Enqueue() *Slot {
	return &Slot{pacer: p, number: p.slots.Add(1)}
}

// Wait blocks until the request may start. When ctx ends before, it returns
// ctx's cause at once; the slot stays, and Wait may be called again. One wait at
// a time belongs to a slot.
func (s *Slot) Wait(ctx context.Context) (*Permit, error) {
	s.impatient = false
	return s.wait(ctx)
}

// WaitUnlessHeldBack is Wait, but returns ErrHeldBack as soon as the API's rate
// limit or the ceiling holds the request back. It waits only for requests in flight.
func (s *Slot) WaitUnlessHeldBack(ctx context.Context) (*Permit, error) {
	s.impatient = true
	permit, err := s.wait(ctx)
	if err == nil && permit == nil {
		err = ErrHeldBack
	}
	return permit, err
}

func (s *Slot) wait(ctx context.Context) (*Permit, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p, now := s.pacer, time.Now()
	p.mu.Lock()
	if len(p.queue) == 0 {
		if _, _, ok := p.mayStart(now); ok {
			defer p.mu.Unlock()
			return p.start(now), nil
		}
	}
	s.ready, s.permit = make(chan struct{}), nil
	p.queue.add(s)
	p.serveAndUnlock(now)

	select {
	case <-s.ready:
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return s.permit, nil
	}
	p.mu.Lock()
	p.queue.remove(s)
	permit := s.permit
	p.serveAndUnlock(time.Now())
	if permit != nil { // it came at the same moment: the next one may have it
		permit.Done(Response{Unsent: true})
	}
	return nil, context.Cause(ctx)
}

// queue holds the slots at which somebody waits, in order.
type queue []*Slot

func (q queue) search(s *Slot) (int, bool) {
	return slices.BinarySearchFunc(q, s, func(a, b *Slot) int { return cmp.Compare(a.number, b.number) })
}

func (q *queue) add(s *Slot) {
	i, _ := q.search(s)
	*q = slices.Insert(*q, i, s)
}

// dropImpatient ends the waits of those that do not want to be held back.
func (q *queue) dropImpatient() {
	*q = slices.DeleteFunc(*q, func(s *Slot) bool {
		if s.impatient {
			close(s.ready)
		}
		return s.impatient
	})
}

func (q *queue) remove(s *Slot) {
	if i, ok := q.search(s); ok {
		*q = slices.Delete(*q, i, i+1)
	}
}
