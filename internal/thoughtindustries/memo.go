package thoughtindustries

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// sharedTimeout bounds a question for which several callers may wait. It leaves room for a rate window of an hour.
const sharedTimeout = 70 * time.Minute

// memo is a cache for the life of a process. A question that several ask at the same time is sent once. The zero
// value is ready to use.
type memo struct {
	asking singleflight.Group
	kept   sync.Map // memoEntry by key
}

type memoEntry struct {
	value any
	err   error
}

// keeping says what of a response is kept.
type keeping int

const (
	keepNothing keeping = iota
	keepValue           // errors go to all waiters and are not cached
	keepAlways          // errors too, unless the asking itself was cut
)

// once gives what was kept under key, or asks. The asking does not end with the caller who came first, because the
// others would take that for a response.
func once[T any](
	ctx context.Context, m *memo, key string, keep keeping, ask func(context.Context) (T, error),
) (T, error) {
	found, ok := m.kept.Load(key)
	if !ok {
		pending := m.asking.DoChan(key, func() (any, error) {
			if earlier, ok := m.kept.Load(key); ok {
				return earlier, nil
			}
			asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), sharedTimeout)
			defer cancel()
			value, err := ask(asking)
			entry := memoEntry{value, err}
			if asking.Err() == nil && (keep == keepAlways || keep == keepValue && err == nil) {
				m.kept.Store(key, entry)
			}
			return entry, nil
		})
		select {
		case response := <-pending:
			found = response.Val
		case <-ctx.Done():
			found = memoEntry{err: &ResponseError{Reason: ended(ctx, ctx.Err()).Error()}}
		}
	}
	entry, _ := found.(memoEntry)
	value, _ := entry.value.(T)
	return value, entry.err
}

// changesAt counts what this process changed at a client.
func (c *Client) changesAt(clientID string) *atomic.Int64 {
	entry, _ := c.changes.LoadOrStore(strings.ToLower(clientID), new(atomic.Int64))
	changes, _ := entry.(*atomic.Int64)
	return changes
}

// shownKey is the key of what is shown of a client, until this process changes something there.
func (c *Client) shownKey(clientID, what string) string {
	return fmt.Sprintf("shown %s after %d changes: %s", strings.ToLower(clientID), c.changesAt(clientID).Load(), what)
}

// changed makes everything that is shown of a client be asked for anew. Whoever sends a POST or a PUT calls it after
// the last request, whatever came of it.
func (c *Client) changed(clientID string) { c.changesAt(clientID).Add(1) }
