package pace

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestTrace(t *testing.T) {
	want := os.Getenv("TRACE")
	if want == "" {
		t.Skip()
	}
	n := 200
	fmt.Sscan(os.Getenv("N"), &n)
	for _, sc := range scenes() {
		if sc.name == want {
			c := 5
			if sc.srv().most > 0 {
				c = 20
			}
			began := time.Time{}
			debug = func(p *Pacer, tn *Turn, a Answer) {
				if began.IsZero() {
					began = tn.began
				}
				lim := -1.0
				if p.unannounced.limiter != nil {
					lim = float64(p.unannounced.limiter.Limit())
				}
				fmt.Printf("%8.3f began %8.3f n%d st %d left %s k%d uw%d | open %d ceil %d proven %d | hold %.3f run %d | blind %.2f %v acc %d | kind %d left %d gap %v ends %.3f strikes %d others %d\n", a.At.Sub(began).Seconds(), tn.began.Sub(began).Seconds(), tn.number, a.Status, a.Header.Get("X-RateLimit-Remaining"), tn.count, p.underWay, p.concurrency.open, p.concurrency.ceiling, p.concurrency.proven, p.hold.until.Sub(began).Seconds(), p.hold.run, lim, p.unannounced.refill, p.unannounced.accepted, p.budget.kind, p.budget.left, p.budget.gap, p.budget.ends().Sub(began).Seconds(), p.budget.strikes, p.budget.others)
			}
			o := simulate(t, sc.srv, 1, n, c, 0)
			fmt.Println(o)
		}
	}
}
