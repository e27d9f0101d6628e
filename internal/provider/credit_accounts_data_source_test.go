package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	theAccounts = "data.thoughtindustries_credit_accounts.d"
	actionsPath = "/clients/{id}/creditAccount/{account}/creditActions"
)

func accountsBy(more string) string {
	return "data \"thoughtindustries_credit_accounts\" \"d\" {\n client_id = \"" + testClient + "\"\n " + more + "\n}\n"
}

func TestAccCreditAccountsDataSource_gathersThemFromBatchesAndActions(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var asked atomic.Int64 // each time a second later
	api := newFakeAPI(t, mockapi.Options{PerPage: 2, Now: func() time.Time { return now.Add(time.Duration(asked.Add(1)) * time.Second) }})
	for _, name := range []string{"Training", "training", "Training"} {
		api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: name, StartingBalance: "100"})
	}
	accounts := api.Accounts()
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: accounts[0].ID, StartingBalance: "7", CreatedAt: now.Add(time.Hour)})
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: accounts[0].ID, StartingBalance: "9", Status: "expired", CreatedAt: now.Add(time.Hour)})
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: otherID, StartingBalance: "5", CreatedAt: now.Add(2 * time.Hour)}) // no action names it
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "3"})                                                              // of no account
	if err := api.UseCredits(api.Batches()[0].ID, 0.5); err != nil {
		t.Fatal(err)
	}

	found := []struct {
		id, name       string
		starting, left float64
	}{
		{accounts[0].ID, "Training", 100, 106.5},
		{accounts[1].ID, "training", 100, 100},
		{accounts[2].ID, "Training", 100, 100},
		{otherID, "", 5, 5},
	}
	var all []knownvalue.Check
	for _, account := range found {
		name := knownvalue.Check(knownvalue.StringExact(account.name))
		if account.name == "" {
			name = knownvalue.Null()
		}
		all = append(all, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(account.id), "name": name, "starting_balance": knownvalue.Float64Exact(account.starting),
			"current_balance": knownvalue.Float64Exact(account.left), "created_at": knownvalue.StringRegexp(regexp.MustCompile("^2026-01-01T0")),
		}))
	}
	by := func(label, more string) string { return strings.Replace(accountsBy(more), `"d"`, `"`+label+`"`, 1) }
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(accountsBy(""), by("exactly", `name = "Training"`), by("partly", `name = "Train"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(theAccounts, attribute("credit_accounts"), knownvalue.ListExact(all)),
				statecheck.ExpectKnownValue("data.thoughtindustries_credit_accounts.exactly", attribute("credit_accounts"), objectsWith("id", accounts[0].ID, accounts[2].ID)),
				statecheck.ExpectKnownValue("data.thoughtindustries_credit_accounts.partly", attribute("credit_accounts"), knownvalue.ListSizeExact(0)),
			},
		}},
	})
}

func TestCreditAccountsDataSource_NamesAreCached(t *testing.T) {
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
	w.plan("-parallelism=20").expectChanges().expectOutput("found = 60")
	if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
		t.Errorf("%d listings", got)
	}
	// Each once, or twice where two ask at the same moment.
	if got := w.api.Count(http.MethodGet, actionsPath); got < 60 || got > 120 {
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
	w.plan().expectError(sumLookupFailed, "responded with 403 Forbidden", "credit actions", "its role may not do this")
}

// The library cannot read a state in which something has for_each.
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
	w.apply().expectSuccess().expectOutput("3 imported, 0 added, 3 changed, 0 destroyed")
	w.api.expectAccounts(3)
	w.api.expectPosts(0)
	w.plan().expectSuccess().expectOutput(noChanges)
}
