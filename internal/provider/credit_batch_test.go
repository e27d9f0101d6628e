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
	theBatch  = "thoughtindustries_credit_batch.a"
	batchPath = "/incoming/v2/clients/creditBatches/{creditBatchId}"
)

// topUp is a declared batch of 50 credits; more is added within the block.
func topUp(label, more string) string {
	return `resource "thoughtindustries_credit_batch" "` + label + `" {
  client_id        = "` + testClient + `"
  starting_balance = 50
  ` + more + `
}

`
}

// laterClock is a server's clock that can be put forward.
type laterClock struct{ by atomic.Int64 }

func (c *laterClock) now() time.Time           { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *laterClock) advance(by time.Duration) { c.by.Add(int64(by)) }

func TestCreditBatch_OnePostAndThenOneListingARun(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	w.write(topUp("a", `name = "2031"
		expires_on = "2031-01-01T00:00:00Z"
		credit_account_id = "`+existing.ID+`"`))
	before := len(w.api.Batches())
	w.plan().changes().says("will be created")
	w.requests(0)

	w.apply().succeeds().silentOn("Warning")
	w.batchPosts(1)
	w.batches(before + 1)
	created := w.api.Batches()[before]
	got := w.has(theBatch)
	if got.Attributes["id"] != created.ID || got.Status != "" || got.Attributes["status"] != "active" || got.Attributes["expires_on"] != "2031-01-01T00:00:00Z" {
		t.Errorf("state: %q %v", got.Status, got.Attributes)
	}
	for _, request := range w.api.Requests() {
		want := `{"clientId":"` + testClient + `","startingBalance":50,"creditAccountId":"` + existing.ID + `","name":"2031","expiresOn":"2031-01-01T00:00:00.000Z"}`
		if request.Method == http.MethodPost && string(request.Body) != want {
			t.Errorf("body\n %s\nwant\n %s", request.Body, want)
		}
	}

	w.api.ResetRequests()
	w.plan().succeeds().says(noChanges)
	w.requests(1)
	w.run("destroy", "-auto-approve").succeeds().says(sumBatchDestroyForgets, created.ID, "stays usable")
	w.batches(before + 1)
	if w.api.Count(http.MethodPut, "") != 0 || len(w.state()) != 0 {
		t.Errorf("after destroy the state holds %v", w.state())
	}
}

func TestCreditBatch_WhatIsNotConfiguredIsTheAPIsChoice(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", CreditBatchName: "label", BatchDaysUntilExpire: 30})
	w.write(topUp("a", `credit_account_id = "`+existing.ID+`"`))
	w.apply().succeeds()
	if got := w.has(theBatch).Attributes; got["name"] != nil || got["expires_on"] != nil {
		t.Errorf("state: %v", got)
	}
	w.plan().succeeds().says(noChanges)
	w.write(topUp("a", `credit_account_id = "`+strings.ToUpper(existing.ID)+`"`+"\nname = \"2031\""))
	w.apply().succeeds().says("0 added, 1 changed")
	w.plan().succeeds().says(noChanges)
}

func TestCreditBatch_RefreshShowsTheLiveBalance(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "2031"`) + "output \"left\" { value = " + theBatch + ".current_balance }\n")
	w.apply().succeeds()
	if err := w.api.UseCredits(w.api.Batches()[0].ID, 12.5); err != nil {
		t.Fatal(err)
	}
	w.apply().succeeds().says("left = 37.5", "0 added, 0 changed, 0 destroyed")
	if got := fmt.Sprint(w.has(theBatch).Attributes["current_balance"]); got != "37.5" {
		t.Errorf("current_balance is %s", got)
	}
}

func TestCreditBatch_NameAndExpiryChangeInPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before, after string
		body          string // empty: nothing is sent
	}{
		"name":                            {`name = "2031"`, `name = "2032"`, `{"name":"2032"}`},
		"expiry":                          {`expires_on = "2031-01-01T00:00:00Z"`, `expires_on = "2032-01-01T00:00:00+02:00"`, `{"expiresOn":"2031-12-31T22:00:00.000Z"}`},
		"both, set for the first time":    {"", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\"", `{"name":"2031","expiresOn":"2031-01-01T00:00:00.000Z"}`},
		"the same time in another zone":   {`expires_on = "2031-01-01T00:00:00Z"`, `expires_on = "2031-01-01T02:00:00+02:00"`, ""},
		"the same time with milliseconds": {`expires_on = "2031-01-01T00:00:00Z"`, `expires_on = "2031-01-01T00:00:00.000Z"`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(topUp("a", test.before))
			w.apply().succeeds()
			id := w.has(theBatch).Attributes["id"]
			w.plan().succeeds().says(noChanges)
			w.api.ResetRequests()
			// A PUT may be repeated.
			w.api.Inject(mockapi.Fault{Method: http.MethodPut, Times: 1, Commit: true, Cut: mockapi.CutConnection})
			w.write(topUp("a", test.after))
			puts := 0
			if test.body == "" {
				w.plan().succeeds().says(noChanges)
			} else {
				w.plan().changes().says("updated in-place", "0 to add, 1 to change, 0 to destroy")
				puts = 2
			}
			w.apply().succeeds()
			w.batchPosts(0)
			if got := w.api.Count(http.MethodPut, batchPath); got != puts {
				t.Errorf("%d PUTs, want %d", got, puts)
			}
			for _, request := range w.api.Requests() {
				if request.Method == http.MethodPut && string(request.Body) != test.body {
					t.Errorf("body %s, want %s", request.Body, test.body)
				}
			}
			if got := w.has(theBatch).Attributes["id"]; got != id {
				t.Errorf("the id is %v and was %v", got, id)
			}
			w.plan().succeeds().says(noChanges)
		})
	}
}

func TestCreditBatch_ChangeRefusedByTheAPILeavesTheState(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "2031"`))
	w.apply().succeeds()
	w.write(topUp("a", `name = "2032"`))
	for _, status := range []int{403, 404, 422, 500} {
		w.api.ClearFaults()
		w.api.Inject(mockapi.Fault{Method: http.MethodPut, Status: status})
		w.apply().fails(sumBatchNotUpdated, fmt.Sprint(status))
		if got := w.has(theBatch); got.Attributes["name"] != "2031" || got.Status != "" {
			t.Errorf("%d: %q %v", status, got.Status, got.Attributes)
		}
	}
	w.api.ClearFaults()
	w.apply().succeeds()
	w.batches(1)
}

func TestCreditBatch_DriftIsSetRightInPlace(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "2031"`))
	w.apply().succeeds()
	old := w.api.Batches()[0]
	w.api.RemoveBatch(old.ID)
	old.Name = "renamed in the product"
	w.api.AddBatch(old)
	w.plan().changes().says("renamed in the product", "updated in-place")
	w.apply().succeeds()
	if got := w.api.Batches()[0].Name; got != "2031" {
		t.Errorf("the name is %q", got)
	}
}

func TestCreditBatch_WhatCannotBeChangedIsRefusedNamingEveryAttribute(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\""))
	w.apply().succeeds()
	id := w.api.Batches()[0].ID
	w.write(strings.ReplaceAll(topUp("a", `credit_account_id = "`+otherID+`"`), "= 50", "= 51"))
	w.plan().fails(sumBatchCannotChange, "Changed: starting_balance, credit_account_id.", `Removed: name, which is "2031"`, "Removed: expires_on", id)
	w.apply().fails(sumBatchCannotChange)
	w.write(strings.ReplaceAll(topUp("a", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\""), testClient, otherID))
	w.plan().fails(sumBatchCannotChange, "Changed: client_id.")
	w.batchPosts(1)
	if got := w.has(theBatch).Attributes["name"]; got != "2031" {
		t.Errorf("the state has the name %v", got)
	}
}

func TestCreditBatch_PastExpiryIsRefusedWhereItIsNew(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	past := `expires_on = "2020-01-01T00:00:00Z"`
	w.write(topUp("a", past))
	w.run("validate").succeeds() // time passes: what is valid stays valid
	w.plan().fails(sumBatchPast, "2020-01-01T00:00:00Z")

	expired := w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "50", Name: "2020", ExpiresOn: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	w.write(topUp("a", past+"\nname = \"2020\""))
	w.run("import", theBatch, testClient+"/"+expired.ID).succeeds()
	w.plan().succeeds().says(noChanges)
	w.write(topUp("a", past+"\nname = \"long ago\""))
	w.apply().succeeds()
	w.write(topUp("a", "expires_on = \"2021-01-01T00:00:00Z\"\nname = \"long ago\""))
	w.plan().fails(sumBatchPast)
	w.write(topUp("a", "expires_on = \"soon\""))
	w.run("validate").fails("RFC3339")
}

func TestCreditBatch_PastExpiryThatWasUnknownIsRefusedByTheApply(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(unknownUntilApply(`"2020-01-01T00:00:00Z"`) + topUp("a", "expires_on = terraform_data.later.output"))
	w.plan().changes()
	w.apply().fails(sumBatchPast)
	w.batchPosts(0)
}

func TestCreditBatch_ImportReadsEverythingBack(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	found := w.api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, StartingBalance: "50", Name: "2031", CreditAccountID: existing.ID,
		ExpiresOn: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	w.write(topUp("a", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\"\ncredit_account_id = \""+existing.ID+`"`))
	for _, wrong := range []string{"x", found.ID, testClient + "/5", testClient + "/" + found.ID + "/x"} {
		w.run("import", theBatch, wrong).fails(sumImportID, "<client_id>/<id>")
	}
	w.run("import", theBatch, testClient+"/"+otherID).fails(sumBatchNotFound, otherID)
	w.run("import", theBatch, otherID+"/"+found.ID).fails(sumBatchNotFound, otherID)
	if len(w.state()) != 0 {
		t.Errorf("the state holds %v", w.state())
	}
	w.run("import", theBatch, strings.ToUpper(testClient)+"/"+strings.ToUpper(found.ID)).succeeds()
	w.plan().succeeds().says(noChanges)
	w.batchPosts(0)
}

func TestCreditBatch_ImportBlockByIdentity(t *testing.T) {
	t.Parallel()
	is, err := engineIs()
	if err != nil {
		t.Fatal(err)
	}
	if is.before(identityImports) {
		t.Skipf("identities need Terraform or OpenTofu 1.12, and this is %s", is.number)
	}
	w := newWorkspace(t)
	found := w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "50"})
	w.write(topUp("a", "") + "import {\n  to = " + theBatch + "\n  identity = {\n    client_id = \"" + testClient + "\"\n    id = \"" + found.ID + "\"\n  }\n}\n")
	w.apply().succeeds().says("1 imported, 0 added, 0 changed")
	w.plan().succeeds().says(noChanges)
}

func TestCreditBatch_GoneFromTheListingIsRemovedWithAWarning(t *testing.T) {
	t.Parallel()
	clock := &laterClock{}
	w := newWorkspace(t, mockapi.Options{Now: clock.now})
	w.write(topUp("a", `name = "2031"`))
	w.apply().succeeds()
	w.api.RemoveBatch(w.api.Batches()[0].ID)

	// A listing may lag behind a creation.
	w.plan().succeeds().says(noChanges, sumBatchNotListed)

	clock.advance(time.Hour)
	for _, fault := range []mockapi.Fault{
		{Method: http.MethodGet, Status: 500},
		{Method: http.MethodGet, Status: 200, Body: pointer(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[{"id":5}]}}}`)},
	} {
		w.api.Inject(fault)
		w.plan().fails(sumBatchNotRefreshed).silentOn(sumBatchGone)
		w.api.ClearFaults()
	}
	w.plan().changes().says(sumBatchGone, "1 to add")
	w.write("")
	w.apply().succeeds().says(sumBatchGone)
	if len(w.state()) != 0 {
		t.Errorf("the state holds %v", w.state())
	}
}

func TestCreditBatch_ListingThatCannotBeReadKeepsTheStateAndIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "1"`) + topUp("b", `name = "2"`) + topUp("c", `name = "3"`))
	w.apply().succeeds()
	for _, status := range []int{403, 404} {
		w.api.ClearFaults()
		w.api.ResetRequests()
		w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: status})
		plan := w.plan().succeeds().says(noChanges)
		if got := strings.Count(plan.flat, "Warning: "+sumBatchNotRefreshed); got != 1 {
			t.Errorf("%d: the warning is shown %d times:\n%s", status, got, plan.out)
		}
		w.requests(1)
	}
	w.api.ClearFaults()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 401})
	plan := w.plan().fails(sumBatchNotRefreshed)
	if got := strings.Count(plan.flat, "Error: "+sumBatchNotRefreshed); got != 1 {
		t.Errorf("the error is shown %d times:\n%s", got, plan.out)
	}
}

func TestCreditBatch_WithoutAKeyThePlanKeepsTheState(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "1"`))
	w.apply().succeeds()
	w.api.ResetRequests()
	without := "provider \"thoughtindustries\" {\n base_url = \"" + w.url + "\"\n}\n"
	w.write(without + topUp("a", `name = "1"`))
	plan := w.plan().succeeds().says(noChanges, sumNotConfigured)
	if got := strings.Count(plan.flat, "Warning: "); got != 1 {
		t.Errorf("%d warnings:\n%s", got, plan.out)
	}
	w.write(without + topUp("a", `name = "2"`) + topUp("b", `name = "3"`))
	w.plan().changes()
	w.apply().fails("Error: "+sumNotConfigured, "Changing a credit batch", "Creating a credit batch")
	w.run("import", "thoughtindustries_credit_batch.b", testClient+"/"+otherID).fails("Error: "+sumNotConfigured, "Importing a credit batch")
	w.requests(0)
}

func TestCreditBatch_ManyAreRefreshedWithOneListingAPage(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	before := len(w.api.Batches())
	const many = 300
	w.write(topUp("a", "count = 300\nname = \"top-up ${count.index}\"\ncredit_account_id = \""+existing.ID+`"`))
	w.apply("-parallelism=50").succeeds()
	w.batches(before + many)
	w.api.ResetRequests()
	w.plan().succeeds().says(noChanges)
	w.requests((before + many + 24) / 25)
}

func TestCreditBatch_UnknownValuesAreComparedByTheApply(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := func(value string) string {
		return unknownUntilApply(value) + `
resource "thoughtindustries_credit_batch" "a" {
  client_id        = "` + testClient + `"
  starting_balance = terraform_data.later.output.balance
  name             = terraform_data.later.output.name
  expires_on       = terraform_data.later.output.expiry
}
`
	}
	value := `{ balance = 5, name = "2031", expiry = "2031-01-01T00:00:00Z", v = 1 }`
	w.write(config(value))
	w.plan().changes()
	w.requests(0)
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)

	w.write(config(strings.ReplaceAll(value, "v = 1", "v = 2")))
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)
	w.write(config(strings.ReplaceAll(value, "balance = 5", "balance = 6")))
	w.plan().changes().silentOn(sumBatchCannotChange)
	w.apply().fails(sumBatchCannotChange, "Changed: starting_balance.")
	w.write(config(strings.ReplaceAll(value, `name = "2031"`, `name = "2032"`)))
	w.apply().succeeds()
	w.batchPosts(1)
	if got := w.api.Batches()[0].Name; got != "2032" || w.api.Count(http.MethodPut, batchPath) != 1 {
		t.Errorf("the name is %q after %d PUTs", got, w.api.Count(http.MethodPut, batchPath))
	}
}
