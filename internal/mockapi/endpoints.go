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

// endpoint decides what a request means. It needs the server's lock, and stores nothing itself.
type endpoint func(*Server, *http.Request) (result, error)

// result is what an endpoint decided.
type result struct {
	status int
	body   []byte

	// commit stores the object, or is nil. It runs at most once, with the server's lock, perhaps long after the
	// response: see Fault.CommitDelay.
	commit func(at time.Time)
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

func (s *Server) registerEndpoints() {
	s.mux = http.NewServeMux()
	s.register("GET /ping", (*Server).ping)
	s.register("POST /clients/{id}/creditAccounts", (*Server).createCreditAccount)
	s.register("GET /clients/{id}/creditBatches", (*Server).listCreditBatches)
	s.register("POST /clients/{id}/creditBatches", (*Server).createCreditBatch)
	s.register("PUT /clients/creditBatches/{creditBatchId}", (*Server).updateCreditBatch)
	s.register("GET /clients/{id}/creditAccount/{creditAccountId}/creditActions", (*Server).listCreditActions)
	s.register("GET /clients", (*Server).listClients)
	s.register("GET /clients/{id}", (*Server).readClient)
	s.register("GET /clients/{id}/licenses", (*Server).listLicenses)
}

func (s *Server) register(pattern string, e endpoint) {
	method, path, _ := strings.Cut(pattern, " ")
	pattern = method + " " + BasePath + path
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { w.(*recorder).endpoint = e })
}

// recorder takes the endpoint that the mux found, or the status with which the mux refuses a request.
type recorder struct {
	endpoint endpoint
	status   int
	header   http.Header
}

func (r *recorder) Header() http.Header            { return r.header }
func (r *recorder) Write(body []byte) (int, error) { return len(body), nil }
func (r *recorder) WriteHeader(status int)         { r.status = status }

// decide needs s.mu.
func (s *Server) decide(r *http.Request) result {
	found := &recorder{header: make(http.Header)}
	s.mux.ServeHTTP(found, r)
	decided, err := result{}, refuse(found.status, "%s %s is not documented", r.Method, r.URL.Path)
	switch {
	case r.Method == http.MethodHead: // which the mux passes to GET
		err = refuse(http.StatusMethodNotAllowed, "HEAD is not documented")
	case found.endpoint != nil:
		decided, err = found.endpoint(s, r)
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return result{status: refused.status, body: errorBody(refused.status, refused.message, "")}
	}
	return decided
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

func (s *Server) ping(r *http.Request) (result, error) {
	err := checkQuery(r.URL, nil)
	return result{status: http.StatusOK, body: encode(map[string]any{"valid": true})}, err
}

// clientOf returns the client that the path names.
func (s *Server) clientOf(r *http.Request) (*Client, error) {
	client := s.store.client(r.PathValue("id"))
	if client == nil {
		return nil, refuse(http.StatusNotFound, "client %s does not exist", r.PathValue("id"))
	}
	return client, nil
}

// checkListing checks the query of a listing, with the parameters that every listing takes besides its own.
func (s *Server) checkListing(r *http.Request, required []string, optional ...string) error {
	optional = append(optional, "page", "cursor")
	if s.options.Wire == WireMeta {
		optional = append(optional, "perPage")
	}
	if client := r.URL.Query().Get("clientId"); isUUID(client) && !sameID(client, r.PathValue("id")) {
		return refuse(http.StatusUnprocessableEntity, "clientId differs from the client in the path")
	}
	return checkQuery(r.URL, required, optional...)
}

// parameterKinds are what a query parameter must be; one that is not here is any text.
var parameterKinds = map[string]struct {
	valid       func(string) bool
	description string
}{
	"clientId":        {isUUID, "a UUID"},
	"creditAccountId": {isUUID, "a UUID"},
	"page":            {isPositive, "an integer of at least 1"},
	"perPage":         {isPositive, "an integer of at least 1"},
	"count":           {isPositive, "an integer of at least 1"},
	"actionType":      {isOneOf(debit, credit), "debit or credit"},
	"sort":            {isOneOf("name", "slug", "sku", "createdAt"), "name, slug, sku or createdAt"},
}

// checkQuery refuses what is not documented, given twice, missing or of the wrong kind.
func checkQuery(address *url.URL, required []string, optional ...string) error {
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "malformed query string")
	}
	for _, name := range required {
		if query.Get(name) == "" {
			return refuse(http.StatusUnprocessableEntity, "%s is required", name)
		}
	}
	for name, values := range query {
		kind, isChecked := parameterKinds[name]
		switch {
		case !slices.Contains(required, name) && !slices.Contains(optional, name):
			return refuse(http.StatusBadRequest, "unknown query parameter: %s", name)
		case len(values) > 1:
			return refuse(http.StatusBadRequest, "%s is given more than once", name)
		case isChecked && !kind.valid(values[0]):
			return refuse(http.StatusUnprocessableEntity, "%s must be %s", name, kind.description)
		}
	}
	return nil
}

// isUUID accepts the usual form with hyphens, not the others that uuid.Validate knows.
func isUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

func isPositive(text string) bool {
	number, err := strconv.Atoi(text)
	return err == nil && number > 0
}

func isOneOf(values ...string) func(string) bool {
	return func(text string) bool { return slices.Contains(values, text) }
}
