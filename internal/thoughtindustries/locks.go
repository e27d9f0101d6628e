package thoughtindustries

import (
	"context"
	"sync"
)

// A createKey names objects that lookups could mistake for one another. They are
// created one at a time.
type createKey struct {
	operation string
	client    string
	name      string // of an account, normalised
	account   string // of a batch
	balance   float64
}

// keyedLocks has one lock for each key. Unlike a mutex, waiting for one ends with
// a context.
type keyedLocks struct {
	mu    sync.Mutex
	inUse map[createKey]*keyedLock
}

type keyedLock struct {
	free    chan struct{} // has one value while the lock is free
	waiting int
}

// lock waits until the key is free, or returns the context's error.
func (k *keyedLocks) lock(ctx context.Context, key createKey) (unlock func(), err error) {
	k.mu.Lock()
	if k.inUse == nil {
		k.inUse = map[createKey]*keyedLock{}
	}
	l := k.inUse[key]
	if l == nil {
		l = &keyedLock{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		k.inUse[key] = l
	}
	l.waiting++
	k.mu.Unlock()

	leave := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(k.inUse, key)
		}
	}
	select {
	case <-l.free:
		return func() { l.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
