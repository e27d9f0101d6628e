package thoughtindustries

import (
	"context"
	"fmt"
	"strings"
	"sync"
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

// readShown reads a listing for people; it is cached until this process changes something at the client.
func readShown[T any](ctx context.Context, c *Client, clientID string, wanted listCall) ([]T, error) {
	key := c.shownKey(clientID, c.endpoint(wanted.query, wanted.segments...).String())
	return once(ctx, &c.memo, key, keepValue, func(ctx context.Context) ([]T, error) {
		return readAll[T](ctx, c, wanted, toShow)
	})
}

// shownKey is the key of what is shown of a client: another one after each change.
func (c *Client) shownKey(clientID, what string) string {
	clientID = strings.ToLower(clientID)
	changes, _ := c.changes.Load(clientID)
	return fmt.Sprintf("shown %s after change %v: %s", clientID, changes, what)
}

// changed makes everything that is shown of a client be asked for anew. Whoever sends a POST or a PUT calls it after
// the last request, whatever came of it.
func (c *Client) changed(clientID string) {
	c.changes.Store(strings.ToLower(clientID), c.change.Add(1))
}
