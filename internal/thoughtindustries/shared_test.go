package thoughtindustries

import (
	"context"
	"testing"
)

// A lookup at plan that may not wait, and one that may, ask apart from each
// other. The first one's response stays: the second may have been asked after
// a request was sent.
func TestShared_KeepsTheFirstOfTwoThatAskAtOnce(t *testing.T) {
	t.Parallel()
	var questions shared[string]
	asked, goOn := make(chan struct{}), make(chan struct{})
	second := make(chan string)
	go func() {
		value, _ := questions.get(context.Background(), "q", func(context.Context) (string, bool, error) {
			close(asked)
			<-goOn
			return "second", true, nil
		})
		second <- value
	}()
	<-asked
	first, err := questions.get(planContext(context.Background(), false), "q", func(context.Context) (string, bool, error) { return "first", true, nil })
	close(goOn)
	if got := <-second; err != nil || first != "first" || got != "first" {
		t.Errorf("got %q and %q, %v", first, got, err)
	}
	if kept, _ := questions.peek("q"); kept != "first" {
		t.Errorf("kept %q", kept)
	}
}
