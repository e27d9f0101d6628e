package thoughtindustries

import (
	"math/big"
	"slices"
	"strings"
	"sync"
)

// claims are the accounts and batches that this process created or took over.
// One lock for asking and taking: two creations must never end up with one
// object. The zero value is ready to use.
type claims struct {
	mu sync.Mutex
	// ids in lower case.
	ids map[string]bool
	// opened has the starting balance of each account that this process
	// created, by its id: it may have come with a batch of that size.
	opened map[string]*big.Float
}

// claim takes an object; false where this process has it already.
func (c *claims) claim(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	id = strings.ToLower(id)
	if c.ids[id] {
		return false
	}
	if c.ids == nil {
		c.ids = map[string]bool{}
	}
	c.ids[id] = true
	return true
}

func (c *claims) contains(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[strings.ToLower(id)]
}

// open notes that this process created an account.
func (c *claims) open(accountID string, startingBalance *big.Float) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil {
		c.opened = map[string]*big.Float{}
	}
	c.opened[strings.ToLower(accountID)] = startingBalance
}

// initialBatchOf gives the id, in lower case, of the batch that came with an
// account which this process created: the first one, if it has the account's
// starting balance.
func (c *claims) initialBatchOf(accountID string, batches []CreditBatch) string {
	c.mu.Lock()
	balance := c.opened[strings.ToLower(accountID)]
	c.mu.Unlock()
	if balance == nil || len(batches) == 0 {
		return ""
	}
	first := slices.MinFunc(batches, func(a, b CreditBatch) int { return a.created().Compare(b.created()) })
	if first.ID.Value == nil || !sameBalance(first.balance(), balance) {
		return ""
	}
	return strings.ToLower(*first.ID.Value)
}
