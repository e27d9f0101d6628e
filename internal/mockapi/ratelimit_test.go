package mockapi_test

import (
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const ping = "/incoming/v2/ping"

// wantRate compares Limit, Remaining and Reset (seconds after the start of the clock; the Unix time is 1704067200).
func wantRate(t *testing.T, a answer, status int, limit, remaining, reset string) {
	t.Helper()
	a.want(t, status)
	h := a.header
	if h.Get("X-RateLimit-Limit") != limit || h.Get("X-RateLimit-Remaining") != remaining || h.Get("X-RateLimit-Reset") != reset {
		t.Errorf("rate headers %s, %s, %s; want %s, %s, %s", h.Get("X-RateLimit-Limit"), h.Get("X-RateLimit-Remaining"),
			h.Get("X-RateLimit-Reset"), limit, remaining, reset)
	}
}

func TestTokenBucket_RefillsEvenly(t *testing.T) {
	c := &clock{now: start}
	s := newServer(t, mockapi.Options{Now: c.Now, RateLimit: mockapi.RateLimit{PerMinute: 24, Burst: 2}})
	wantRate(t, ask(s, "GET", ping, ""), 200, "24", "1", "1704067203") // one token in 2.5 s, rounded up
	wantRate(t, ask(s, "GET", ping, ""), 200, "24", "0", "1704067205")

	refused := ask(s, "POST", accountPath, accountBody)
	wantRate(t, refused, 429, "24", "0", "1704067205")
	refused.want(t, 429, `"error":"rate_limited"`, `"retryAfter":3`)
	if got := refused.header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After %s", got)
	}
	if got := s.Requests(); len(got) != 3 || got[2].Status != 429 || got[2].Committed || len(s.Accounts()) != 0 {
		t.Errorf("a refused request was processed: %+v", got)
	}
	if got := s.Count("POST", "/clients/{id}/creditAccounts"); got != 1 {
		t.Errorf("Count = %d", got)
	}

	// Who keeps the pace to the nanosecond is never refused.
	for range 50 {
		c.Add(2500 * time.Millisecond)
		ask(s, "GET", ping, "").want(t, 200)
	}
	c.Add(2500*time.Millisecond - time.Nanosecond)
	ask(s, "GET", ping, "").want(t, 429, `"retryAfter":1`)
}

func TestTokenBucket_BurstIsTheQuotaByDefault(t *testing.T) {
	s := newServer(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 3}})
	for range 3 {
		ask(s, "GET", ping, "").want(t, 200)
	}
	ask(s, "GET", ping, "").want(t, 429)
}

func TestFixedWindow_StartsAnew(t *testing.T) {
	c := &clock{now: start.Add(7 * time.Second)}
	s := newServer(t, mockapi.Options{Now: c.Now, RateLimit: mockapi.RateLimit{Kind: mockapi.FixedWindow, PerMinute: 2, Window: 10 * time.Second}})
	wantRate(t, ask(s, "GET", ping, ""), 200, "2", "1", "1704067210")
	wantRate(t, ask(s, "GET", ping, ""), 200, "2", "0", "1704067210")
	refused := ask(s, "GET", ping, "")
	wantRate(t, refused, 429, "2", "0", "1704067210")
	if got := refused.header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After %s", got)
	}
	c.Add(3 * time.Second)
	wantRate(t, ask(s, "GET", ping, ""), 200, "2", "1", "1704067220")
}

func TestRateLimit_IsPerKeyAndStandsOnEveryAnswer(t *testing.T) {
	s := newServer(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 1}})
	r := newRequest("GET", ping, "")
	r.Header.Set("Authorization", "Bearer another")
	wantRate(t, send(s, r), 401, "1", "1", "1704067200")
	wantRate(t, ask(s, "GET", "/nowhere", ""), 404, "1", "0", "1704067260")
	wantRate(t, ask(s, "GET", ping, ""), 429, "1", "0", "1704067260")

	open := mockapi.New(mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 1}})
	for _, key := range []string{"one", "two"} {
		r.Header.Set("Authorization", "Bearer "+key)
		send(open, r).want(t, 200)
	}
	send(open, r).want(t, 429)
}

func TestRateLimit_HeadersCanBeLeftOut(t *testing.T) {
	s := newServer(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 1, NoHeaders: true}})
	ask(s, "GET", ping, "")
	refused := ask(s, "GET", ping, "")
	wantRate(t, refused, 429, "", "", "")
	refused.want(t, 429, `"retryAfter":60`)
	if got, ok := refused.header["Retry-After"]; ok {
		t.Errorf("Retry-After %v", got)
	}
}

func TestConcurrency_RefusesWhatIsTooMuchAtOnce(t *testing.T) {
	for name, limit := range map[string]mockapi.RateLimit{
		"only":            {Kind: mockapi.Concurrency, MaxConcurrent: 1},
		"by default":      {Kind: mockapi.Concurrency, PerMinute: 7},
		"without a quota": {MaxConcurrent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mockapi.Options{RateLimit: limit})
			arrived, hold := make(chan struct{}), make(chan struct{})
			s.Inject(mockapi.Fault{Times: 1, Hold: hold, Match: func(*mockapi.Request) bool { close(arrived); return true }})
			first := make(chan answer)
			go func() { first <- ask(s, "GET", ping, "") }()
			<-arrived
			refused := ask(s, "GET", ping, "")
			wantRate(t, refused, 429, "1", "0", "1704067201")
			if got := refused.header.Get("Retry-After"); got != "1" {
				t.Errorf("Retry-After %s", got)
			}
			close(hold)
			a := <-first
			a.want(t, 200)
			s.ClearFaults()
			ask(s, "GET", ping, "").want(t, 200)
		})
	}
}

func TestConcurrency_GoesTogetherWithAQuota(t *testing.T) {
	s := newServer(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 2, MaxConcurrent: 1}})
	wantRate(t, ask(s, "GET", ping, ""), 200, "2", "1", "1704067230")
	ask(s, "GET", ping, "").want(t, 200)
	ask(s, "GET", ping, "").want(t, 429)
}

func TestRateKind_HasNames(t *testing.T) {
	for kind, name := range map[mockapi.RateKind]string{
		mockapi.TokenBucket: "token-bucket", mockapi.FixedWindow: "fixed-window", mockapi.Concurrency: "concurrency", 9: "9",
	} {
		if text, err := kind.MarshalText(); err != nil || string(text) != name {
			t.Errorf("%d is %s, %v", kind, text, err)
		}
	}
	var kind mockapi.RateKind
	if err := kind.UnmarshalText([]byte("fixed-window")); err != nil || kind != mockapi.FixedWindow {
		t.Errorf("got %v, %v", kind, err)
	}
	if err := kind.UnmarshalText([]byte("leaky")); err == nil {
		t.Error("leaky is a kind")
	}
}
