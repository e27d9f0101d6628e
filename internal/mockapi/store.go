package mockapi

import (
	"fmt"
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

// The lookups return nil for what does not exist.

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

// licensesOf returns the licenses registered for a client.
func (s *store) licensesOf(clientID string) []*License {
	var licenses []*License
	for _, l := range s.licenses {
		if sameID(l.clientID, clientID) {
			licenses = append(licenses, l)
		}
	}
	return licenses
}

// mustClient is for tests that set the stage: a client that was never added is a mistake in the test.
func (s *store) mustClient(id string) *Client {
	c := s.client(id)
	if c == nil {
		panic(fmt.Sprintf("mockapi: client %q was not added", id))
	}
	return c
}

func newID() string {
	return uuid.NewString()
}

// atMilliseconds is as exact as the API's timestamps are.
func atMilliseconds(t time.Time) time.Time {
	return t.UTC().Truncate(time.Millisecond)
}

func lower(text string) string {
	return strings.ToLower(text)
}
