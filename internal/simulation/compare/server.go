//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	apiKey      = "ti_test_compare_secret"
	client      = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa"
	otherClient = "bbbbbbbb-2222-4222-8222-bbbbbbbbbbbb"
	basePath    = "/incoming/v2"
	timestamp   = "2026-01-01T00:00:00.000Z"
)

type object = map[string]any

// server is a small API that stores accounts and batches. It shares no code with the fake API of the tests,
// so a mistake in one of them does not hide in the other.
type server struct {
	http *httptest.Server
	// form of responses: documented (the default), bare or data; paging is by page unless byCursor.
	form     string
	byCursor bool
	perPage  int

	mu       sync.Mutex
	rules    []*rule
	accounts []object
	batches  []object
	clients  []object
	licenses []object
	labels   map[string]string
	// names of accounts by id, as credit actions return them.
	names       map[string]string
	requests    map[string]int
	began, done int
	faults      []string
}

// rule is something that the server does differently with the requests that match.
type rule struct {
	method, path, body string // equal, contained, contained; empty matches all
	skip, times        int    // requests that pass first; then how many it applies to, 0 for all
	uncached           bool   // does not match a request that refuses cached responses
	afterPost          bool   // matches nothing before the first POST since it was added
	delay              time.Duration
	commit             bool // processes the request although the response is another one
	status             int
	header             map[string]string
	text               string
	drop, half         bool // closes the connection before the response, or within the body
	edit               func(entry object)
	entries            func(entries []object) []object
	wrap               func(response object)
	seen, posts        int // matching requests, and the POSTs before it was added
}

// replaces reports whether the rule decides the response by itself.
func (r *rule) replaces() bool { return r.status != 0 || r.drop || r.text != "" }

func (r *rule) matches(request *http.Request, body string) bool {
	if r.method != "" && r.method != request.Method || !strings.Contains(request.URL.Path, r.path) ||
		!strings.Contains(body, r.body) || r.uncached && request.Header.Get("Cache-Control") == "no-cache" {
		return false
	}
	r.seen++
	return r.seen > r.skip && (r.times == 0 || r.seen <= r.skip+r.times)
}

func newServer() *server {
	s := &server{perPage: 25, labels: map[string]string{}, names: map[string]string{}, requests: map[string]int{}}
	s.clients = []object{clientNamed(client, "Acme"), clientNamed(otherClient, "Globex")}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

func clientNamed(id, name string) object {
	return object{
		"id": id, "name": name, "schoolName": name + " School", "slug": strings.ToLower(name), "sku": nil, "customHost": nil,
	}
}

// idOf gives the same id in every run to the same object of a name.
func idOf(kind, name string, number int) string {
	digits := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d", kind, name, number)))
	return digits[:8] + "-" + digits[8:12] + "-4" + digits[13:16] + "-8" + digits[17:20] + "-" + digits[20:32]
}

func accountID(name string, number int) string { return idOf("account", name, number) }
func batchID(name string) string               { return idOf("batch", name, 1) }

// newID counts the objects of a name; it needs the lock.
func (s *server) newID(kind, name string) string {
	for number := 1; ; number++ {
		id := idOf(kind, name, number)
		if s.labels[id] == "" {
			s.labels[id] = fmt.Sprintf("%s#%d", name, number)
			return id
		}
	}
}

// addAccount stores an account with its first batch, and returns the response's object.
func (s *server) addAccount(clientID, name string, balance any) object {
	id := s.newID("account", name)
	account := object{
		"id": id, "clientId": clientID, "name": name, "currentBalance": balance, "status": "active", "notifyEmails": []any{},
		"type": "client", "batchDaysUntilExpire": 365, "minimumBatchAmount": 0, "sublicenses": []any{},
		"createdAt": timestamp, "updatedAt": timestamp,
	}
	s.accounts = append(s.accounts, account)
	s.names[id] = name
	if fmt.Sprint(balance) != "0" {
		s.addBatch(clientID, id, "first of "+name, balance)
	}
	return account
}

func (s *server) addBatch(clientID string, account any, name string, balance any) object {
	batch := object{
		"id": s.newID("batch", name), "name": name, "expiresOn": nil, "startingBalance": balance, "currentBalance": balance,
		"clientId": clientID, "status": "active", "createdAt": timestamp, "updatedAt": timestamp, "creditAccountId": account,
		"allocatedCredits": 0,
	}
	s.batches = append(s.batches, batch)
	return batch
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests[r.Method]++
	s.began++
	s.inspect(r, raw)
	var active []*rule
	for _, candidate := range s.rules {
		if (!candidate.afterPost || s.requests[http.MethodPost] > candidate.posts) && candidate.matches(r, string(raw)) {
			active = append(active, candidate)
		}
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.done++
		s.mu.Unlock()
	}()
	for _, rule := range active {
		time.Sleep(rule.delay)
	}
	decisive := slices.IndexFunc(active, (*rule).replaces)
	status, response := 0, object(nil)
	if decisive < 0 || active[decisive].commit {
		s.mu.Lock()
		status, response = s.process(r, raw, active)
		s.mu.Unlock()
	}
	text := []byte{}
	if response != nil {
		text, _ = json.Marshal(response)
	}
	if decisive >= 0 {
		status, text = active[decisive].status, []byte(active[decisive].text)
		if active[decisive].drop {
			panic(http.ErrAbortHandler)
		}
	}
	reply(w, status, text, active)
}

// reply writes the response, or the half of it.
func reply(w http.ResponseWriter, status int, text []byte, active []*rule) {
	w.Header().Set("Content-Type", "application/json")
	if bytes.HasPrefix(text, []byte("<")) {
		w.Header().Set("Content-Type", "text/html")
	}
	for _, rule := range active {
		for name, value := range rule.header {
			w.Header().Set(name, value)
		}
	}
	if status == http.StatusNoContent {
		text = nil
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	w.WriteHeader(max(status, 200))
	if slices.ContainsFunc(active, func(r *rule) bool { return r.half }) {
		_, _ = w.Write(text[:len(text)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(text)
}

// inspect notes what no client may send; it needs the lock.
func (s *server) inspect(r *http.Request, raw []byte) {
	query := r.URL.Query()
	agent, key := r.Header.Get("User-Agent"), r.Header.Get("Authorization")
	named := strings.Contains(agent, "terraform-provider-thoughtindustries/") && strings.Contains(agent, "erraform/")
	isListing := r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/creditBatches")
	for fault, found := range map[string]bool{
		"null in a body":          bytes.Contains(raw, []byte("null")),
		"page beside a cursor":    query.Has("page") && query.Has("cursor"),
		"user agent":              !named,
		"content type":            r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json",
		"path " + r.URL.Path:      !strings.Contains(r.URL.Path, basePath+"/"),
		"another key":             key != "Bearer "+apiKey && key != "Bearer wrong",
		"clientId not in a query": isListing && !query.Has("clientId"),
	} {
		if found && !slices.Contains(s.faults, fault) {
			s.faults = append(s.faults, fault)
		}
	}
}

// process carries the request out; it needs the lock.
func (s *server) process(r *http.Request, raw []byte, active []*rule) (int, object) {
	var body object
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	_ = decoder.Decode(&body)
	_, path, _ := strings.Cut(r.URL.Path, basePath)
	part := append(strings.Split(strings.Trim(path, "/"), "/"), "", "", "", "", "")
	asked := strings.ToLower(part[1])
	name, _ := body["name"].(string)
	if r.Header.Get("Authorization") != "Bearer "+apiKey {
		return http.StatusUnauthorized, nil
	}
	switch {
	case part[0] == "ping":
		return http.StatusOK, object{"valid": true}
	case part[1] == "":
		return http.StatusOK, s.list("Clients", "clients", s.clientsLike(r.URL.Query().Get("query")), r, active)
	case r.Method == http.MethodPut:
		return s.change(part[2], body, active)
	case !slices.ContainsFunc(s.clients, func(c object) bool { return c["id"] == asked }):
		return http.StatusNotFound, object{"error": "not_found", "message": "no such client"}
	case part[2] == "":
		return http.StatusOK, s.object("ClientById", s.clientsLike(asked)[0], active)
	case part[2] == "licenses":
		return http.StatusOK, s.list("APILicensesByClientId", "licenses", s.licenses, r, active)
	case part[4] == "creditActions":
		return http.StatusOK, s.list("APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions",
			s.actions(asked, strings.ToLower(part[3]), r.URL.Query().Get("actionType")), r, active)
	case r.Method == http.MethodGet:
		return http.StatusOK, s.list("APICreditBatchesByClientAndCreditAccount", "creditBatches",
			s.batchesOf(asked, r.URL.Query().Get("creditAccountId")), r, active)
	case part[2] == "creditAccounts":
		account := s.addAccount(asked, name, body["startingBalance"])
		for _, name := range []string{"type", "batchDaysUntilExpire", "minimumBatchAmount", "notifyEmails"} {
			if value, sent := body[name]; sent {
				account[name] = value
			}
		}
		return http.StatusCreated, s.object("APICreateCreditAccount", account, active)
	}
	batch := s.addBatch(asked, body["creditAccountId"], name, body["startingBalance"])
	batch["expiresOn"] = body["expiresOn"]
	return http.StatusCreated, s.object("CreateCreditBatch", batch, active)
}

func (s *server) clientsLike(query string) (found []object) {
	for _, c := range s.clients {
		if strings.Contains(strings.ToLower(fmt.Sprint(c["id"], c["name"], c["slug"])), strings.ToLower(query)) {
			found = append(found, c)
		}
	}
	return found
}

func (s *server) batchesOf(clientID, account string) (found []object) {
	for _, b := range s.batches {
		if b["clientId"] == clientID && (account == "" || b["creditAccountId"] == account) {
			found = append(found, b)
		}
	}
	return found
}

func (s *server) actions(clientID, account, kind string) (found []object) {
	for _, b := range s.batchesOf(clientID, account) {
		if kind == "credit" {
			found = append(found, object{
				"id": idOf("action", fmt.Sprint(b["id"]), 1), "action": "credit", "amount": b["startingBalance"], "target": b["id"],
				"targetType": "creditBatch", "creditAccountName": s.names[account], "timestamp": timestamp, "updatedAt": timestamp,
			})
		}
	}
	return found
}

func (s *server) change(id string, body object, active []*rule) (int, object) {
	for _, batch := range s.batches {
		if batch["id"] == strings.ToLower(id) {
			for name, value := range body {
				batch[name] = value
			}
			return http.StatusOK, s.object("UpdateCreditBatch", batch, active)
		}
	}
	return http.StatusNotFound, object{"error": "not_found", "message": "no such batch"}
}

// object writes one object in the server's form.
func (s *server) object(operation string, stored object, active []*rule) object {
	response := copied(stored)
	for _, rule := range active {
		if rule.edit != nil {
			rule.edit(response)
		}
	}
	return s.finish(operation, response, active)
}

func (s *server) finish(operation string, response object, active []*rule) object {
	switch s.form {
	case "":
		response = object{"data": object{operation: response}}
	case "data":
		if operation != "" {
			response = object{"data": response}
		}
	}
	for _, rule := range active {
		if rule.wrap != nil {
			rule.wrap(response)
		}
	}
	return response
}

func copied(stored object) object {
	result := object{}
	for name, value := range stored {
		result[name] = value
	}
	return result
}

// list writes one page of a listing in the server's form.
func (s *server) list(operation, name string, stored []object, r *http.Request, active []*rule) object {
	entries := []object{}
	for _, entry := range stored {
		entries = append(entries, copied(entry))
	}
	for _, rule := range active {
		for _, entry := range entries {
			if rule.edit != nil {
				rule.edit(entry)
			}
		}
		if rule.entries != nil {
			entries = rule.entries(entries)
		}
	}
	page := s.pageOf(r)
	total := len(entries)
	from := min((page-1)*s.perPage, total)
	to := min(from+s.perPage, total)
	cursor := any(nil)
	if s.byCursor && to < total {
		cursor = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d", page+1))
	}
	if s.form == "data" {
		pages := (total + s.perPage - 1) / s.perPage
		meta := object{"page": page, "perPage": s.perPage, "totalCount": total, "totalPages": pages, "nextCursor": cursor}
		return s.finish("", object{"data": entries[from:to], "meta": meta}, active)
	}
	info := object{"cursor": cursor, "hasMore": to < total, "perPage": s.perPage, "total": total}
	return s.finish(operation, object{name: entries[from:to], "pageInfo": info}, active)
}

func (s *server) pageOf(r *http.Request) int {
	query := r.URL.Query()
	text := query.Get("page")
	if s.byCursor {
		raw, _ := base64.StdEncoding.DecodeString(query.Get("cursor"))
		text = string(raw)
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return 1
	}
	return number
}
