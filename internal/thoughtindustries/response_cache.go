package thoughtindustries

import (
	"context"
	"strings"
	"sync"
)

// responseCache keeps what lookups found, so that one listing serves all who
// ask for it in the life of a process. What must be the server's word of this
// moment, such as the lookups around a POST, does not come from here.
type responseCache struct {
	mu      sync.Mutex
	clients map[string]*shared[any] // by client id in lower case; "" for what belongs to none
}

// entry has the responses about one client until something changes there.
// Then it is dropped as a whole: a question that is still under way ends in the
// dropped one, where nobody asks any more.
func (r *responseCache) entry(clientID string) *shared[any] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clients == nil {
		r.clients = map[string]*shared[any]{}
	}
	client := strings.ToLower(clientID)
	if r.clients[client] == nil {
		r.clients[client] = &shared[any]{}
	}
	return r.clients[client]
}

// invalidate makes everything about a client be asked anew. Whoever sends a POST
// or a PUT calls it after the last attempt, whatever came of it.
func (c *Client) invalidate(clientID string) {
	c.responses.mu.Lock()
	defer c.responses.mu.Unlock()
	delete(c.responses.clients, strings.ToLower(clientID))
}

// cached gives the response to a question about a client: asked once, also for
// those who ask while it is under way. An error goes to those who wait and
// not kept. The response is everybody's: nobody may change it.
func cached[T any](ctx context.Context, c *Client, clientID, question string, ask func(context.Context) (T, error)) (T, error) {
	value, err := c.responses.entry(clientID).get(ctx, question, func(asking context.Context) (any, bool, error) {
		fresh, err := ask(asking)
		if err == nil && asking.Err() != nil {
			err = &ResponseError{Reason: "the response was not complete after " + sharedTimeout.String()}
		}
		return fresh, true, err
	})
	if err != nil {
		if ctx.Err() != nil {
			err = &ResponseError{Reason: whyEnded(ctx, ctx.Err()).Error()}
		}
		var none T
		return none, err
	}
	found, _ := value.(T)
	return found, nil
}
