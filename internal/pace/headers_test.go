package pace

import (
	"net/http"
	"strconv"
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
		"too large to count":       {header("X-RateLimit-Remaining", "1e400", "X-RateLimit-Limit", "99999999999999999999"), Limits{Limit: mostLeft, Remaining: mostLeft}, true},
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

func TestRateLimit(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	in := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for name, c := range map[string]struct {
		header http.Header
		left   int
		reset  time.Duration // from now; 0 for none
		ok     bool
	}{
		"both":                      {header("X-RateLimit-Remaining", "119", "X-RateLimit-Reset", in(time.Minute)), 119, time.Minute, true},
		"a fraction of a second":    {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(time.Minute)+".5"), 1, 60500 * time.Millisecond, true},
		"an hour":                   {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(time.Hour)), 1, time.Hour, true},
		"a day":                     {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(24*time.Hour)), 1, 0, true},
		"long ago":                  {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(-time.Hour)), 1, 0, true},
		"a clock that is ahead":     {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(2*time.Hour+time.Minute), "Date", "Fri, 02 Jan 2026 05:04:05 GMT"), 1, time.Minute, true},
		"a clock that is behind":    {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(time.Minute-time.Hour), "Date", "Fri, 02 Jan 2026 02:04:05 GMT"), 1, time.Minute, true},
		"a clock that may be right": {header("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", in(time.Minute), "Date", "Fri, 02 Jan 2026 03:04:04 GMT"), 1, time.Minute, true},
		"spaces around":             {header("X-RateLimit-Remaining", " 7 "), 7, 0, true},
		"only what is left":         {header("X-RateLimit-Remaining", "0"), 0, 0, true},
		"none":                      {header(), 0, 0, false},
		"no header at all":          {nil, 0, 0, false},
		"not what is left":          {header("X-RateLimit-Reset", in(time.Minute)), 0, 0, false},
		"a word":                    {header("X-RateLimit-Remaining", "many"), 0, 0, false},
		"not a number":              {header("X-RateLimit-Remaining", "NaN"), 0, 0, false},
		"an infinity in words":      {header("X-RateLimit-Remaining", "Inf"), 0, 0, false},
		"hexadecimal":               {header("X-RateLimit-Remaining", "0x10"), 0, 0, false},
		"two in one":                {header("X-RateLimit-Remaining", "10, 20"), 0, 0, false},
		"empty":                     {header("X-RateLimit-Remaining", ""), 0, 0, false},
		"negative":                  {header("X-RateLimit-Remaining", "-3"), 0, 0, true},
		"too large to count":        {header("X-RateLimit-Remaining", "1e400"), mostLeft, 0, true},
		"a reset that is none":      {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "soon"), 5, 0, true},
		"a reset of zero":           {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "0"), 5, 0, true},
		"a reset too large":         {header("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "1e400"), 5, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			left, reset, ok := rateLimit(c.header, now)
			want := now.Add(c.reset)
			if c.reset == 0 {
				want = time.Time{}
			}
			if ok != c.ok || left != c.left || reset.Sub(want).Abs() > time.Millisecond {
				t.Errorf("%d, %v, %v; want %d, %v, %v", left, reset, ok, c.left, want, c.ok)
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
		"a fraction":                   {header("Retry-After", "0.25"), time.Second, true},
		"a fraction beyond":            {header("Retry-After", "1.25"), 1250 * time.Millisecond, true},
		"zero":                         {header("Retry-After", "0"), time.Second, true},
		"negative":                     {header("Retry-After", "-10"), time.Second, true},
		"more than a day":              {header("Retry-After", "100000"), longestWait, true},
		"more than can be held":        {header("Retry-After", "1e999"), longestWait, true},
		"spaces around":                {header("Retry-After", " 5 "), 5 * time.Second, true},
		"a date":                       {header("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"), time.Minute, true},
		"a date by the server's clock": {header("Retry-After", "Fri, 02 Jan 2026 04:05:05 GMT", "Date", "Fri, 02 Jan 2026 04:04:45 GMT"), 20 * time.Second, true},
		"a date and a broken clock":    {header("Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT", "Date", "yesterday"), time.Minute, true},
		"a date that is over":          {header("Retry-After", "Fri, 02 Jan 2026 03:00:00 GMT"), time.Second, true},
		"a date in years":              {header("Retry-After", "Sat, 02 Jan 2999 03:00:00 GMT"), longestWait, true},
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
