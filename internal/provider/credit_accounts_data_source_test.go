package provider

import (
	"net/http"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	accountsType = "thoughtindustries_credit_accounts"
	actionsPath  = "/clients/{id}/creditAccount/{account}/creditActions"
)

func TestCreditAccountsDataSource_GathersThemFromBatchesAndActions(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2, Now: everySecond()})
	for _, name := range []string{"Training", "training", "Training"} {
		api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: name, StartingBalance: "100"})
	}
	accounts, first := api.Accounts(), api.Batches()[0]
	later := first.CreatedAt.Add(time.Hour)
	for _, batch := range []mockapi.CreditBatch{
		{CreditAccountID: accounts[0].ID, StartingBalance: "7"},
		{CreditAccountID: accounts[0].ID, StartingBalance: "9", Status: "expired"},
		{CreditAccountID: otherID, StartingBalance: "5"}, // no action names it
		{StartingBalance: "3"}, // of no account
	} {
		batch.ClientID, batch.CreatedAt = testClient, later
		api.AddBatch(batch)
	}
	if err := api.UseCredits(first.ID, 0.5); err != nil {
		t.Fatal(err)
	}
	p := newConfigured(t, api)
	found := p.mustRead(accountsType, arguments{"client_id": testClient})["credit_accounts"]
	for attribute, want := range map[string][]string{
		"id":               {accounts[0].ID, accounts[1].ID, accounts[2].ID, otherID},
		"name":             {"Training", "training", "Training", "<nil>"},
		"starting_balance": {"100", "100", "100", "5"},
		"current_balance":  {"106.5", "100", "100", "5"},
	} {
		expectSame(t, column(found, attribute), want)
	}
	for name, want := range map[string][]string{
		"&#84;raining": {accounts[0].ID, accounts[2].ID},
		"Train":        {},
	} {
		found := p.mustRead(accountsType, arguments{"client_id": testClient, "name": name})
		expectSame(t, column(found["credit_accounts"], "id"), want)
	}
	if got := api.Count(http.MethodGet, actionsPath); got != 6 { // each name once, and once more for the one without
		t.Errorf("%d names were asked for", got)
	}
}
