package mockapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// endpoint is a documented call.
type endpoint struct {
	method, path       string
	required, optional []string // query parameters
	decide             func(*Server, call) (result, error)
}

// endpoints returns them in the order of the API's documentation.
func endpoints() []endpoint {
	const (
		ofClient  = "/clients/{id}"
		ofAccount = ofClient + "/creditAccount/{creditAccountId}"
	)
	byClient := []string{"clientId"}
	byType := []string{"clientId", "actionType"}
	pages := []string{"page", "cursor"}
	byAccount := []string{"creditAccountId", "page", "cursor"}
	search := []string{"query", "sort", "count", "page", "cursor"}
	return []endpoint{
		{"GET", "/ping", nil, nil, (*Server).ping},
		{"POST", ofClient + "/creditAccounts", nil, nil, (*Server).createCreditAccount},
		{"GET", ofClient + "/creditBatches", byClient, byAccount, (*Server).listCreditBatches},
		{"POST", ofClient + "/creditBatches", nil, nil, (*Server).createCreditBatch},
		{"PUT", "/clients/creditBatches/{creditBatchId}", nil, nil, (*Server).updateCreditBatch},
		{"GET", ofAccount + "/creditActions", byType, pages, (*Server).listCreditActions},
		{"GET", "/clients", nil, search, (*Server).listClients},
		{"GET", ofClient, nil, nil, (*Server).readClient},
		{"GET", ofClient + "/licenses", byClient, pages, (*Server).listLicenses},
	}
}

// call is a request with a documented path and query.
type call struct {
	*http.Request
	query  url.Values
	client *Client // that the path names, or nil
}

// result is what an endpoint decided.
type result struct {
	status int
	body   []byte

	// commit stores the object, or is nil. It runs at most once, with the server's lock, perhaps long after the
	// response: see Fault.CommitDelay. late is the time of that, or zero where it happens at once.
	commit func(late time.Time)
}

// refusal is an error of the API.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, message: fmt.Sprintf(format, args...)}
}

// refuseValue is for values that the documentation does not allow.
func refuseValue(format string, args ...any) error {
	return refuse(http.StatusUnprocessableEntity, format, args...)
}

func (e endpoint) pattern() string { return e.method + " " + BasePath + e.path }

// newMux finds an endpoint's pattern, and does nothing else.
func newMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, e := range endpoints() {
		mux.HandleFunc(e.pattern(), func(http.ResponseWriter, *http.Request) {})
	}
	return mux
}

// recorder takes the status with which the mux refuses a request.
type recorder struct {
	status int
	header http.Header
}

func (r *recorder) Header() http.Header            { return r.header }
func (r *recorder) Write(body []byte) (int, error) { return len(body), nil }
func (r *recorder) WriteHeader(status int)         { r.status = status }

// decide needs s.mu. It stores nothing.
func (s *Server) decide(r *http.Request) result {
	decided, err := s.find(r)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return result{status: refused.status, body: errorBody(refused.status, refused.message, "")}
	}
	return decided
}

func (s *Server) find(r *http.Request) (result, error) {
	refused := &recorder{header: make(http.Header)}
	s.mux.ServeHTTP(refused, r)
	if r.Method == http.MethodHead { // which the mux passes to GET
		refused.status = http.StatusMethodNotAllowed
	}
	if refused.status != 0 {
		return result{}, refuse(refused.status, "%s is not documented here", r.Method)
	}
	c := call{Request: r, query: r.URL.Query()}
	if id := r.PathValue("id"); id != "" {
		if c.client = s.store.client(id); c.client == nil {
			return result{}, refuse(http.StatusNotFound, "client %s does not exist", id)
		}
		if given := c.query.Get("clientId"); isUUID(given) && !sameID(given, id) {
			return result{}, refuseValue("clientId differs from the client in the path")
		}
	}
	all := endpoints()
	found := all[slices.IndexFunc(all, func(e endpoint) bool { return e.pattern() == r.Pattern })]
	if err := found.checkQuery(r.URL.RawQuery); err != nil {
		return result{}, err
	}
	return found.decide(s, c)
}

// errorBody is the documented error: a 401 has none, and only a 429 repeats its Retry-After.
func errorBody(status int, message, retryAfter string) []byte {
	if status == http.StatusUnauthorized {
		return nil
	}
	code := strings.ToLower(strings.ReplaceAll(cmp.Or(http.StatusText(status), "error"), " ", "_"))
	body := map[string]any{"error": code, "message": message}
	if seconds, err := strconv.Atoi(retryAfter); err == nil && status == http.StatusTooManyRequests {
		body["retryAfter"] = seconds
	}
	return encode(body)
}

func (s *Server) ping(call) (result, error) {
	return result{status: http.StatusOK, body: encode(map[string]any{"valid": true})}, nil
}

// checkQuery refuses what is not documented, given twice, missing or of the wrong kind.
func (e endpoint) checkQuery(rawQuery string) error {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "malformed query string")
	}
	for _, name := range e.required {
		if query.Get(name) == "" {
			return refuseValue("%s is required", name)
		}
	}
	for name, values := range query {
		switch {
		case !slices.Contains(e.required, name) && !slices.Contains(e.optional, name):
			return refuse(http.StatusBadRequest, "unknown query parameter: %s", name)
		case len(values) > 1:
			return refuse(http.StatusBadRequest, "%s is given more than once", name)
		case problemOf(name, values[0]) != "":
			return refuseValue("%s %s", name, problemOf(name, values[0]))
		}
	}
	return nil
}

// problemOf returns "" for a value that a query parameter may have.
func problemOf(name, value string) string {
	sorts := []string{"name", "slug", "sku", "createdAt"}
	number, err := strconv.Atoi(value)
	switch {
	case (name == "clientId" || name == "creditAccountId") && !isUUID(value):
		return "must be a UUID"
	case (name == "page" || name == "count") && (err != nil || number < 1):
		return "must be an integer of at least 1"
	case name == "actionType" && value != debit && value != credit:
		return "must be one of debit, credit"
	case name == "sort" && !slices.Contains(sorts, value):
		return "must be one of " + strings.Join(sorts, ", ")
	}
	return ""
}

// isUUID accepts the usual form with hyphens, not the others that uuid.Validate knows.
func isUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }
