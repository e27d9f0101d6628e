package thoughtindustries

import (
	"errors"
	"sync"
)

// breakerLimit is how many unknown outcomes in a row stop all further POSTs.
const breakerLimit = 3

var errBreaker = errors.New("the outcomes of the last 3 requests that create something are unknown, so no more are sent in this run")

// breaker stops POSTs when the API seems to be out of order: each further one
// would be an account that a person has to look for.
type breaker struct {
	mu   sync.Mutex
	row  int
	open bool
}

// allowed returns errBreaker once no more POSTs may be sent.
func (b *breaker) allowed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open {
		return errBreaker
	}
	return nil
}

// record counts an outcome. Only a response with an id says that the API works
// again, and once open the breaker stays open for the life of the process.
func (b *breaker) record(outcome Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch outcome {
	case Created:
		b.row = 0
	case Unknown:
		b.row++
		b.open = b.open || b.row >= breakerLimit
	}
}
