package pace

import (
	"testing"
	"time"
)

func TestServerClock_IsNarrowedDownByEveryAnswer(t *testing.T) {
	local := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ahead := 37*time.Second + 400*time.Millisecond
	var c serverClock
	for i := range 20 {
		began := local.Add(time.Duration(i) * 1130 * time.Millisecond)
		served := began.Add(10 * time.Millisecond)
		c.learn(served.Add(ahead).Truncate(time.Second), began, began.Add(20*time.Millisecond))
	}
	if c.low > ahead || c.high < ahead || c.high-c.low > 200*time.Millisecond {
		t.Errorf("between %v and %v, want around %v", c.low, c.high, ahead)
	}
	at := local.Add(time.Hour)
	if got := c.local(at.Add(ahead)); got.Before(at) || got.Sub(at) > 200*time.Millisecond {
		t.Errorf("a reset at %v is taken to be at %v", at, got)
	}
}

func TestServerClock_IsLearntAnewWhenOneOfTheClocksIsSet(t *testing.T) {
	local := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, jump := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			var c serverClock
			c.learn(local, local, local.Add(20*time.Millisecond))
			c.learn(local.Add(jump), local, local.Add(20*time.Millisecond))
			if c.low > jump || c.high < jump {
				t.Errorf("between %v and %v, want around %v", c.low, c.high, jump)
			}
		})
	}
}

func TestServerClock_ThatMayBeRightIsTakenToBe(t *testing.T) {
	local := time.Date(2026, 1, 2, 3, 4, 5, 300e6, time.UTC)
	var c serverClock
	c.learn(local.Truncate(time.Second), local, local.Add(20*time.Millisecond))
	if at := local.Add(time.Minute); !c.local(at).Equal(at) {
		t.Errorf("%v is taken to be %v", at, c.local(at))
	}
}
