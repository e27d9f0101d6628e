package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const batchesType = "thoughtindustries_credit_batches"

func batchesBy(more string) string {
	return "data \"thoughtindustries_credit_batches\" \"d\" {\n client_id = \"" + testClient + "\"\n " + more + "\n}\n"
}

func TestCreditBatchesDataSource_GivesEveryField(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	batch := api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, CreditAccountID: testAccountID, Name: "2026", StartingBalance: "100.5", CurrentBalance: "0.1",
		AllocatedCredits: "3", ExpiresOn: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	bare := api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	found := newConfigured(t, api).mustRead(batchesType, arguments{"client_id": testClient})
	expectSame(t, found["credit_batches"], []arguments{
		{
			"id": bare.ID, "name": nil, "expires_on": nil, "starting_balance": "0", "current_balance": "0",
			"allocated_credits": "0", "client_id": testClient, "credit_account_id": nil, "status": "active",
			"created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
		},
		{
			"id": batch.ID, "name": "2026", "expires_on": "2030-01-02T03:04:05.000Z", "starting_balance": "100.5",
			"current_balance": "0.1", "allocated_credits": "3", "client_id": testClient, "credit_account_id": testAccountID,
			"status": "active", "created_at": "2026-01-02T03:04:05.000Z", "updated_at": "2026-01-02T03:04:05.000Z",
		},
	})
}

func TestCreditBatchesDataSource_TotalsTheActiveOnesOfAnAccount(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	for i, batch := range []mockapi.CreditBatch{ // the oldest one comes last
		{Name: "e", CurrentBalance: "0.1", CreditAccountID: testAccountID},
		{Name: "d", CurrentBalance: "0.2", CreditAccountID: testAccountID},
		{Name: "c", CurrentBalance: "1000", CreditAccountID: testAccountID, Status: "expired"},
		{Name: "b", CurrentBalance: "30", CreditAccountID: otherID},
		{Name: "a", CurrentBalance: "7"},
	} {
		batch.ClientID, batch.StartingBalance = testClient, "1000"
		batch.CreatedAt = time.Date(2026, 1, 31-i, 0, 0, 0, 0, time.UTC)
		api.AddBatch(batch)
	}
	p := newConfigured(t, api)
	for _, test := range []struct {
		account any
		total   string
		names   []string
	}{
		{nil, "37.3", []string{"a", "b", "c", "d", "e"}},
		{strings.ToUpper(testAccountID), "0.3", []string{"c", "d", "e"}},
		{otherID, "30", []string{"b"}},
		{"11111111-2222-4333-8444-666666666666", "0", []string{}},
	} {
		found := p.mustRead(batchesType, arguments{"client_id": testClient, "credit_account_id": test.account})
		expectSame(t, found["current_balance"], test.total)
		expectSame(t, column(found["credit_batches"], "name"), test.names)
	}
}

func TestCreditBatchesDataSource_AnUnknownBalanceHasNoTotal(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"status", "currentBalance"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t)
			api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "5"})
			api.Inject(mockapi.Fault{Method: http.MethodGet, Rewrite: mockapi.EachObject(func(batch map[string]any) { delete(batch, field) })})
			p := newConfigured(t, api)
			found, diags := p.read(batchesType, arguments{"client_id": testClient})
			p.expectOne(diags, isWarning, sumBalanceUnknown, testClient)
			expectSame(t, found["current_balance"], nil)
		})
	}
}
