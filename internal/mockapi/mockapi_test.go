package mockapi_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	key         = "ti_test_secret"
	acme        = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	globex      = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
	clientPath  = "/clients/" + acme
	postPath    = clientPath + "/creditAccounts"
	batchesPath = clientPath + "/creditBatches"
	listPath    = batchesPath + "?clientId=" + acme
	actionsPath = clientPath + "/creditAccount/" + acme + "/creditActions"
	licensePath = clientPath + "/licenses?clientId=" + acme
)

// instance is a fake API on the network, with two clients and one account.
type instance struct {
	*mockapi.Server
	t       *testing.T
	url     string
	account mockapi.CreditAccount
}

func newInstance(t *testing.T, options mockapi.Options) instance {
	options.APIKey = key
	api := mockapi.New(options)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	t.Cleanup(api.Close)
	api.AddClient(mockapi.Client{ID: acme, Name: "Acme"})
	api.AddClient(mockapi.Client{ID: globex, Name: "Globex"})
	account := api.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "There", StartingBalance: "2.5"})
	return instance{api, t, server.URL + mockapi.BasePath, account}
}

// reply is the part of a response that the tests look at.
type reply struct {
	status    int
	age, body string
}

// ask sends a request with these headers changed.
func (i instance) ask(method, path, body string, headers ...string) (reply, error) {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), method, i.url+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header.Get("Age"), string(text)}, err
}

// accountBody is the body of a creation with some fields changed; nil takes one out.
func accountBody(changes map[string]any) string {
	fields := map[string]any{
		"name": "Onboarding", "startingBalance": 5, "notifyEmails": []string{}, "licenseIds": []string{},
		"clientId": acme, "type": "client", "batchDaysUntilExpire": 30, "minimumBatchAmount": 1, "creditBatchName": "B",
	}
	maps.Copy(fields, changes)
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
	text, _ := json.Marshal(fields)
	return string(text)
}

func TestStrict_WhatIsNotDocumentedIsRefused(t *testing.T) {
	with := func(name string, value any) string { return accountBody(map[string]any{name: value}) }
	null := json.RawMessage("null")
	inAccount := func(id string) string { return `{"startingBalance":1,"creditAccountId":"` + id + `"}` }
	for name, test := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"no key":                        {"GET", "/ping", "", []string{"Authorization", ""}, 401},
		"another key":                   {"GET", "/ping", "", []string{"Authorization", "Bearer other"}, 401},
		"another scheme":                {"GET", "/ping", "", []string{"Authorization", "Basic " + key}, 401},
		"an unknown path":               {"GET", postPath + "/" + globex, "", nil, 404},
		"reading an account":            {"GET", postPath, "", nil, 405},
		"deleting a batch":              {"DELETE", "/clients/creditBatches/" + globex, "", nil, 405},
		"HEAD":                          {"HEAD", "/ping", "", nil, 405},
		"an unknown client":             {"POST", "/clients/" + key + "/creditAccounts", accountBody(nil), nil, 404},
		"an unknown batch":              {"PUT", "/clients/creditBatches/" + globex, `{"name":"B"}`, nil, 404},
		"no Content-Type":               {"POST", postPath, accountBody(nil), []string{"Content-Type", ""}, 400},
		"another Content-Type":          {"POST", postPath, accountBody(nil), []string{"Content-Type", "text/plain"}, 400},
		"no JSON":                       {"POST", postPath, "name=Onboarding", nil, 400},
		"a JSON list":                   {"POST", postPath, "[]", nil, 400},
		"a null body":                   {"POST", postPath, "null", nil, 400},
		"two JSON values":               {"POST", postPath, accountBody(nil) + "{}", nil, 400},
		"an unknown field":              {"POST", postPath, with("nickname", "N"), nil, 400},
		"a field in another case":       {"POST", postPath, with("Name", "N"), nil, 400},
		"no name":                       {"POST", postPath, with("name", nil), nil, 422},
		"no startingBalance":            {"POST", postPath, with("startingBalance", nil), nil, 422},
		"no notifyEmails":               {"POST", postPath, with("notifyEmails", nil), nil, 422},
		"no licenseIds":                 {"POST", postPath, with("licenseIds", nil), nil, 422},
		"a null type":                   {"POST", postPath, with("type", null), nil, 422},
		"a null creditBatchName":        {"POST", postPath, with("creditBatchName", null), nil, 422},
		"a blank name":                  {"POST", postPath, with("name", " "), nil, 422},
		"a name that is a number":       {"POST", postPath, with("name", 5), nil, 422},
		"a balance as text":             {"POST", postPath, with("startingBalance", "5"), nil, 422},
		"a balance below 0":             {"POST", postPath, with("startingBalance", -1), nil, 422},
		"an integer with a fraction":    {"POST", postPath, with("minimumBatchAmount", 1.5), nil, 422},
		"an integer below 0":            {"POST", postPath, with("minimumBatchAmount", -1), nil, 422},
		"an integer of 33 bits":         {"POST", postPath, with("batchDaysUntilExpire", 1<<31), nil, 422},
		"one address, not a list":       {"POST", postPath, with("notifyEmails", "a@b.example"), nil, 422},
		"an empty address":              {"POST", postPath, with("notifyEmails", []string{""}), nil, 422},
		"a clientId that is no UUID":    {"POST", postPath, with("clientId", "acme"), nil, 422},
		"another client's ID":           {"POST", postPath, with("clientId", globex), nil, 422},
		"a query for a creation":        {"POST", postPath + "?clientId=" + acme, accountBody(nil), nil, 400},
		"a batch without a balance":     {"POST", batchesPath, `{"name":"B"}`, nil, 422},
		"a batch of an unknown account": {"POST", batchesPath, inAccount(globex), nil, 422},
		"an expiry that is a date":      {"POST", batchesPath, `{"startingBalance":1,"expiresOn":"2030-01-01"}`, nil, 422},
		"a list without clientId":       {"GET", batchesPath, "", nil, 422},
		"a list of another client":      {"GET", batchesPath + "?clientId=" + globex, "", nil, 422},
		"an account that is no UUID":    {"GET", listPath + "&creditAccountId=7", "", nil, 422},
		"an unknown parameter":          {"GET", listPath + "&perPage=100", "", nil, 400},
		"a parameter twice":             {"GET", listPath + "&page=1&page=2", "", nil, 400},
		"page 0":                        {"GET", listPath + "&page=0", "", nil, 422},
		"an unknown sort":               {"GET", "/clients?sort=beauty", "", nil, 422},
		"actions without actionType":    {"GET", actionsPath + "?clientId=" + acme, "", nil, 422},
	} {
		t.Run(name, func(t *testing.T) {
			api := newInstance(t, mockapi.Options{})
			got, err := api.ask(test.method, test.path, test.body, test.headers...)
			if err != nil || got.status != test.status {
				t.Errorf("got %v (%v), want %d", got, err, test.status)
			}
			if accounts, batches := len(api.Accounts()), len(api.Batches()); accounts != 1 || batches != 1 {
				t.Errorf("there are %d accounts and %d batches", accounts, batches)
			}
		})
	}
}

func TestFault_HappensBeforeOrAfterTheObjectIsStored(t *testing.T) {
	body := "<html>"
	isEmpty := func(r *mockapi.Request) bool { return len(r.Body) == 0 }
	failed := mockapi.OnlyErrors("no")
	closed := make(chan struct{})
	close(closed)
	for name, test := range map[string]struct {
		fault  mockapi.Fault
		status int // 0 where the connection fails
		stored bool
	}{
		"none":                       {mockapi.Fault{Times: 1, Skip: 1}, 201, true},
		"of another method":          {mockapi.Fault{Method: "GET", Status: 500}, 201, true},
		"of another path":            {mockapi.Fault{Path: "/clients/{id}/creditBatches", Status: 500}, 201, true},
		"of another body":            {mockapi.Fault{Match: isEmpty, Status: 500}, 201, true},
		"a status before":            {mockapi.Fault{Path: "/clients/{id}/creditAccounts", Status: 500}, 500, false},
		"a status after":             {mockapi.Fault{Status: 500, Commit: true}, 500, true},
		"a redirect":                 {mockapi.Fault{Status: 307}, 307, false},
		"a body before":              {mockapi.Fault{Body: &body}, 201, false},
		"a body after":               {mockapi.Fault{Body: &body, Commit: true}, 201, true},
		"errors before":              {mockapi.Fault{Status: 200, Rewrite: failed}, 200, false},
		"errors after":               {mockapi.Fault{Status: 200, Rewrite: failed, Commit: true}, 200, true},
		"a closed connection before": {mockapi.Fault{Cut: mockapi.CutConnection}, 0, false},
		"a closed connection after":  {mockapi.Fault{Cut: mockapi.CutConnection, Commit: true}, 0, true},
		"a reset before":             {mockapi.Fault{Cut: mockapi.CutReset}, 0, false},
		"a reset after":              {mockapi.Fault{Cut: mockapi.CutReset, Commit: true}, 0, true},
		"cut headers before":         {mockapi.Fault{Cut: mockapi.CutHeaders}, 0, false},
		"cut headers after":          {mockapi.Fault{Cut: mockapi.CutHeaders, Commit: true}, 0, true},
		"a cut body before":          {mockapi.Fault{Cut: mockapi.CutBody}, 0, false},
		"a cut body after":           {mockapi.Fault{Cut: mockapi.CutBody, Commit: true}, 0, true},
		"another header":             {mockapi.Fault{Header: http.Header{"X-Odd": {"1"}}}, 201, true},
		"a rewritten body":           {mockapi.Fault{Rewrite: mockapi.Set("id", 7)}, 201, true},
		"stray bytes":                {mockapi.Fault{Stray: "HTTP/1.1 200 OK\r\n\r\n"}, 201, true},
		"kept back, then let go":     {mockapi.Fault{Hold: closed}, 201, true},
	} {
		t.Run(name, func(t *testing.T) {
			api := newInstance(t, mockapi.Options{})
			api.Inject(test.fault)
			status := 0
			if got, err := api.ask(http.MethodPost, postPath, accountBody(nil)); err == nil {
				status = got.status
			}
			request := api.Requests()[0]
			if status != test.status || request.Status != status {
				t.Errorf("got %d and %d in the record, want %d", status, request.Status, test.status)
			}
			if stored := len(api.Accounts()) == 2; stored != test.stored || request.Committed != stored {
				t.Errorf("stored: %t and %t in the record, want %t", stored, request.Committed, test.stored)
			}
		})
	}
}

func TestOptions_AreWhatServicesDo(t *testing.T) {
	for name, test := range map[string]struct {
		options    mockapi.Options
		path, want string
	}{
		"an empty page":   {mockapi.Options{EmptyPage: true}, listPath, `"creditBatches":[]`},
		"a total alone":   {mockapi.Options{Paging: mockapi.PagingTotal}, listPath, `"pageInfo":{"total":1}`},
		"a null list":     {mockapi.Options{EmptyList: mockapi.EmptyNull}, licensePath, `"licenses":null`},
		"no content":      {mockapi.Options{EmptyList: mockapi.EmptyNoContent}, licensePath, ""},
		"a bare list":     {mockapi.Options{Wire: mockapi.WireBare}, listPath, `{"creditBatches":[{`},
		"a list of pages": {mockapi.Options{Wire: mockapi.WireMeta, PerPage: 1}, "/clients", `"totalPages":2`},
	} {
		t.Run(name, func(t *testing.T) {
			api := newInstance(t, test.options)
			api.AddBatch(mockapi.CreditBatch{ClientID: globex, StartingBalance: "1"})
			got, err := api.ask(http.MethodGet, test.path, "")
			noContent := got.status == http.StatusNoContent
			if err != nil || !strings.Contains(got.body, test.want) || noContent != (test.want == "") {
				t.Errorf("got %v (%v), want %s", got, err, test.want)
			}
		})
	}
}
