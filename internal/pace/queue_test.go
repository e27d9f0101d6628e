package pace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errStopped = errors.New("stopped")

// held gives a pacer that holds back everything for an hour.
func held(t *testing.T) *Pacer {
	t.Helper()
	p := New(Options{MaxConcurrent: 5})
	permit(t, p).Done(answer(429, "Retry-After", "3600"))
	return p
}

func TestSlot_AnInterruptEndsAllWaitsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := held(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		began := time.Now()
		var all sync.WaitGroup
		for range 100 {
			slot := p.Enqueue()
			all.Go(func() {
				if _, err := slot.Wait(ctx); !errors.Is(err, errStopped) {
					t.Errorf("ended with %v", err)
				}
				if waited := time.Since(began); waited != time.Second {
					t.Errorf("waited %v", waited)
				}
			})
		}
		time.Sleep(time.Second)
		cancel(errStopped)
		all.Wait()
		if p.timer.Stop() {
			t.Error("a timer is left, with nobody waiting")
		}
		if len(p.queue) != 0 || p.inFlight != 0 {
			t.Errorf("%d wait, %d are under way", len(p.queue), p.inFlight)
		}
	})
}

func TestSlot_NothingStartsWithAContextThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStopped)
		if _, err := p.Enqueue().Wait(ctx); !errors.Is(err, errStopped) {
			t.Errorf("ended with %v", err)
		}
		permit(t, p).Done(answer(200)) // it is as free as before
	})
}

func TestSlot_ATurnThatComesWithTheInterruptGoesToTheNext(t *testing.T) {
	for range 50 { // which of the two comes first is left to chance
		synctest.Test(t, func(t *testing.T) {
			p := New(Options{MaxConcurrent: 1, PerMinute: 2})
			first := permit(t, p)
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			slot := p.Enqueue()
			go func() {
				_, err := slot.Wait(ctx)
				ended <- err
			}()
			synctest.Wait()
			next := make(chan *Permit, 1)
			go func() { next <- permit(t, p) }()
			synctest.Wait()
			cancel(errStopped) // the other way round, the one who waits may have gone before it
			first.Done(answer(200))
			if err := <-ended; !errors.Is(err, errStopped) {
				t.Errorf("ended with %v", err)
			}
			began := time.Now()
			(<-next).Done(answer(200))
			if waited := time.Since(began); waited != 0 {
				t.Errorf("the next waited %v", waited)
			}
		})
	}
}

func TestSlot_IsKeptAfterAnInterruptedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := held(t)
		slot := p.Enqueue()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := slot.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		later := p.Enqueue()
		var order []string
		var all sync.WaitGroup
		wait := func(name string, pl *Slot) {
			turn, err := pl.Wait(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			order = append(order, name)
			turn.Done(answer(200))
		}
		all.Go(func() { wait("later", later) })
		synctest.Wait()
		all.Go(func() { wait("earlier", slot) })
		all.Wait()
		if !slices.Equal(order, []string{"earlier", "later"}) {
			t.Errorf("order %v", order)
		}
	})
}

func TestSlot_NobodyWaitsForAPlaceAtWhichNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{MaxConcurrent: 1})
		p.Enqueue()
		began := time.Now()
		permit(t, p).Done(answer(200))
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestSlot_FirstComeFirstServedOverRepetitions(t *testing.T) {
	for name, s := range map[string]func() *server{
		"bucket with headers": func() *server {
			return &server{
				manners: manners{latency: 20 * time.Millisecond, headers: true},
				limit:   &bucket{perSecond: 20, burst: 20, says: 1200, resets: whenFull},
			}
		},
		"window without headers": func() *server {
			return &server{
				manners: manners{latency: 20 * time.Millisecond, retryAfter: true},
				limit:   &window{count: 50, length: 10 * time.Second},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := simulate(t, load{server: s, requests: 400, at: 5})
			for turn, request := range o.order {
				// Up to four others were under way, and may have been quicker.
				if d := request - turn; d < -8 || d > 8 {
					t.Errorf("request %d was accepted as number %d", request, turn)
				}
			}
		})
	}
}
