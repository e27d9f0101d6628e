package mockapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestPing_TellsThatTheKeyIsValid(t *testing.T) {
	a := ask(newServer(t, mockapi.Options{}), "GET", "/incoming/v2/ping", "")
	a.want(t, 200)
	if a.text != `{"valid":true}` {
		t.Errorf("body %s", a.text)
	}
}

func TestKey_MissingOrWrongIsAnsweredWithAnEmpty401(t *testing.T) {
	for name, header := range map[string][]string{
		"missing":      nil,
		"empty":        {"Bearer "},
		"another":      {"Bearer ti_test_other"},
		"other scheme": {"Basic " + key},
		"small scheme": {"bearer " + key},
		"with space":   {"Bearer " + key + " x"},
		"twice":        {"Bearer " + key, "Bearer " + key},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mockapi.Options{})
			r := newRequest("POST", accountPath, accountBody)
			r.Header["Authorization"] = header
			a := send(s, r)
			a.want(t, 401)
			if a.text != "" {
				t.Errorf("body %q, want none", a.text)
			}
			if got := s.Requests(); len(got) != 1 || got[0].Status != 401 || got[0].Committed {
				t.Errorf("recorded %+v", got)
			}
		})
	}
}

func TestKey_AnyIsAcceptedWhereNoneIsSet(t *testing.T) {
	s := mockapi.New(mockapi.Options{})
	r := newRequest("GET", "/incoming/v2/ping", "")
	r.Header.Set("Authorization", "Bearer anything")
	send(s, r).want(t, 200)
	r.Header.Del("Authorization")
	send(s, r).want(t, 401)
}

func TestPath_IsStrict(t *testing.T) {
	for _, tc := range []struct {
		method, path string
		status       int
		part         string
	}{
		{"GET", "/", 404, "not_found"},
		{"GET", "/incoming/v2", 404, "not_found"},
		{"GET", "/incoming/v2/", 404, "not_found"},
		{"GET", "/incoming/v1/ping", 404, "not_found"},
		{"GET", "/incoming/v2/ping/", 404, "not_found"},
		{"GET", "/incoming/v2//ping", 404, "not_found"},
		{"GET", "/incoming/v2/Ping", 404, "not_found"},
		{"GET", "/incoming/v2/clients/", 404, "not_found"},
		{"GET", "/incoming/v2/clients/" + nobody, 404, nobody},
		{"GET", "/incoming/v2/clients/a%2Fb", 404, "a/b"},
		{"POST", "/incoming/v2/ping", 405, "method_not_allowed"},
		{"GET", accountPath, 405, "GET is not allowed"},
		{"DELETE", accountPath, 405, "method_not_allowed"},
		{"PUT", accountPath + "/" + nobody, 404, "not_found"},
		{"POST", "/incoming/v2/clients", 405, "method_not_allowed"},
	} {
		t.Run(tc.method+tc.path, func(t *testing.T) {
			ask(newServer(t, mockapi.Options{}), tc.method, tc.path, "").want(t, tc.status, tc.part)
		})
	}
}

func TestMethod_RefusedOneIsToldTheOthers(t *testing.T) {
	a := ask(newServer(t, mockapi.Options{}), "PUT", batchesPath, "")
	a.want(t, 405)
	if got := a.header.Get("Allow"); got != "GET, POST" {
		t.Errorf("Allow %q", got)
	}
}

func TestPathPrefix_StandsBeforeTheBasePath(t *testing.T) {
	s := newServer(t, mockapi.Options{PathPrefix: "/tenant/"})
	ask(s, "GET", "/tenant/incoming/v2/ping", "").want(t, 200)
	ask(s, "GET", "/incoming/v2/ping", "").want(t, 404)
	for _, pattern := range []string{"/ping", "/incoming/v2/ping", "/tenant/incoming/v2/ping"} {
		want := 1
		if pattern == "/incoming/v2/ping" {
			want = 2 // the request without the prefix fits as a whole path
		}
		if got := s.Count("GET", pattern); got != want {
			t.Errorf("Count(%s) = %d, want %d", pattern, got, want)
		}
	}
}

func TestDate_IsTheServersClock(t *testing.T) {
	c := &clock{now: start.Add(90 * time.Minute)}
	s := newServer(t, mockapi.Options{Now: c.Now})
	want := "Mon, 01 Jan 2024 01:30:00 GMT"
	for name, a := range map[string]answer{
		"200": ask(s, "GET", "/incoming/v2/ping", ""),
		"404": ask(s, "GET", "/nowhere", ""),
		"422": ask(s, "GET", batchesPath, ""),
	} {
		if got := a.header.Get("Date"); got != want {
			t.Errorf("%s: Date %q, want %q", name, got, want)
		}
		if got := a.header.Get("X-RateLimit-Limit"); got != "" {
			t.Errorf("%s: rate headers without a limit: %q", name, got)
		}
	}
	r := newRequest("GET", "/incoming/v2/ping", "")
	r.Header.Del("Authorization")
	if got := send(s, r).header.Get("Date"); got != want {
		t.Errorf("401: Date %q, want %q", got, want)
	}
}

func TestDate_IsNotOverriddenOverTheNetwork(t *testing.T) {
	n := overTCP(t, newServer(t, mockapi.Options{}))
	a, err := n.ask(t.Context(), "GET", "/incoming/v2/ping", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.header.Values("Date"); len(got) != 1 || got[0] != "Mon, 01 Jan 2024 00:00:00 GMT" {
		t.Errorf("Date %q", got)
	}
}

func TestBody_TooLargeIsRefused(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	body := `{"name":"` + strings.Repeat("x", 9<<20) + `"}`
	ask(s, "POST", accountPath, body).want(t, 413, "too_large")
}

func TestBody_LostOnTheWayIsNotProcessed(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	r := newRequest("POST", accountPath, accountBody)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"name":`), errorReader{}))
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Error("the handler was not aborted")
		}
		if got := s.Requests(); len(got) != 1 || got[0].Status != 0 || string(got[0].Body) != `{"name":` {
			t.Errorf("recorded %+v", got)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), r)
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("lost") }

func TestRequests_AreRecordedAsCopies(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, accountBody)
	ask(s, "GET", listBatches, "")

	got := s.Requests()
	if len(got) != 2 {
		t.Fatalf("%d requests", len(got))
	}
	post, list := got[0], got[1]
	if post.Method != http.MethodPost || post.Path != accountPath || string(post.Body) != accountBody ||
		post.Status != 201 || !post.Committed || !post.Time.Equal(start) {
		t.Errorf("recorded %+v", post)
	}
	if list.Query.Get("clientId") != acme || list.Status != 200 || list.Committed {
		t.Errorf("recorded %+v", list)
	}
	if post.Header.Get("Authorization") != "Bearer "+key {
		t.Errorf("header %v", post.Header)
	}

	post.Body[0] = 'x'
	post.Header.Set("Authorization", "x")
	list.Query.Set("clientId", "x")
	again := s.Requests()
	if again[0].Body[0] == 'x' || again[0].Header.Get("Authorization") == "x" || again[1].Query.Get("clientId") == "x" {
		t.Error("the record was changed through a copy")
	}

	s.ResetRequests()
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("%d requests after the reset", len(got))
	}
}

func TestCount_TakesPatterns(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, accountBody)
	ask(s, "POST", accountPath, `{}`)
	ask(s, "GET", "/incoming/v2/ping", "")
	ask(s, "GET", "/elsewhere", "")
	for _, tc := range []struct {
		method, pattern string
		want            int
	}{
		{"", "", 4},
		{"POST", "", 2},
		{"PUT", "", 0},
		{"POST", "/incoming/v2/clients/{id}/creditAccounts", 2},
		{"", "/clients/{id}/creditAccounts", 2},
		{"", "/clients/" + acme + "/creditAccounts", 2},
		{"", "/clients/{id}", 0},
		{"", "/clients/{id}/", 2},
		{"", "/clients/{rest...}", 2},
		{"", "/", 4},
		{"", "/ping", 1},
		{"GET", "/elsewhere", 1},
		{"", "/incoming/v2/elsewhere", 0},
	} {
		if got := s.Count(tc.method, tc.pattern); got != tc.want {
			t.Errorf("Count(%q, %q) = %d, want %d", tc.method, tc.pattern, got, tc.want)
		}
	}
}

func TestSummary_CountsEachEndpoint(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "GET", "/elsewhere", "")
	ask(s, "DELETE", accountPath, "")
	ask(s, "POST", accountPath, accountBody)
	ask(s, "POST", accountPath, accountBody)
	ask(s, "GET", "/incoming/v2/ping", "")
	want := []mockapi.EndpointCount{
		{Endpoint: "GET /incoming/v2/ping", Requests: 1},
		{Endpoint: "POST /incoming/v2/clients/{id}/creditAccounts", Requests: 2},
		{Endpoint: "other", Requests: 2},
	}
	got := s.Summary()
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}
