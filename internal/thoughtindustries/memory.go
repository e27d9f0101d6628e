package thoughtindustries

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
)

// memory holds what look-ups were answered, so that one listing serves all who
// ask for it in the life of a process. What must be the server's word of this
// moment, such as the looks before and after a POST, does not come from here.
type memory struct {
	mu      sync.Mutex
	clients map[string]*recollection // by client id in lower case; "" for what belongs to none
}

// recollection is what is remembered of one client until something changes
// there. Then it is dropped as a whole: a question that is still under way
// ends in the dropped one, where nobody asks any more.
type recollection struct {
	flights singleflight.Group
	mu      sync.Mutex
	answers map[string]any
}

func (m *memory) of(clientID string) *recollection {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clients == nil {
		m.clients = map[string]*recollection{}
	}
	client := strings.ToLower(clientID)
	if m.clients[client] == nil {
		m.clients[client] = &recollection{answers: map[string]any{}}
	}
	return m.clients[client]
}

// changed makes everything of a client be asked anew. Whoever sends a POST or a
// PUT calls it after the last attempt, whatever came of it.
func (c *Client) changed(clientID string) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	delete(c.memory.clients, strings.ToLower(clientID))
}

// remembered gives the answer to a question about a client: asked once, also
// for those who ask while it is under way. An error is told to those who wait
// and not remembered. The answer is everybody's: nobody may change it.
func remembered[T any](ctx context.Context, c *Client, clientID, question string, ask func(context.Context) (T, error)) (T, error) {
	client := c.memory.of(clientID)
	answer := client.flights.DoChan(question, func() (any, error) {
		client.mu.Lock()
		known, ok := client.answers[question]
		client.mu.Unlock()
		if ok {
			return known, nil
		}
		asking, cancel := forAll(ctx)
		defer cancel()
		fresh, err := ask(asking)
		switch {
		case asking.Err() != nil:
			return nil, &AnswerError{Reason: "the answer was not complete after " + askAtMost.String()}
		case err != nil:
			return nil, err
		}
		client.mu.Lock()
		client.answers[question] = fresh
		client.mu.Unlock()
		return fresh, nil
	})
	var none T
	select {
	case result := <-answer:
		told, _ := result.Val.(T)
		return told, result.Err
	case <-ctx.Done():
		return none, &AnswerError{Reason: whyEnded(ctx, ctx.Err()).Error()}
	}
}
