package provider

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

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

func TestAccCreditBatch_isCreatedOnce(t *testing.T) {
	api := newFakeAPI(t)
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	before := len(api.Batches())
	config := api.config(topUp("a", `name = "2031"
  expires_on = "2031-01-01T00:00:00Z"
  credit_account_id = "`+existing.ID+`"`))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(theBatch, plancheck.ResourceActionCreate),
					plancheck.ExpectUnknownValue(theBatch, attribute("id")),
					plancheck.ExpectKnownValue(theBatch, attribute("expires_on"), knownvalue.StringExact("2031-01-01T00:00:00Z")),
				},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theBatch, attribute("id"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue(theBatch, attribute("status"), knownvalue.StringExact("active")),
				statecheck.ExpectKnownValue(theBatch, attribute("current_balance"), knownvalue.Int64Exact(50)),
				statecheck.ExpectKnownValue(theBatch, attribute("allocated_credits"), knownvalue.Int64Exact(0)),
				statecheck.ExpectKnownValue(theBatch, attribute("created_at"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue(theBatch, attribute("updated_at"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue(theBatch, attribute("expires_on"), knownvalue.StringExact("2031-01-01T00:00:00Z"))),
		},
		resource.TestStep{
			PreConfig:        api.ResetRequests,
			Config:           config,
			ConfigPlanChecks: only(plancheck.ExpectEmptyPlan()),
		},
	))
	api.expectBatchPosts(0)
	api.expectBatches(before + 1)
	if got := api.Count(http.MethodPut, ""); got != 0 {
		t.Errorf("%d PUTs", got)
	}
}

func TestAccCreditBatch_sendsTheDocumentedFieldsAlone(t *testing.T) {
	api := newFakeAPI(t)
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", CreditBatchName: "label"})
	dated := topUp("b", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\"")
	resource.ParallelTest(t, api.testCase(resource.TestStep{
		Config: api.config(topUp("a", `credit_account_id = "`+existing.ID+`"`), dated),
		// What is not configured is the API's choice, and stays null.
		ConfigStateChecks: inState(
			statecheck.ExpectKnownValue(theBatch, attribute("name"), knownvalue.Null()),
			statecheck.ExpectKnownValue(theBatch, attribute("expires_on"), knownvalue.Null())),
	}))
	const client = `{"clientId":"` + testClient + `","startingBalance":50,`
	api.expectPosted(
		client+`"creditAccountId":"`+existing.ID+`"}`, client+`"name":"2031","expiresOn":"2031-01-01T00:00:00.000Z"}`)
}

func TestAccCreditBatch_refreshReadsTheLiveBalance(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(topUp("a", `name = "2031"`))},
		resource.TestStep{
			PreConfig: func() {
				if err := api.UseCredits(api.Batches()[0].ID, 12.5); err != nil {
					t.Fatal(err)
				}
			},
			Config:           api.config(topUp("a", `name = "2031"`)),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theBatch, plancheck.ResourceActionNoop)),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theBatch, attribute("current_balance"), knownvalue.Float64Exact(37.5))),
		},
	))
}

func TestAccCreditBatch_changesNameAndExpiryInPlace(t *testing.T) {
	tests := map[string]struct {
		before, after string
		body          string // empty: nothing is sent
	}{
		"name": {`name = "2031"`, `name = "2032"`, `{"name":"2032"}`},
		"expiry": {
			`expires_on = "2031-01-01T00:00:00Z"`, `expires_on = "2032-01-01T00:00:00+02:00"`,
			`{"expiresOn":"2031-12-31T22:00:00.000Z"}`,
		},
		"both, set for the first time": {
			"", "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\"",
			`{"name":"2031","expiresOn":"2031-01-01T00:00:00.000Z"}`,
		},
		"the same time in another zone": {
			`expires_on = "2031-01-01T00:00:00Z"`, `expires_on = "2031-01-01T02:00:00+02:00"`, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api := newFakeAPI(t)
			action, puts := plancheck.ResourceActionUpdate, 2
			if test.body == "" {
				action, puts = plancheck.ResourceActionNoop, 0
			}
			sameID := statecheck.CompareValue(compare.ValuesSame())
			resource.ParallelTest(t, api.testCase(
				resource.TestStep{
					Config:            api.config(topUp("a", test.before)),
					ConfigStateChecks: inState(sameID.AddStateValue(theBatch, attribute("id"))),
				},
				resource.TestStep{
					PreConfig: func() {
						api.ResetRequests()
						// A PUT may be repeated.
						lost := cut(mockapi.CutConnection, true)
						lost.Method = http.MethodPut
						api.Inject(lost)
					},
					Config:            api.config(topUp("a", test.after)),
					ConfigPlanChecks:  only(plancheck.ExpectResourceAction(theBatch, action)),
					ConfigStateChecks: inState(sameID.AddStateValue(theBatch, attribute("id"))),
				},
			))
			api.expectBatchPosts(0)
			if got := api.Count(http.MethodPut, batchPath); got != puts {
				t.Errorf("%d PUTs, want %d", got, puts)
			}
			for _, request := range api.Requests() {
				if request.Method == http.MethodPut && string(request.Body) != test.body {
					t.Errorf("body %s, want %s", request.Body, test.body)
				}
			}
		})
	}
}

func TestAccCreditBatch_keepsItsStateWhenAChangeIsRefusedByTheAPI(t *testing.T) {
	api := newFakeAPI(t)
	before, after := api.config(topUp("a", `name = "2031"`)), api.config(topUp("a", `name = "2032"`))
	steps := []resource.TestStep{{Config: before}}
	for _, status := range []int{404, 422} {
		steps = append(steps, resource.TestStep{
			PreConfig: func() {
				api.ClearFaults()
				api.Inject(mockapi.Fault{Method: http.MethodPut, Status: status})
			},
			Config:      after,
			ExpectError: message(sumBatchNotUpdated, fmt.Sprint(status)),
		})
	}
	steps = append(steps, resource.TestStep{Config: before, PlanOnly: true}, resource.TestStep{
		PreConfig:        api.ClearFaults,
		Config:           after,
		ConfigPlanChecks: only(plancheck.ExpectResourceAction(theBatch, plancheck.ResourceActionUpdate)),
		ConfigStateChecks: inState(
			statecheck.ExpectKnownValue(theBatch, attribute("name"), knownvalue.StringExact("2032"))),
	})
	resource.ParallelTest(t, api.testCase(steps...))
}

func TestAccCreditBatch_refusesAChangeNamingEveryAttribute(t *testing.T) {
	api := newFakeAPI(t)
	both := "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\""
	before := api.config(topUp("a", both))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: before},
		resource.TestStep{
			Config: api.config(strings.ReplaceAll(topUp("a", `credit_account_id = "`+otherID+`"`), "= 50", "= 51")),
			ExpectError: message(sumBatchCannotChange, "Changed: starting_balance, credit_account_id.",
				`Removed: name, which is "2031"`, "Removed: expires_on"),
		},
		resource.TestStep{
			Config:      api.config(strings.ReplaceAll(topUp("a", both), testClient, otherID)),
			ExpectError: message(sumBatchCannotChange, "Changed: client_id."),
		},
		resource.TestStep{Config: before, PlanOnly: true},
	))
	api.expectBatchPosts(1)
}

func TestAccCreditBatch_isImportedWithAllThatItHas(t *testing.T) {
	api := newFakeAPI(t)
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	declared := "name = \"2031\"\nexpires_on = \"2031-01-01T00:00:00Z\"\ncredit_account_id = \"" + existing.ID + `"`
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(topUp("a", declared))},
		resource.TestStep{
			ResourceName: theBatch, ImportState: true, ImportStateIdFunc: importID(theBatch), ImportStateVerify: true,
			// An expiry is compared as a time; the API writes it with milliseconds.
			ImportStateVerifyIgnore: []string{"expires_on"},
		},
		resource.TestStep{
			ResourceName: theBatch, ImportState: true, ImportStateId: testClient + "/5",
			ExpectError: message(sumImportID, "<client_id>/<id>"),
		},
		resource.TestStep{
			ResourceName: theBatch, ImportState: true, ImportStateId: testClient + "/" + otherID,
			ExpectError: message(sumBatchNotFound, otherID),
		},
	))
	api.expectBatchPosts(1)
}

func TestAccCreditBatch_isImportedByABlock(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(topUp("a", `name = "2031"`))},
		resource.TestStep{
			ResourceName: theBatch, ImportState: true, ImportStateIdFunc: importID(theBatch),
			ImportStateKind:  resource.ImportBlockWithID,
			ImportPlanChecks: plansImport(theBatch, plancheck.ResourceActionNoop),
		},
	))
	api.expectBatchPosts(1)
}

func TestAccCreditBatch_isImportedByItsIdentity(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsIdentities,
		Steps: []resource.TestStep{
			{
				Config: api.config(topUp("a", `name = "2031"`)),
				ConfigStateChecks: inState(
					statecheck.ExpectIdentity(theBatch, anIdentity),
					statecheck.ExpectIdentityValueMatchesState(theBatch, attribute("id"))),
			},
			{ResourceName: theBatch, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
	api.expectBatchPosts(1)
}

func TestAccCreditBatch_comparesValuesThatThePlanDoesNotKnow(t *testing.T) {
	api := newFakeAPI(t)
	config := func(values string) string {
		return api.config(unknownUntilApply("{ "+values+" }"), `
resource "thoughtindustries_credit_batch" "a" {
  client_id        = "`+testClient+`"
  starting_balance = terraform_data.later.output.balance
  name             = terraform_data.later.output.name
  expires_on       = terraform_data.later.output.expiry
}
`)
	}
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: config(`balance = 5, name = "2031", expiry = "2031-01-01T00:00:00Z"`),
			ConfigPlanChecks: only(
				plancheck.ExpectUnknownValue(theBatch, attribute("starting_balance")),
				plancheck.ExpectUnknownValue(theBatch, attribute("expires_on"))),
		},
		resource.TestStep{Config: config(`balance = 5, name = "2031", expiry = "2031-01-01T00:00:00Z", more = 1`)},
		resource.TestStep{
			Config:      config(`balance = 6, name = "2031", expiry = "2031-01-01T00:00:00Z"`),
			ExpectError: message(sumBatchCannotChange, "Changed: starting_balance."),
		},
		resource.TestStep{
			Config: config(`balance = 5, name = "2032", expiry = "2031-01-01T00:00:00Z"`),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theBatch, attribute("name"), knownvalue.StringExact("2032"))),
		},
	))
	api.expectBatchPosts(1)
	if got := api.Count(http.MethodPut, batchPath); got != 1 {
		t.Errorf("%d PUTs", got)
	}
}

func TestAccCreditBatch_refusesAPastExpiryThatThePlanDidNotKnow(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: api.config(
				unknownUntilApply(`"2020-01-01T00:00:00Z"`), topUp("a", "expires_on = terraform_data.later.output")),
			ExpectError: message(sumBatchPast),
		},
	))
	api.expectBatchPosts(0)
}

func TestCreditBatch_GoneFromTheListingStaysAndIsNotCreatedAgain(t *testing.T) {
	t.Parallel()
	clock := &laterClock{}
	w := newWorkspace(t, mockapi.Options{Now: clock.now})
	fresh := newWorkspace(t)
	clock.advance(-time.Hour)
	for _, made := range []*workspace{w, fresh} {
		made.write(topUp("a", `name = "2031"`))
		made.apply().expectSuccess()
		made.api.RemoveBatch(made.api.Batches()[0].ID)
	}
	// A listing may lag behind a creation.
	fresh.plan().expectSuccess().expectOutput(noChanges, sumBatchNotListed)

	// An element without a readable id may be the batch.
	unreadable := `{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[{"id":5}]}}}`
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 200, Body: &unreadable})
	w.plan().expectError(sumBatchNotRefreshed).expectNoOutput(sumBatchGone)
	w.api.ClearFaults()
	w.plan().expectSuccess().expectOutput(sumBatchGone, noChanges)
	w.apply().expectSuccess().expectOutput(sumBatchGone)
	if got := w.has(theBatch).Attributes["status"]; got != statusNotListed {
		t.Errorf("the status is %v", got)
	}
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning") // it was said
	w.api.expectBatchPosts(1)
}

func TestCreditBatch_ListingThatCannotBeReadKeepsTheStateAndIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "1"`) + topUp("b", `name = "2"`) + topUp("c", `name = "3"`))
	w.apply().expectSuccess()
	for _, status := range []int{403, 404} {
		w.api.ClearFaults()
		w.api.ResetRequests()
		w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: status})
		plan := w.plan().expectSuccess().expectOutput(noChanges)
		if got := strings.Count(plan.flat, "Warning: "+sumBatchNotRefreshed); got != 1 {
			t.Errorf("%d: the warning is shown %d times:\n%s", status, got, plan.out)
		}
	}
	w.api.ClearFaults()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 401})
	plan := w.plan().expectError(sumBatchNotRefreshed)
	if got := strings.Count(plan.flat, "Error: "+sumBatchNotRefreshed); got != 1 {
		t.Errorf("the error is shown %d times:\n%s", got, plan.out)
	}
}

func TestCreditBatch_WithoutAKeyThePlanKeepsTheState(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "1"`))
	w.apply().expectSuccess()
	w.api.ResetRequests()
	without := "provider \"thoughtindustries\" {\n base_url = \"" + w.url + "\"\n}\n"
	w.write(without + topUp("a", `name = "1"`))
	plan := w.plan().expectSuccess().expectOutput(noChanges, sumNotConfigured)
	if got := strings.Count(plan.flat, "Warning: "); got != 1 {
		t.Errorf("%d warnings:\n%s", got, plan.out)
	}
	w.write(without + topUp("a", `name = "2"`) + topUp("b", `name = "3"`))
	w.plan().expectChanges()
	w.apply().expectError("Error: "+sumNotConfigured, "Changing a credit batch", "Creating a credit batch")
	w.run("import", "thoughtindustries_credit_batch.b", testClient+"/"+otherID).
		expectError("Error: "+sumNotConfigured, "Importing a credit batch")
	w.api.expectNoRequests()
}

func TestAccCreditBatch_keepsAnExpiryThatHasPassed(t *testing.T) {
	api := newFakeAPI(t)
	expired := api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, StartingBalance: "50", Name: "2020", ExpiresOn: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	declared := func(name, expiry string) string {
		return api.config(topUp("a", fmt.Sprintf("name = %q\nexpires_on = %q", name, expiry)))
	}
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: declared("2020", "2020-01-01T00:00:00Z"), ResourceName: theBatch, ImportState: true,
			ImportStateId: testClient + "/" + expired.ID, ImportStatePersist: true,
		},
		resource.TestStep{Config: declared("2020", "2020-01-01T00:00:00Z"), PlanOnly: true},
		resource.TestStep{
			Config:           declared("long ago", "2020-01-01T00:00:00Z"),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theBatch, plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{Config: declared("long ago", "2021-01-01T00:00:00Z"), ExpectError: message(sumBatchPast)},
	))
	api.expectBatchPosts(0)
}

func TestAccCreditBatch_keepsItsBatchAtAnotherAddress(t *testing.T) {
	api := newFakeAPI(t)
	const renamed = "thoughtindustries_credit_batch.b"
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(topUp("a", ""))},
		resource.TestStep{
			Config:           api.config(topUp("b", ""), "moved {\n  from = "+theBatch+"\n  to   = "+renamed+"\n}\n"),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(renamed, plancheck.ResourceActionNoop)),
		},
	))
	api.expectBatchPosts(1)
}

// A service may store another name or expiry than was sent; only a later change by hand is a change.
func TestAccCreditBatch_keepsWhatTheServiceStoresInAnotherForm(t *testing.T) {
	api := newFakeAPI(t)
	stored := func(name string) func() {
		return func() {
			err := api.ChangeBatch(api.Batches()[0].ID, func(batch *mockapi.CreditBatch) {
				batch.Name, batch.ExpiresOn = name, time.Date(2031, 1, 1, 23, 59, 59, 0, time.UTC)
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	api.Inject(changed("CreateCreditBatch", func(batch map[string]any) {
		batch["name"], batch["expiresOn"] = "SPRING", "2031-01-01T23:59:59.000Z"
	}))
	config := api.config(topUp("a", "name = \"Spring\"\nexpires_on = \"2031-01-01T00:00:00Z\""))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: stored("SPRING"), Config: config, PlanOnly: true},
		resource.TestStep{
			PreConfig:        stored("Summer"),
			Config:           config,
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theBatch, plancheck.ResourceActionUpdate)),
		},
	))
	if got := api.Batches()[0].Name; got != "Spring" || api.Count(http.MethodPut, "") != 1 {
		t.Errorf("the name is %q, after %d PUTs", got, api.Count(http.MethodPut, ""))
	}
}
