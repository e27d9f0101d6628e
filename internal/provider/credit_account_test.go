package provider

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// account is a declared account; more is added within the block.
func account(label, name, more string) string {
	return `resource "thoughtindustries_credit_account" "` + label + `" {
  client_id        = "` + testClient + `"
  name             = "` + name + `"
  starting_balance = 100
  notify_emails    = ["a@example.com"]
  license_ids      = []
  ` + more + `
}

`
}

const (
	theAccount   = "thoughtindustries_credit_account.a"
	noChanges    = "No changes."
	nothingKnown = "(known after apply)"
)

func TestCreditAccount_OnePostAndThenSilence(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))

	w.plan().changes().says("will be created")
	w.requests(0)

	w.apply().succeeds()
	w.posts(1)
	w.accounts(1)
	created := w.api.Accounts()[0]
	if got := w.has(theAccount); got.Attributes["id"] != created.ID || got.Status != "" {
		t.Errorf("state has id %v, status %q; the account is %s", got.Attributes["id"], got.Status, created.ID)
	}

	w.api.ResetRequests()
	w.plan().succeeds().says(noChanges)
	w.run("refresh").succeeds()
	w.apply().succeeds()
	w.run("destroy", "-auto-approve").succeeds().says(sumDestroyForgets, created.ID)
	w.requests(0)
	w.accounts(1)
	if len(w.state()) != 0 {
		t.Errorf("after destroy the state holds %v", w.state())
	}
}

func TestCreditAccount_TheBodyHoldsTheDocumentedFieldsAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ config, body string }{
		"the least": {
			`starting_balance = 0.1
			notify_emails = []
			license_ids = []`,
			`{"clientId":"` + testClient + `","name":"n","startingBalance":0.1,"notifyEmails":[],"licenseIds":[]}`,
		},
		"everything": {
			`starting_balance = 1e15
			notify_emails = ["b@example.com", "A@example.com"]
			license_ids = ["l2", "l1"]
			type = "client"
			batch_days_until_expire = 365
			minimum_batch_amount = 0
			credit_batch_name = "2026"
			allow_replacement = true
			timeouts = { create = "3m" }`,
			`{"clientId":"` + testClient + `","name":"n","startingBalance":1000000000000000,"notifyEmails":["A@example.com","b@example.com"],` +
				`"licenseIds":["l1","l2"],"type":"client","batchDaysUntilExpire":365,"minimumBatchAmount":0,"creditBatchName":"2026"}`,
		},
		"a third": {
			`starting_balance = 12345678901234567.125
			notify_emails = []
			license_ids = []`,
			`{"clientId":"` + testClient + `","name":"n","startingBalance":12345678901234567.125,"notifyEmails":[],"licenseIds":[]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write("resource \"thoughtindustries_credit_account\" \"a\" {\nclient_id = \"" + testClient + "\"\nname = \"n\"\n" + test.config + "\n}\n")
			w.apply().succeeds()
			for _, request := range w.api.Requests() {
				if request.Method == http.MethodPost && string(request.Body) != test.body {
					t.Errorf("body\n %s\nwant\n %s", request.Body, test.body)
				}
			}
			w.posts(1)
			w.plan().succeeds().says(noChanges)
		})
	}
}

// Once an id is in the answer, nothing else that is wrong with it may cost the
// account its place in the state.
func TestCreditAccount_OddAnswersDoNotLoseTheAccount(t *testing.T) {
	t.Parallel()
	fields := []string{"clientId", "sublicenses", "currentBalance", "status", "notifyEmails", "batchDaysUntilExpire", "minimumBatchAmount", "createdAt", "updatedAt", "type", "name"}
	tests := map[string]func(map[string]any){}
	for _, field := range fields {
		tests[field+" missing"] = func(answer map[string]any) { delete(answer, field) }
		tests[field+" null"] = func(answer map[string]any) { answer[field] = nil }
		tests[field+" another type"] = func(answer map[string]any) { answer[field] = map[string]any{"surprise": true} }
	}
	tests["only the id"] = func(answer map[string]any) {
		for _, field := range fields {
			delete(answer, field)
		}
	}
	tests["e-mails normalised"] = func(answer map[string]any) { answer["notifyEmails"] = []any{"z@example.com", "A@EXAMPLE.COM"} }
	tests["another name"] = func(answer map[string]any) { answer["name"] = "another" }
	tests["numbers out of range"] = func(answer map[string]any) {
		answer["batchDaysUntilExpire"] = json.Number("1e400")
		answer["minimumBatchAmount"] = json.Number("0.5")
		answer["currentBalance"] = json.Number("1e999999999")
	}
	for name, mutate := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Commit: true, Mutate: func(answer map[string]any) {
				data, _ := answer["data"].(map[string]any)
				account, _ := data["APICreateCreditAccount"].(map[string]any)
				mutate(account)
			}})
			w.write(account("a", "Training", `type = "client"`))
			w.apply().succeeds().silentOn("Error:")
			got := w.has(theAccount)
			if got.Status != "" || got.Attributes["id"] != w.api.Accounts()[0].ID || got.Attributes["type"] != "client" || got.Attributes["name"] != "Training" {
				t.Errorf("state: %q %v", got.Status, got.Attributes)
			}
			w.plan().succeeds().says(noChanges)
			w.posts(1)
		})
	}
}

func TestCreditAccount_UnreadableValuesAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Commit: true, Mutate: func(answer map[string]any) {
		data, _ := answer["data"].(map[string]any)
		account, _ := data["APICreateCreditAccount"].(map[string]any)
		delete(account, "status")
		account["minimumBatchAmount"] = "5"
		account["currentBalance"] = nil
	}})
	w.write(account("a", "Training", ""))
	w.apply().succeeds().says(sumUnreadable, "minimum_batch_amount, status, current_balance")
}

func TestCreditAccount_RefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	tests := map[string]struct {
		fault mockapi.Fault
		says  []string
	}{
		"401":     {mockapi.Fault{Status: 401, Body: text("")}, []string{sumRefused, "401 Unauthorized", envAPIKey, "api_key"}},
		"403":     {mockapi.Fault{Status: 403}, []string{sumRefused, "role"}},
		"404":     {mockapi.Fault{Status: 404}, []string{sumRefused, "does not exist on this instance", "client_id = "}},
		"409":     {mockapi.Fault{Status: 409}, []string{sumRefused, "existing_account_id"}},
		"422":     {mockapi.Fault{Status: 422, Body: text(`{"error":"unprocessable","message":"startingBalance must be below 10"}`)}, []string{sumRefused, "startingBalance must be below 10", "starting_balance = 100"}},
		"html":    {mockapi.Fault{Status: 400, Body: text("<html><head><title>Bad Request</title></head><body>\x1b[31mred</body></html>")}, []string{sumRefused, "The API wrote: Bad Request"}},
		"301":     {mockapi.Fault{Status: 301, Header: http.Header{"Location": {"https://elsewhere.example/x?token=1"}}}, []string{sumRefused, "https://elsewhere.example/x.", "not followed"}},
		"key":     {mockapi.Fault{Status: 400, Body: text("you sent Bearer " + testKey + " to me")}, []string{"you sent Bearer (the API key) to me"}},
		"huge":    {mockapi.Fault{Status: 400, Body: text(strings.Repeat("x", 3<<20))}, []string{sumRefused, "xxx […]"}},
		"escapes": {mockapi.Fault{Status: 400, Body: text("{\"message\":\"a\\u001b]0;owned\\u0007b\\r\\nc\"}")}, []string{"The API wrote: a ]0;owned b c"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			test.fault.Method = http.MethodPost
			w.api.Inject(test.fault)
			w.write(account("a", "Training", ""))
			w.apply().fails(test.says...).says("Nothing was changed.").silentOn("\x1b", "token=1")
			w.posts(1)
			if len(w.state()) != 0 {
				t.Errorf("the state holds %v", w.state())
			}
		})
	}
}

func TestCreditAccount_AWrongKeyIsTheOnlyThingThatIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(strings.ReplaceAll(w.providerBlock(""), testKey, "ti_test_wrong") + account("a", "Training", ""))
	w.apply().fails(sumRefused, "401 Unauthorized", envAPIKey).silentOn("Warning")
	w.accounts(0)
}
