package mockapi

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// store holds every object in order of creation. It needs the server's lock.
type store struct {
	clients  []*Client
	licenses []*License
	accounts []*CreditAccount
	batches  []*CreditBatch
	actions  []*creditAction
}

// The methods below return nil for what does not exist.

func (s *store) client(id string) *Client {
	return find(s.clients, func(c *Client) bool { return sameID(c.ID, id) })
}

func (s *store) account(id string) *CreditAccount {
	return find(s.accounts, func(a *CreditAccount) bool { return sameID(a.ID, id) })
}

func (s *store) batch(id string) *CreditBatch {
	return find(s.batches, func(b *CreditBatch) bool { return sameID(b.ID, id) })
}

func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

func copies[T any](all []*T) []T {
	copied := make([]T, len(all))
	for i, one := range all {
		copied[i] = *one
	}
	return copied
}

// mustClient is for tests: a client that was never added is a mistake in the test.
func (s *store) mustClient(id string) *Client {
	client := s.client(id)
	if client == nil {
		panic(fmt.Sprintf("mockapi: client %q was not added", id))
	}
	return client
}

func sameID(a, b string) bool { return strings.EqualFold(a, b) }

func newID() string { return uuid.NewString() }

// atMilliseconds is as exact as the API's timestamps are.
func atMilliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// stamp is null for the zero time.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// optional is null for an empty text.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// exact is the value of an amount: credits are money. What is not a number counts as 0.
func exact(n json.Number) *big.Rat {
	if value, ok := new(big.Rat).SetString(n.String()); ok {
		return value
	}
	return new(big.Rat)
}
