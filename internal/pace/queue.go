package pace

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

var errLeft = errors.New("the queue slot was given up")

// Slot is a slot of the queue. Earlier slots start first, and a slot is kept
// over any number of permits, so that a request that was refused comes before
// the ones behind it. A slot at which nobody waits holds up nobody.
type Slot struct {
	pacer  *Pacer
	number uint64
	ready  chan struct{} // closed when the wait is over
	permit *Permit       // nil if it ended without one
	left   bool
}

// Enqueue returns the slot behind all others.
func (p *Pacer) Enqueue() *Slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.last++
	return &Slot{pacer: p, number: p.queue.last}
}

// Wait blocks until the request may start. When ctx ends before, it returns
// ctx's cause at once; the slot stays, and Wait may be called again. One wait at
// a time belongs to a slot. After Leave it returns an error.
func (s *Slot) Wait(ctx context.Context) (*Permit, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p := s.pacer
	p.mu.Lock()
	if s.left {
		p.mu.Unlock()
		return nil, errLeft
	}
	now := time.Now()
	if len(p.queue.slots) == 0 {
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
		if s.permit == nil {
			return nil, errLeft
		}
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

// grant ends the wait with a permit, or without one if it is nil.
func (s *Slot) grant(permit *Permit) {
	s.permit = permit
	close(s.ready)
}

// Leave gives the slot up for good, and ends a wait at it. It must be called
// for every slot; more calls do nothing.
func (s *Slot) Leave() {
	s.pacer.mu.Lock()
	s.left = true
	if s.pacer.queue.remove(s) {
		s.grant(nil)
		s.pacer.serveAndUnlock(time.Now())
		return
	}
	s.pacer.mu.Unlock()
}

// queue holds the slots at which somebody waits, in order.
type queue struct {
	last  uint64 // number given out
	slots []*Slot
}

func (q *queue) search(s *Slot) (int, bool) {
	return slices.BinarySearchFunc(q.slots, s, func(a, b *Slot) int { return cmp.Compare(a.number, b.number) })
}

func (q *queue) add(s *Slot) {
	i, _ := q.search(s)
	q.slots = slices.Insert(q.slots, i, s)
}

func (q *queue) pop() *Slot {
	first := q.slots[0]
	q.slots[0] = nil
	q.slots = q.slots[1:]
	return first
}

func (q *queue) remove(s *Slot) bool {
	i, ok := q.search(s)
	if ok {
		q.slots = slices.Delete(q.slots, i, i+1)
	}
	return ok
}
