package mockapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// with returns a valid account body in which one field is replaced; "" leaves it out.
func with(name, value string) string {
	fields := map[string]string{"name": `"A"`, "startingBalance": "5", "notifyEmails": "[]", "licenseIds": "[]"}
	fields[name] = value
	var parts []string
	for name, value := range fields {
		if value != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestCreditAccounts_WrongBodiesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		body   string
		status int
		part   string
	}{
		"no JSON":                    {`{"name"`, 400, "not valid JSON"},
		"two values":                 {accountBody + accountBody, 400, "not valid JSON"},
		"no UTF-8":                   {"{\"name\":\"\xff\"}", 400, "not valid JSON"},
		"array":                      {`[]`, 400, "must be a JSON object"},
		"null body":                  {`null`, 400, "must be a JSON object"},
		"unknown field":              {with("colour", `"red"`), 400, `unknown field: colour`},
		"other case":                 {with("Name", `"A"`), 400, `unknown field: Name`},
		"duplicate key":              {`{"name":"A","name":"B"}`, 400, "name is given more than once"},
		"nested duplicate key":       {with("notifyEmails", `[{"a":1,"a":{}}]`), 400, "a is given more than once"},
		"no fields":                  {`{}`, 422, "startingBalance is required; notifyEmails is required; name is required; licenseIds is required"},
		"no startingBalance":         {with("startingBalance", ""), 422, `"error":"unprocessable","message":"startingBalance is required"`},
		"no notifyEmails":            {with("notifyEmails", ""), 422, "notifyEmails is required"},
		"no licenseIds":              {with("licenseIds", ""), 422, "licenseIds is required"},
		"no name":                    {with("name", ""), 422, "name is required"},
		"null name":                  {with("name", "null"), 422, "name must not be null"},
		"null type":                  {with("type", "null"), 422, "type must not be null"},
		"null licenseIds":            {with("licenseIds", "null"), 422, "licenseIds must not be null"},
		"null startingBalance":       {with("startingBalance", "null"), 422, "startingBalance must not be null"},
		"empty name":                 {with("name", `""`), 422, "name must not be empty"},
		"blank name":                 {with("name", `" "`), 422, "name must not be empty"},
		"empty creditBatchName":      {with("creditBatchName", `""`), 422, "creditBatchName must not be empty"},
		"number as name":             {with("name", "1"), 422, "name must be a text"},
		"text as balance":            {with("startingBalance", `"5"`), 422, "startingBalance must be a number"},
		"bool as balance":            {with("startingBalance", "true"), 422, "startingBalance must be a number"},
		"negative balance":           {with("startingBalance", "-0.01"), 422, "startingBalance must be at least 0"},
		"huge balance":               {with("startingBalance", "1e401"), 422, "startingBalance is out of range"},
		"huge exponent":              {with("startingBalance", "1e99999999999999999999"), 422, "startingBalance is out of range"},
		"endless balance":            {with("startingBalance", "0."+strings.Repeat("1", 500)), 422, "startingBalance is out of range"},
		"fraction as integer":        {with("batchDaysUntilExpire", "1.5"), 422, "batchDaysUntilExpire must be an integer"},
		"integer with fraction":      {with("minimumBatchAmount", "1.0"), 422, "minimumBatchAmount must be an integer"},
		"integer with exponent":      {with("minimumBatchAmount", "1e2"), 422, "minimumBatchAmount must be an integer"},
		"negative integer":           {with("batchDaysUntilExpire", "-1"), 422, "batchDaysUntilExpire must be at least 0"},
		"integer of 33 bits":         {with("batchDaysUntilExpire", "2147483648"), 422, "batchDaysUntilExpire must be an integer of 32 bits"},
		"text as integer":            {with("batchDaysUntilExpire", `"1"`), 422, "batchDaysUntilExpire must be a number"},
		"text as array":              {with("notifyEmails", `"a@x.test"`), 422, "notifyEmails must be an array"},
		"object as array":            {with("notifyEmails", `{}`), 422, "notifyEmails must be an array"},
		"null in array":              {with("notifyEmails", `[null]`), 422, "notifyEmails must hold only texts"},
		"empty text in array":        {with("licenseIds", `[""]`), 422, "licenseIds must hold only texts"},
		"clientId of another client": {with("clientId", `"`+globex+`"`), 422, "clientId differs"},
		"clientId no UUID":           {with("clientId", `"acme"`), 422, "clientId must be a UUID"},
		"clientId in braces":         {with("clientId", `"{`+acme+`}"`), 422, "clientId must be a UUID"},
		"clientId without hyphens":   {with("clientId", `"`+strings.ReplaceAll(acme, "-", "")+`"`), 422, "clientId must be a UUID"},
		"empty type":                 {with("type", `""`), 422, "type must not be empty"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mockapi.Options{})
			ask(s, "POST", accountPath, tc.body).want(t, tc.status, tc.part)
			if got := s.Accounts(); len(got) != 0 {
				t.Errorf("stored %+v", got)
			}
			if s.Requests()[0].Committed {
				t.Error("recorded as committed")
			}
		})
	}
}

func TestCreditAccounts_UnknownClientIsNotFound(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	for _, id := range []string{nobody, "acme"} {
		ask(s, "POST", "/incoming/v2/clients/"+id+"/creditAccounts", accountBody).want(t, 404, `"error":"not_found"`, id)
	}
	if got := s.Accounts(); len(got) != 0 {
		t.Errorf("stored %+v", got)
	}
}

func TestContentType_MustBeJSON(t *testing.T) {
	for contentType, status := range map[string]int{
		"":                                  400,
		"text/plain":                        400,
		"application/x-www-form-urlencoded": 400,
		"application/json; charset=latin1":  400,
		"application/json;;":                400,
		"application/json":                  201,
		"Application/JSON; charset=UTF-8":   201,
	} {
		t.Run(contentType, func(t *testing.T) {
			r := newRequest("POST", accountPath, accountBody)
			r.Header.Set("Content-Type", contentType)
			send(newServer(t, mockapi.Options{}), r).want(t, status)
		})
	}
}

func TestQuery_IsStrict(t *testing.T) {
	actions := "/incoming/v2/clients/" + acme + "/creditAccount/" + nobody + "/creditActions"
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		part               string
	}{
		"malformed":                {"GET", "/incoming/v2/clients?query=%zz", "", 400, "malformed"},
		"unknown":                  {"GET", "/incoming/v2/clients?search=a&limit=1", "", 400, "unknown query parameter: limit, search"},
		"unknown beside a body":    {"POST", accountPath + "?clientId=" + acme, accountBody, 400, "clientId"},
		"on ping":                  {"GET", "/incoming/v2/ping?x=1", "", 400, "unknown query parameter: x"},
		"twice":                    {"GET", "/incoming/v2/clients?page=1&page=2", "", 400, "page is given more than once"},
		"page zero":                {"GET", "/incoming/v2/clients?page=0", "", 422, "page must be an integer"},
		"page text":                {"GET", "/incoming/v2/clients?page=one", "", 422, "page must be an integer"},
		"page empty":               {"GET", "/incoming/v2/clients?page=", "", 422, "page must be an integer"},
		"count zero":               {"GET", "/incoming/v2/clients?count=0", "", 422, "count must be an integer"},
		"unknown sort":             {"GET", "/incoming/v2/clients?sort=colour", "", 422, "sort must be one of name, slug"},
		"batches without clientId": {"GET", batchesPath, "", 422, "clientId is required"},
		"batches, empty clientId":  {"GET", batchesPath + "?clientId=", "", 422, "clientId is required"},
		"batches, other clientId":  {"GET", batchesPath + "?clientId=" + globex, "", 422, "clientId differs"},
		"batches, wrong clientId":  {"GET", batchesPath + "?clientId=acme", "", 422, "clientId must be a UUID"},
		"batches, wrong account":   {"GET", listBatches + "&creditAccountId=x", "", 422, "creditAccountId must be a UUID"},
		"licenses, no clientId":    {"GET", "/incoming/v2/clients/" + acme + "/licenses", "", 422, "clientId is required"},
		"actions without all":      {"GET", actions, "", 422, "clientId is required; actionType is required"},
		"actions, wrong type":      {"GET", actions + "?clientId=" + acme + "&actionType=all", "", 422, "actionType must be one of debit, credit"},
		"actions, wrong account":   {"GET", "/incoming/v2/clients/" + acme + "/creditAccount/x/creditActions?clientId=" + acme + "&actionType=debit", "", 422, "creditAccountId must be a UUID"},
		"unknown client":           {"GET", "/incoming/v2/clients/" + nobody + "/creditBatches?clientId=" + nobody, "", 404, nobody},
		"body on GET":              {"GET", "/incoming/v2/ping", "{}", 400, "GET takes no body"},
		"batch no UUID":            {"PUT", "/incoming/v2/clients/creditBatches/x", "{}", 422, "creditBatchId must be a UUID"},
	} {
		t.Run(name, func(t *testing.T) {
			ask(newServer(t, mockapi.Options{}), tc.method, tc.path, tc.body).want(t, tc.status, tc.part)
		})
	}
}
