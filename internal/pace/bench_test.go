package pace

import (
	"net/http"
	"testing"
)

// BenchmarkPacer_Uncontended is what a request costs that need not wait.
func BenchmarkPacer_Uncontended(b *testing.B) {
	for name, headers := range map[string]http.Header{
		"no headers": {"Date": {"Fri, 02 Jan 2026 03:04:05 GMT"}},
		"headers": header("X-RateLimit-Limit", "1000000000", "X-RateLimit-Remaining", "999999999",
			"X-RateLimit-Reset", "1700000000", "Date", "Fri, 02 Jan 2026 03:04:05 GMT"),
	} {
		b.Run(name, func(b *testing.B) {
			p := New(Options{MaxConcurrent: 5})
			b.ReportAllocs()
			for b.Loop() {
				slot := p.Enqueue()
				turn, err := slot.Wait(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				turn.Done(Response{Status: http.StatusOK, Header: headers})
			}
		})
	}
}
