package mockapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func text(s string) *string { return &s }

func TestFault_StatusWithoutCommitStoresNothing(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Status: 503, Header: http.Header{"retry-after": {"7"}}})
	a := ask(s, "POST", accountPath, accountBody)
	a.want(t, 503, `"error":"service_unavailable"`)
	if strings.Contains(a.text, "retryAfter") {
		t.Errorf("only a 429 has retryAfter: %s", a.text)
	}
	if got := a.header.Get("Retry-After"); got != "7" {
		t.Errorf("Retry-After %q", got)
	}
	if got := s.Requests()[0]; len(s.Accounts()) != 0 || got.Committed || got.Status != 503 {
		t.Errorf("recorded %+v", got)
	}
}

func TestFault_StatusWithCommitStores(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Status: 500, Commit: true})
	ask(s, "POST", accountPath, accountBody).want(t, 500, `"error":"internal_error"`)
	if got := s.Requests()[0]; len(s.Accounts()) != 1 || !got.Committed || got.Status != 500 {
		t.Errorf("recorded %+v", got)
	}
	ask(s, "POST", accountPath, `{}`).want(t, 500)
	if got := s.Requests()[1]; len(s.Accounts()) != 1 || got.Committed {
		t.Errorf("a wrong request was stored: %+v", got)
	}
}

func TestFault_AnswersAreReplacedAsFarAsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  mockapi.Fault
		status int
		part   string
		kind   string
		stored int
	}{
		"401 has no body":          {mockapi.Fault{Status: 401}, 401, "", "", 0},
		"429 repeats Retry-After":  {mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"9"}}}, 429, `"retryAfter":9`, "application/json; charset=utf-8", 0},
		"418 has the general code": {mockapi.Fault{Status: 418}, 418, `"error":"error"`, "application/json; charset=utf-8", 0},
		"other success":            {mockapi.Fault{Status: 202, Commit: true}, 202, "APICreateCreditAccount", "application/json; charset=utf-8", 1},
		"success without commit":   {mockapi.Fault{Status: 201}, 201, "APICreateCreditAccount", "application/json; charset=utf-8", 0},
		"HTML":                     {mockapi.Fault{Status: 502, Body: text("<html>")}, 502, "<html>", "text/html; charset=utf-8", 0},
		"only a body":              {mockapi.Fault{Body: text("{}"), Commit: true}, 201, "{}", "application/json; charset=utf-8", 1},
		"empty body":               {mockapi.Fault{Body: text("")}, 201, "", "", 0},
		"no content":               {mockapi.Fault{Status: 204, Commit: true}, 204, "", "application/json; charset=utf-8", 1},
		"redirect":                 {mockapi.Fault{Status: 307, Header: http.Header{"Location": {"https://other.test/"}}}, 307, "", "application/json; charset=utf-8", 0},
		"own type":                 {mockapi.Fault{Body: text("x"), Header: http.Header{"Content-Type": {"text/plain"}}}, 201, "x", "text/plain", 0},
		"only headers":             {mockapi.Fault{Header: http.Header{"X-Extra": {"1"}}}, 201, "APICreate", "application/json; charset=utf-8", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mockapi.Options{})
			s.Inject(tc.fault)
			a, err := overTCP(t, s).askOnce(t, "POST", accountPath, accountBody)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, tc.status, tc.part)
			if tc.part == "" && tc.status != 307 && a.text != "" {
				t.Errorf("body %q", a.text)
			}
			if got := a.header.Get("Content-Type"); got != tc.kind {
				t.Errorf("Content-Type %q, want %q", got, tc.kind)
			}
			for name := range tc.fault.Header {
				if a.header.Get(name) != tc.fault.Header.Get(name) {
					t.Errorf("%s is %q", name, a.header.Get(name))
				}
			}
			if got := len(s.Accounts()); got != tc.stored {
				t.Errorf("%d accounts are stored, want %d", got, tc.stored)
			}
		})
	}
}

// askOnce asks without following redirects.
func (n network) askOnce(t *testing.T, method, path, body string) (answer, error) {
	n.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return n.ask(t.Context(), method, path, body)
}

func TestFault_DateCanBeChangedAndTakenAway(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Times: 1, Header: http.Header{"Date": {"Tue, 02 Jan 2024 00:00:00 GMT"}}})
	s.Inject(mockapi.Fault{Times: 1, Header: http.Header{"Date": nil}})
	n := overTCP(t, s)
	for _, want := range []string{"Tue, 02 Jan 2024 00:00:00 GMT", "", "Mon, 01 Jan 2024 00:00:00 GMT"} {
		a, err := n.ask(t.Context(), "GET", ping, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := a.header.Get("Date"); got != want {
			t.Errorf("Date %q, want %q", got, want)
		}
	}
}

func TestFault_MutateChangesTheOrdinaryAnswer(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Mutate: func(answer map[string]any) {
		account := answer["data"].(map[string]any)["APICreateCreditAccount"].(map[string]any)
		if account["currentBalance"] != json.Number("0.10") {
			t.Errorf("balance %#v", account["currentBalance"])
		}
		delete(account, "status")
		account["name"] = nil
	}})
	a := ask(s, "POST", accountPath, with("startingBalance", "0.10"))
	a.want(t, 201, `"name":null`, `"currentBalance":0.10`)
	if strings.Contains(a.text, "status") {
		t.Errorf("body %s", a.text)
	}
	if len(s.Accounts()) != 1 {
		t.Error("nothing is stored")
	}
}

func TestFault_MutateLeavesAnEmptyBodyAlone(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Status: 401, Mutate: func(map[string]any) { t.Error("called") }})
	if a := ask(s, "GET", ping, ""); a.status != 401 || a.text != "" {
		t.Errorf("answer %+v", a)
	}
}

func TestFault_ChoosesItsRequests(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{
		Method: "POST", Path: "/clients/{id}/creditAccounts", Skip: 1, Times: 2, Status: 500,
		Match: func(r *mockapi.Request) bool {
			s.Accounts() // a condition may ask the server
			return strings.Contains(string(r.Body), `"A"`)
		},
	})
	s.Inject(mockapi.Fault{Method: "POST", Path: "/incoming/v2/clients/{id}/creditAccounts", Status: 502, Times: 1})

	other := strings.Replace(accountBody, `"A"`, `"B"`, 1)
	for i, tc := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", ping, "", 200},
		{"POST", batchesPath, `{"startingBalance":1}`, 201},
		{"POST", accountPath, accountBody, 502}, // skipped by the first, so the second has it
		{"POST", accountPath, other, 201},
		{"POST", accountPath, accountBody, 500},
		{"POST", accountPath, accountBody, 500},
		{"POST", accountPath, accountBody, 201},
	} {
		if a := ask(s, tc.method, tc.path, tc.body); a.status != tc.want {
			t.Errorf("request %d: status %d, want %d", i, a.status, tc.want)
		}
	}
}

func TestFault_LastsUntilItIsCleared(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Status: 500})
	for range 3 {
		ask(s, "GET", ping, "").want(t, 500)
	}
	s.ClearFaults()
	ask(s, "GET", ping, "").want(t, 200)
}

func TestFault_ImpossibleOnePanics(t *testing.T) {
	for name, f := range map[string]mockapi.Fault{
		"status": {Status: 100}, "cut": {Cut: 9}, "times": {Times: -1}, "delay": {Delay: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			newServer(t, mockapi.Options{}).Inject(f)
		})
	}
}

func TestCut_EndsTheConnectionWhereTold(t *testing.T) {
	for _, tc := range []struct {
		cut   mockapi.Cut
		err   error
		part  string
		heads bool // whether the response's head arrives
	}{
		{cut: mockapi.CutConnection, err: io.EOF},
		{cut: mockapi.CutReset, err: syscall.ECONNRESET},
		{cut: mockapi.CutHeaders, part: "malformed HTTP"},
		{cut: mockapi.CutBody, err: io.ErrUnexpectedEOF, heads: true},
	} {
		for _, commit := range []bool{false, true} {
			t.Run(tc.cut.String(), func(t *testing.T) {
				s := newServer(t, mockapi.Options{})
				s.Inject(mockapi.Fault{Cut: tc.cut, Commit: commit})
				a, err := overTCP(t, s).ask(t.Context(), "POST", accountPath, accountBody)
				if err == nil || tc.err != nil && !errors.Is(err, tc.err) || !strings.Contains(err.Error(), tc.part) {
					t.Errorf("error %v, want %v %s", err, tc.err, tc.part)
				}
				if heads := a.status == 201 && strings.HasPrefix(a.text, `{"data":{"API`) && a.header.Get("Date") != ""; heads != tc.heads {
					t.Errorf("answer %+v", a)
				}
				if got := s.Requests()[0]; got.Status != 0 || got.Committed != commit || (len(s.Accounts()) == 1) != commit {
					t.Errorf("recorded %+v", got)
				}
			})
		}
	}
}

func TestCut_WorksInMemory(t *testing.T) {
	for _, cut := range []mockapi.Cut{mockapi.CutConnection, mockapi.CutReset, mockapi.CutHeaders, mockapi.CutBody} {
		inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
			s.Inject(mockapi.Fault{Cut: cut, Commit: true})
			if _, err := n.ask(t.Context(), "POST", accountPath, accountBody); err == nil {
				t.Errorf("%v: no error", cut)
			}
			if got := len(s.Accounts()); got != 1 {
				t.Errorf("%v: %d accounts are stored", cut, got)
			}
		})
	}
}

func TestCut_WorksOverTLS(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Cut: mockapi.CutReset})
	server := httptest.NewTLSServer(s)
	defer server.Close()
	_, err := network{client: server.Client(), url: server.URL}.ask(t.Context(), "GET", ping, "")
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v", err)
	}
}

func TestStray_FollowsTheCompleteResponse(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	control(s, "POST", "/fault", `{"stray":"HTTP/1.1 200 Bearer ","times":1}`).want(t, 204)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := newRequest("GET", server.URL+ping, "").Write(conn); err != nil {
		t.Fatal(err)
	}
	wire, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(wire), "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(string(wire), `{"valid":true}HTTP/1.1 200 Bearer `) {
		t.Errorf("read %s, %v", wire, err)
	}
	if got := s.Requests()[0].Status; got != 200 {
		t.Errorf("recorded status %d", got)
	}
	if a, err := (network{client: server.Client(), url: server.URL}).ask(t.Context(), "GET", ping, ""); err != nil || a.status != 200 {
		t.Errorf("%d, %v", a.status, err)
	}
}

func TestCut_WithoutAConnectionAborts(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Cut: mockapi.CutConnection, Commit: true})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) || len(s.Accounts()) != 1 {
			t.Error("the handler was not aborted after the commit")
		}
	}()
	ask(s, "POST", accountPath, accountBody)
}

func TestCut_HasNames(t *testing.T) {
	var cut mockapi.Cut
	if err := cut.UnmarshalText([]byte("headers")); err != nil || cut != mockapi.CutHeaders {
		t.Errorf("got %v, %v", cut, err)
	}
	if text, err := cut.MarshalText(); err != nil || string(text) != "headers" {
		t.Errorf("got %s, %v", text, err)
	}
	if err := cut.UnmarshalText([]byte("wire")); err == nil {
		t.Error("wire is a cut")
	}
}

func TestEndlessBody_LastsUntilTheClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, mockapi.Options{})
		s.Inject(mockapi.Fault{EndlessBody: true})
		n := inMemory(s)
		defer n.close()
		response, err := n.client.Do(newRequest("GET", n.url+ping, ""))
		if err != nil {
			t.Fatal(err)
		}
		start := make([]byte, 1<<20)
		if _, err := io.ReadFull(response.Body, start); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(string(start), `{"data":["000`) {
			t.Errorf("begins %q", start[:20])
		}
		response.Body.Close()
	})
}

func TestEndlessBody_HasAnEnd(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{EndlessBody: true, Status: 200})
	w := &countingWriter{header: make(http.Header)}
	r := newRequest("GET", ping, "")
	r.Body = http.NoBody
	s.ServeHTTP(w, r)
	if w.bytes < 64<<20 || w.bytes > 65<<20 {
		t.Errorf("%d bytes", w.bytes)
	}
}

type countingWriter struct {
	header http.Header
	bytes  int
}

func (w *countingWriter) Header() http.Header { return w.header }
func (w *countingWriter) WriteHeader(int)     {}
func (w *countingWriter) Write(b []byte) (int, error) {
	w.bytes += len(b)
	return len(b), nil
}

func TestEndlessBody_EndsWithTheServerThoughNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, mockapi.Options{})
		s.Inject(mockapi.Fault{EndlessBody: true})
		n := inMemory(s)
		defer n.close()
		response, err := n.client.Do(newRequest("GET", n.url+ping, ""))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		synctest.Wait() // the server is blocked writing
		s.Close()
		if _, err := io.Copy(io.Discard, response.Body); err == nil {
			t.Error("the body is complete")
		}
	})
}

// inBubble runs f with a server in a synctest bubble: its clock is the bubble's.
func inBubble(t *testing.T, options mockapi.Options, f func(t *testing.T, s *mockapi.Server, n network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		options.Now = time.Now
		s := newServer(t, options)
		n := inMemory(s)
		defer n.close()
		f(t, s, n)
	})
}

func TestDelay_PassesBeforeTheCommit(t *testing.T) {
	inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
		s.Inject(mockapi.Fault{Delay: time.Minute})
		begun := time.Now()
		a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, 201)
		if got := time.Since(begun); got != time.Minute {
			t.Errorf("took %v", got)
		}
		if got := s.Accounts()[0].CreatedAt; !got.Equal(begun.Add(time.Minute)) {
			t.Errorf("created %v", got.Sub(begun))
		}
	})
}

func TestDelay_LeavingClientDecidesUnlessCommitIsSet(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  mockapi.Fault
		stored int
	}{
		"only slow":           {mockapi.Fault{Delay: time.Minute}, 0},
		"does not notice":     {mockapi.Fault{Delay: time.Minute, Commit: true}, 1},
		"queues":              {mockapi.Fault{Delay: time.Minute, CommitDelay: time.Second}, 1},
		"slow after commit":   {mockapi.Fault{DelayAnswer: time.Minute}, 1},
		"slow failure":        {mockapi.Fault{DelayAnswer: time.Minute, Status: 500}, 0},
		"holds":               {mockapi.Fault{Hold: make(chan struct{})}, 1},
		"holds endless body":  {mockapi.Fault{DelayAnswer: time.Minute, EndlessBody: true, Commit: true}, 1},
		"holds and then cuts": {mockapi.Fault{DelayAnswer: time.Minute, Cut: mockapi.CutBody, Commit: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
				if tc.fault.Hold != nil {
					tc.fault.Hold = make(chan struct{}) // a channel of this bubble
				}
				s.Inject(tc.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if _, err := n.ask(ctx, "POST", accountPath, accountBody); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
				time.Sleep(2 * time.Second) // of the bubble's clock
				got := s.Requests()[0]
				if len(s.Accounts()) != tc.stored || got.Committed != (tc.stored == 1) || got.Status != 0 {
					t.Errorf("%d accounts are stored, recorded %+v", len(s.Accounts()), got)
				}
			})
		})
	}
}

func TestCommitDelay_StoresAfterTheAnswer(t *testing.T) {
	inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
		s.Inject(mockapi.Fault{Status: 504, CommitDelay: 20 * time.Second})
		begun := time.Now()
		a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, 504)
		if got := time.Since(begun); got != 0 {
			t.Errorf("took %v", got)
		}
		time.Sleep(20*time.Second - 1)
		synctest.Wait()
		if len(s.Accounts()) != 0 || s.Requests()[0].Committed {
			t.Error("stored too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		accounts, batches := s.Accounts(), s.Batches()
		if len(accounts) != 1 || len(batches) != 1 || !s.Requests()[0].Committed {
			t.Fatalf("%d accounts and %d batches are stored", len(accounts), len(batches))
		}
		if at := begun.Add(20 * time.Second); !accounts[0].CreatedAt.Equal(at) || !batches[0].CreatedAt.Equal(at) {
			t.Errorf("created %v", accounts[0].CreatedAt.Sub(begun))
		}
	})
}

func TestCommitDelay_WorksForBatches(t *testing.T) {
	inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
		b := s.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "1"})
		s.Inject(mockapi.Fault{CommitDelay: time.Second, Cut: mockapi.CutConnection})
		_, postErr := n.ask(t.Context(), "POST", batchesPath, `{"startingBalance":3}`)
		_, putErr := n.ask(t.Context(), "PUT", "/incoming/v2/clients/creditBatches/"+b.ID, `{"currentBalance":0}`)
		if postErr == nil || putErr == nil {
			t.Errorf("errors %v, %v", postErr, putErr)
		}
		if got := s.Batches(); len(got) != 1 || got[0].CurrentBalance != "1" {
			t.Errorf("stored %+v", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.Batches(); len(got) != 2 || got[0].CurrentBalance != "0" || got[1].StartingBalance != "3" {
			t.Errorf("stored %+v", got)
		}
	})
}

func TestHold_AnswersWhenReleased(t *testing.T) {
	inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
		hold := make(chan struct{})
		s.Inject(mockapi.Fault{Hold: hold, Times: 1})
		answers := make(chan answer)
		go func() {
			a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
			if err != nil {
				t.Error(err)
			}
			answers <- a
		}()
		synctest.Wait()
		if got := s.Requests()[0]; len(s.Accounts()) != 1 || !got.Committed || got.Status != 0 {
			t.Errorf("recorded %+v", got)
		}
		close(hold)
		a := <-answers
		a.want(t, 201)
	})
}

func TestLatency_PassesBeforeEveryAnswerAfterTheCommit(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: 3 * time.Second, RateLimit: mockapi.RateLimit{PerMinute: 1}}, func(t *testing.T, s *mockapi.Server, n network) {
		for _, status := range []int{201, 429} {
			begun := time.Now()
			a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, status)
			if got := time.Since(begun); got != 3*time.Second {
				t.Errorf("%d took %v", status, got)
			}
			if got := s.Accounts()[0].CreatedAt; status == 201 && !got.Equal(begun) {
				t.Errorf("created after %v", got.Sub(begun))
			}
		}
	})
}

func TestClose_EndsWaitsAndExecutesPendingCommits(t *testing.T) {
	inBubble(t, mockapi.Options{}, func(t *testing.T, s *mockapi.Server, n network) {
		s.Inject(mockapi.Fault{Times: 1, Status: 504, CommitDelay: time.Hour})
		s.Inject(mockapi.Fault{Times: 1, Delay: time.Hour})
		s.Inject(mockapi.Fault{Times: 1, DelayAnswer: time.Hour})
		s.Inject(mockapi.Fault{Times: 1, Hold: make(chan struct{})})
		if _, err := n.ask(t.Context(), "POST", accountPath, accountBody); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		answers := make(chan answer)
		for range 3 {
			go func() {
				a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
				if err != nil {
					t.Error(err)
				}
				answers <- a
			}()
			synctest.Wait()
		}
		if got := len(s.Accounts()); got != 2 {
			t.Errorf("%d accounts are stored", got)
		}
		s.Close()
		if got := len(s.Accounts()); got < 3 {
			t.Errorf("%d accounts are stored after Close", got)
		}
		for range 3 {
			a := <-answers
			a.want(t, 201)
		}
		if got := len(s.Accounts()); got != 4 {
			t.Errorf("%d accounts are stored in the end", got)
		}

		s.Inject(mockapi.Fault{Status: 504, Delay: time.Hour, CommitDelay: time.Hour})
		a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, 504)
		synctest.Wait()
		if got := len(s.Accounts()); got != 5 || time.Since(begun) != 0 {
			t.Errorf("a closed server waits: %d accounts after %v", got, time.Since(begun))
		}
	})
}

func TestServer_IsSafeForConcurrentUse(t *testing.T) {
	s := newServer(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 1000, MaxConcurrent: 100}})
	s.Inject(mockapi.Fault{Times: 5, Status: 500, Commit: true})
	n := overTCP(t, s)
	done := make(chan error)
	const workers, each = 4, 10
	for range workers {
		go func() {
			var errs error
			for range each {
				_, err := n.ask(t.Context(), "POST", accountPath, accountBody)
				errs = errors.Join(errs, err)
				_, err = n.ask(t.Context(), "GET", listBatches, "")
				errs = errors.Join(errs, err, s.UseCredits(s.Batches()[0].ID, 0.01))
				s.Requests()
			}
			done <- errs
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	failed := 0
	for _, r := range s.Requests() {
		if r.Status == 500 {
			failed++
		}
	}
	if failed != 5 || s.Count("", "") != 2*workers*each {
		t.Errorf("%d failed of %d", failed, s.Count("", ""))
	}
}
