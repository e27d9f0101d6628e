package thoughtindustries

import (
	"context"
	"testing"
	"testing/synctest"
)

// A lookup at plan that may not wait, and one that may, ask once together,
// whichever comes first.
func TestShared_AsksOnceForThoseWhoMayWaitAndThoseWhoMayNot(t *testing.T) {
	t.Parallel()
	for name, mayWait := range map[string][2]bool{"the first one may wait": {true, false}, "the second one may": {false, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var questions shared[string]
				asked, goOn, got := 0, make(chan struct{}), make(chan string, 2)
				for _, wait := range mayWait {
					go func() {
						value, _ := questions.get(planContext(context.Background(), wait), "q", func(context.Context) (string, bool, error) {
							asked++
							<-goOn
							return "value", true, nil
						})
						got <- value
					}()
					synctest.Wait()
				}
				close(goOn)
				if first, second := <-got, <-got; first != "value" || second != "value" || asked != 1 {
					t.Errorf("got %q and %q, asked %d times", first, second, asked)
				}
			})
		})
	}
}

func TestShared_WhoeverMayWaitAsksAgainWhereTheOtherWouldHaveHadTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var questions shared[string]
		goOn := make(chan struct{})
		ask := func(ctx context.Context) (string, bool, error) {
			<-goOn
			if withoutWaiting(ctx) {
				return "", false, ErrWouldWait
			}
			return "value", true, nil
		}
		cheap := make(chan error, 1)
		go func() {
			_, err := questions.get(planContext(context.Background(), false), "q", ask)
			cheap <- err
		}()
		synctest.Wait()
		whole := make(chan string, 1)
		go func() {
			value, _ := questions.get(context.Background(), "q", ask)
			whole <- value
		}()
		synctest.Wait()
		close(goOn)
		if err := <-cheap; !isWouldWait(err) {
			t.Errorf("the one that may not wait got %v", err)
		}
		if value := <-whole; value != "value" {
			t.Errorf("the other one got %q", value)
		}
	})
}
