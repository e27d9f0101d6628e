package pace

import (
	"net/http"
	"testing"
	"time"
)

func header(pairs ...string) http.Header { return answer(0, pairs...).Header }

func TestParseLimits(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		want   Limits
		ok     bool
	}{
		"all three": {
			header("X-RateLimit-Limit", "120", "X-RateLimit-Remaining", "119", "X-RateLimit-Reset", "1700000000"),
			Limits{Limit: 120, Remaining: 119, Reset: time.Unix(1700000000, 0)},
			true,
		},
		"a fraction of a second":   {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "1700000000.5"), Limits{Remaining: 1, Reset: time.Unix(1700000000, 5e8)}, true},
		"spaces around":            {header("X-RateLimit-Remaining", " 7 ", "X-RateLimit-Limit", "\t9"), Limits{Limit: 9, Remaining: 7}, true},
		"only what is left":        {header("X-RateLimit-Remaining", "0"), Limits{}, true},
		"none":                     {header(), Limits{}, false},
		"no header at all":         {nil, Limits{}, false},
		"not what is left":         {header("X-RateLimit-Limit", "120", "X-RateLimit-Reset", "1700000000"), Limits{}, false},
		"a word":                   {header("X-RateLimit-Remaining", "many"), Limits{}, false},
		"not a number":             {header("X-RateLimit-Remaining", "NaN"), Limits{}, false},
		"an infinity in words":     {header("X-RateLimit-Remaining", "Inf"), Limits{}, false},
		"hexadecimal":              {header("X-RateLimit-Remaining", "0x10"), Limits{}, false},
		"two in one":               {header("X-RateLimit-Remaining", "10, 20"), Limits{}, false},
		"empty":                    {header("X-RateLimit-Remaining", ""), Limits{}, false},
		"negative":                 {header("X-RateLimit-Remaining", "-3", "X-RateLimit-Limit", "-1"), Limits{}, true},
		"too large to count":       {header("X-RateLimit-Remaining", "1e400", "X-RateLimit-Limit", "99999999999999999999"), Limits{Limit: most, Remaining: most}, true},
		"a limit that is none":     {header("X-RateLimit-Remaining", "5", "X-RateLimit-Limit", "lots"), Limits{Remaining: 5}, true},
		"a reset that is none":     {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "soon"), Limits{Remaining: 5}, true},
		"a reset before the epoch": {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "-1"), Limits{Remaining: 5}, true},
		"a reset of zero":          {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "0"), Limits{Remaining: 5}, true},
		"the last reset":           {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "253402300799"), Limits{Remaining: 5, Reset: time.Unix(latestReset, 0)}, true},
		"a reset beyond":           {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "253402300800"), Limits{Remaining: 5}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ParseLimits(c.header)
			if ok != c.ok || got.Limit != c.want.Limit || got.Remaining != c.want.Remaining || !got.Reset.Equal(c.want.Reset) {
				t.Errorf("%+v, %v; want %+v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		header http.Header
		want   time.Duration
		ok     bool
	}{
		"seconds":                      {header("Retry-After", "30"), 30 * time.Second, true},
		"a fraction":                   {header("Retry-After", "0.25"), 250 * time.Millisecond, true},
		"zero":                         {header("Retry-After", "0"), 0, true},
		"negative":                     {header("Retry-After", "-10"), 0, true},
		"more than a day":              {header("Retry-After", "100000"), longestTold, true},
		"more than can be held":        {header("Retry-After", "1e999"), longestTold, true},
		"spaces around":                {header("Retry-After", " 5 "), 5 * time.Second, true},
		"a date":                       {header("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"), time.Minute, true},
		"a date by the server's clock": {header("Retry-After", "Fri, 02 Jan 2026 04:05:05 GMT", "Date", "Fri, 02 Jan 2026 04:04:45 GMT"), 20 * time.Second, true},
		"a date and a broken clock":    {header("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT", "Date", "yesterday"), time.Minute, true},
		"a date that is over":          {header("Retry-After", "Fri, 02 Jan 2026 03:00:00 GMT"), 0, true},
		"a date in years":              {header("Retry-After", "Sat, 02 Jan 2999 03:00:00 GMT"), longestTold, true},
		"none":                         {header(), 0, false},
		"no header at all":             {nil, 0, false},
		"a word":                       {header("Retry-After", "later"), 0, false},
		"not a number":                 {header("Retry-After", "NaN"), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := ParseRetryAfter(c.header, now); got != c.want || ok != c.ok {
				t.Errorf("%v, %v; want %v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}
