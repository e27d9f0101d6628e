package pace

import (
	"net/http"
	"testing"
	"time"
)

// FuzzParseRateHeaders: whatever the headers are, what is read of them lies
// within the bounds that the rest of the package counts on.
func FuzzParseRateHeaders(f *testing.F) {
	f.Add("120", "17", "1704067260", "30", "Mon, 01 Jan 2024 00:00:00 GMT")
	f.Add("120", "0", "1704067260.5", "0.25", "")
	f.Add("-1", "-1", "-1", "-1", "now")
	f.Add("1e400", "1e400", "1e400", "1e400", "")
	f.Add("NaN", "NaN", "NaN", "NaN", "")
	f.Add("Inf", "+Inf", "-Inf", "Inf", "")
	f.Add("0x10", "1_000", "١٢", "1,5", "")
	f.Add(" 5 ", "5;w=60", "5, 6", "\t7", "")
	f.Add("9223372036854775808", "9223372036854775808", "253402300800", "86401", "")
	f.Add("", "1", "", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT")
	f.Add("", "1", "1e-320", "Monday, 01-Jan-24 00:00:00 GMT", "Mon Jan  1 00:00:00 2024")
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, limit, remaining, reset, retryAfter, date string) {
		h := http.Header{
			headerLimit: {limit}, headerRemaining: {remaining}, headerReset: {reset}, headerRetryAfter: {retryAfter}, headerDate: {date},
		}
		left, at, ok := rateLimit(h, now)
		if !ok && (left != 0 || !at.IsZero()) {
			t.Errorf("nothing is said, and yet %d are left until %v", left, at)
		}
		if left < 0 || left > mostLeft {
			t.Errorf("%d are left", left)
		}
		if until := at.Sub(now); !at.IsZero() && (until < -time.Second || until > longestWindow+time.Minute) {
			t.Errorf("the reset is in %v", until)
		}
		wait, asked := ParseRetryAfter(h, now)
		if asked && (wait < shortestWait || wait > longestWait) || !asked && wait != 0 {
			t.Errorf("the wait is %v, asked for: %v", wait, asked)
		}
		h.Del(headerRemaining)
		if _, _, ok := rateLimit(h, now); ok {
			t.Error("limits are known without what remains")
		}
	})
}
