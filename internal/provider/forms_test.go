package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// wireForm is a form in which the API may respond.
type wireForm struct {
	wire   mockapi.Wire
	paging mockapi.Paging
}

func (f wireForm) String() string { return fmt.Sprintf("%s, %s", f.wire, f.paging) }

// wireForms are all that are known.
func wireForms() []wireForm {
	var forms []wireForm
	for _, wire := range []mockapi.Wire{mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta} {
		for _, paging := range []mockapi.Paging{mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth} {
			forms = append(forms, wireForm{wire, paging})
		}
	}
	return forms
}

// TestForms_EveryFlowWorksInEveryForm runs what the provider does against a
// client of 70 accounts on an instance of 120 clients, in pages of 50.
func TestForms_EveryFlowWorksInEveryForm(t *testing.T) { //nolint:tparallel // the cases are
	for _, form := range wireForms() {
		t.Run(form.String(), func(t *testing.T) {
			t.Parallel()
			runFlows(t, form)
		})
	}
}

func runFlows(t *testing.T, form wireForm) {
	w := newWorkspace(t, mockapi.Options{Wire: form.wire, Paging: form.paging, PerPage: 50})
	for i := range 119 {
		w.api.AddClient(mockapi.Client{ID: fmt.Sprintf("5f1c1a52-0c55-4b0e-9a0f-%012d", i), Name: fmt.Sprintf("Client %d", i), Slug: fmt.Sprintf("client-%d", i)})
	}
	var last mockapi.CreditAccount
	for i := range 70 {
		made := w.api.AddAccount(mockapi.CreditAccount{
			ClientID: testClient, Name: fmt.Sprintf("Account %d", i), StartingBalance: json.Number(fmt.Sprint(1000 + i)),
			CreatedAt: time.Now().Add(time.Duration(i-100) * time.Hour),
		})
		if i == 69 {
			last = made
		}
	}
	for i := range 60 {
		w.api.AddLicense(testClient, mockapi.License{ID: fmt.Sprintf("4f1c1a52-0c55-4b0e-9a0f-%012d", i), Name: fmt.Sprintf("License %d", i)})
	}
	existing := strings.NewReplacer("Training", last.Name, "= 100", "= 1069").Replace(account("a", "Training", ""))
	w.write(existing)
	w.apply().expectError("A credit account of that name exists", last.ID)
	w.api.expectPosts(0)

	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Path: "/clients/{id}/creditAccounts", Skip: 1, Times: 1, Cut: mockapi.CutConnection, Commit: true})
	w.write(account("a", "First", "") + account("b", "Second", "depends_on = ["+theAccount+"]") + formDataSources + formBatch)
	w.apply().expectSuccess().expectWarning("Credit account adopted")
	w.api.expectPosts(2)
	w.api.expectAccounts(72)

	w.write(account("a", "First", "") + account("b", "Second", "depends_on = ["+theAccount+"]") + formDataSources + formBatch + formChecks)
	w.apply().expectOutput("clients = 120", "by_slug = \"Client 117\"", "licenses = 60", "batches = 70", "accounts = 70", "actions = 1").expectSuccess()
	batch := w.has("thoughtindustries_credit_batch.top_up")
	if err := w.api.ChangeBatch(fmt.Sprint(batch.Attributes["id"]), func(b *mockapi.CreditBatch) { b.CurrentBalance = "7" }); err != nil {
		t.Fatal(err)
	}
	w.run("apply", "-refresh-only", "-auto-approve").expectSuccess()
	if got := fmt.Sprint(w.has("thoughtindustries_credit_batch.top_up").Attributes["current_balance"]); got != "7" {
		t.Errorf("the batch's balance is %s after a refresh, want 7", got)
	}
	w.write(account("a", "First", "") + account("b", "Second", "") + existingAs("c", existing) + formBatch)
	w.run("import", "thoughtindustries_credit_account.c", testClient+"/"+last.ID).expectSuccess()
	w.api.expectPosts(2)
}

func existingAs(label, config string) string {
	return strings.Replace(config, `"thoughtindustries_credit_account" "a"`, `"thoughtindustries_credit_account" "`+label+`"`, 1)
}

const formBatch = `
resource "thoughtindustries_credit_batch" "top_up" {
  client_id         = "` + testClient + `"
  credit_account_id = thoughtindustries_credit_account.a.id
  name              = "Top-up"
  starting_balance  = 9
}
`

const formDataSources = `
data "thoughtindustries_clients" "all" {}
data "thoughtindustries_client" "one" {
  slug = "client-117"
}
data "thoughtindustries_licenses" "all" {
  client_id = "` + testClient + `"
}
data "thoughtindustries_credit_batches" "all" {
  client_id = "` + testClient + `"
}
data "thoughtindustries_credit_accounts" "all" {
  client_id = "` + testClient + `"
}
data "thoughtindustries_credit_actions" "one" {
  client_id         = "` + testClient + `"
  credit_account_id = data.thoughtindustries_credit_accounts.all.credit_accounts[69].id
  action_type       = "credit"
}
`

// formChecks count what was there before the configuration was applied.
const formChecks = `
output "clients" {
  value = length(data.thoughtindustries_clients.all.clients)
}
output "by_slug" {
  value = data.thoughtindustries_client.one.name
}
output "licenses" {
  value = length(data.thoughtindustries_licenses.all.licenses)
}
output "batches" {
  value = length([for b in data.thoughtindustries_credit_batches.all.credit_batches : b if b.starting_balance >= 1000])
}
output "accounts" {
  value = length([for a in data.thoughtindustries_credit_accounts.all.credit_accounts : a if startswith(a.name, "Account ")])
}
output "actions" {
  value = length(data.thoughtindustries_credit_actions.one.credit_actions)
}
`
