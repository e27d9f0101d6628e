package provider

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	theAccounts = "thoughtindustries_credit_accounts.d"
	actionsPath = "/clients/{id}/creditAccount/{account}/creditActions"
)

func accountsBy(more string) string {
	return "data \"thoughtindustries_credit_accounts\" \"d\" {\n client_id = \"" + testClient + "\"\n " + more + "\n}\n"
}

func TestCreditAccountsDataSource_GathersThemFromBatchesAndActions(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var asked atomic.Int64 // each time a second later
	w := newWorkspace(t, mockapi.Options{PerPage: 2, Now: func() time.Time { return now.Add(time.Duration(asked.Add(1)) * time.Second) }})
	for _, name := range []string{"Training", "training", "Training"} {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: name, StartingBalance: "100"})
	}
	accounts := w.api.Accounts()
	w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: accounts[0].ID, StartingBalance: "7", CreatedAt: now.Add(time.Hour)})
	w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: accounts[0].ID, StartingBalance: "9", Status: "expired", CreatedAt: now.Add(time.Hour)})
	w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: otherID, StartingBalance: "5", CreatedAt: now.Add(2 * time.Hour)}) // no action names it
	w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "3"})                                                              // of no account
	if err := w.api.UseCredits(w.api.Batches()[0].ID, 0.5); err != nil {
		t.Fatal(err)
	}

	w.write(accountsBy(""))
	w.apply().succeeds()
	found := w.found(theAccounts, "credit_accounts")
	if got, want := column(found, "id"), strings.Join([]string{accounts[0].ID, accounts[1].ID, accounts[2].ID, otherID}, " "); got != want {
		t.Errorf("ids:\n%s, want\n%s", got, want)
	}
	if got := column(found, "name"); got != "Training training Training <nil>" {
		t.Errorf("names: %s", got)
	}
	if got := column(found, "starting_balance"); got != "100 100 100 5" {
		t.Errorf("starting balances: %s", got)
	}
	if got := column(found, "current_balance"); got != "106.5 100 100 5" {
		t.Errorf("current balances: %s", got)
	}
	for _, account := range found {
		if text, _ := account["created_at"].(string); !strings.HasPrefix(text, "2026-01-01T0") {
			t.Errorf("created at %v", account["created_at"])
		}
	}

	w.write(accountsBy(`name = "Training"`))
	w.apply().succeeds()
	if got := column(w.found(theAccounts, "credit_accounts"), "id"); got != accounts[0].ID+" "+accounts[2].ID {
		t.Errorf("ids: %s", got)
	}
	w.write(accountsBy(`name = "Train"`))
	w.apply().succeeds()
	if got := len(w.found(theAccounts, "credit_accounts")); got != 0 {
		t.Errorf("%d accounts", got)
	}
}

func TestCreditAccountsDataSource_EachAccountIsAskedForItsNameOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 100})
	for i := range 60 {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: fmt.Sprint("Training ", i), StartingBalance: "1"})
	}
	w.write(`
data "thoughtindustries_credit_accounts" "each" {
	count     = 60
	client_id = "` + testClient + `"
	name      = "Training ${count.index}"
}

output "found" {
	value = length(flatten(data.thoughtindustries_credit_accounts.each[*].credit_accounts))
}`)
	w.plan("-parallelism=20").changes().says("found = 60")
	if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
		t.Errorf("%d listings", got)
	}
	if got := w.api.Count(http.MethodGet, actionsPath); got != 60 {
		t.Errorf("%d names were asked for", got)
	}
}

func TestCreditAccountsDataSource_ANameThatCannotBeAskedForIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	for i := range 10 {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: fmt.Sprint("Training ", i), StartingBalance: "1"})
	}
	w.api.Inject(mockapi.Fault{Path: actionsPath, Skip: 3, Status: 403})
	w.write(accountsBy(""))
	w.plan().fails(sumLookupFailed, "answered 403 Forbidden", "credit actions", "its role may not do this")
}

func TestCreditAccountsDataSource_TakesManyOver(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
	w := newWorkspace(t)
	for i := range 3 {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: fmt.Sprint("Training ", i), StartingBalance: "100"})
	}
	w.write(accountsBy("") + `
locals {
	accounts = { for account in data.thoughtindustries_credit_accounts.d.credit_accounts : account.id => account }
}

import {
	for_each = local.accounts
	to       = thoughtindustries_credit_account.all[each.key]
	id       = "` + testClient + `/${each.key}"
}

resource "thoughtindustries_credit_account" "all" {
	for_each         = local.accounts
	client_id        = "` + testClient + `"
	name             = each.value.name
	starting_balance = each.value.starting_balance
	notify_emails    = []
	license_ids      = []
}`)
	w.apply().succeeds().says("3 imported, 0 added, 3 changed, 0 destroyed")
	w.accounts(3)
	w.posts(0)
	w.plan().succeeds().says(noChanges)
}
