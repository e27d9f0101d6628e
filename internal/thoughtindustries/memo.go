package thoughtindustries

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// sharedTimeout bounds a question for which several callers may wait. It leaves
// room for a rate window of an hour.
const sharedTimeout = 70 * time.Minute

// memo is a cache for the life of a process. A question that several ask at the
// same time is sent once. The zero value is ready to use.
type memo struct {
	asking singleflight.Group
	mu     sync.Mutex
	kept   map[string]memoEntry
	// changes counts the calls of forget: what was asked before one is not kept.
	changes int
}

type memoEntry struct {
	value any
	err   error
}

// keeping says what of a response is kept.
type keeping int

const (
	keepNothing keeping = iota
	keepValue           // until forget; errors go to all waiters and are not cached
	keepAlways          // errors too, unless the asking itself was cut
)

// once gives what was kept under key, or asks. The asking does not end with the
// caller who came first, because the others would take that for a response.
func once[T any](
	ctx context.Context, m *memo, key string, keep keeping, ask func(context.Context) (T, error),
) (T, error) {
	found, changes, ok := m.load(key)
	if !ok {
		question := key
		if keep == keepValue { // what was asked before a change is not for those who ask after it
			question = fmt.Sprintf("%s after %d changes", key, changes)
		}
		pending := m.asking.DoChan(question, func() (any, error) {
			if earlier, _, ok := m.load(key); ok {
				return earlier, nil
			}
			asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), sharedTimeout)
			defer cancel()
			value, err := ask(asking)
			entry := memoEntry{value, err}
			if asking.Err() == nil && (keep == keepAlways || keep == keepValue && err == nil) {
				m.store(key, entry, keep, changes)
			}
			return entry, nil
		})
		select {
		case response := <-pending:
			found, _ = response.Val.(memoEntry)
		case <-ctx.Done():
			found.err = &ResponseError{Reason: ended(ctx, ctx.Err()).Error()}
		}
	}
	value, _ := found.value.(T)
	return value, found.err
}

func (m *memo) load(key string) (entry memoEntry, changes int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entry, ok = m.kept[key]
	return entry, m.changes, ok
}

func (m *memo) store(key string, entry memoEntry, keep keeping, changes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if keep == keepValue && m.changes != changes {
		return
	}
	if m.kept == nil {
		m.kept = map[string]memoEntry{}
	}
	m.kept[key] = entry
}

// forget drops what was kept under keys with a prefix.
func (m *memo) forget(prefix string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes++
	for key := range m.kept {
		if strings.HasPrefix(key, prefix) {
			delete(m.kept, key)
		}
	}
}

// shownKey is the key of what is shown of a client, until this process changes something there.
func shownKey(clientID, what string) string { return "shown " + strings.ToLower(clientID) + " " + what }

// changed makes everything that is shown of a client be asked for anew. Whoever
// sends a POST or a PUT calls it after the last request, whatever came of it.
func (c *Client) changed(clientID string) { c.memo.forget(shownKey(clientID, "")) }
