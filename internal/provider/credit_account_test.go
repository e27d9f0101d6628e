package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

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
	theAccount = "thoughtindustries_credit_account.a"
	noChanges  = "No changes."
)

// attribute is a path in the state.
func attribute(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

func TestAccCreditAccount_isCreatedOnceAndThenCostsNoRequest(t *testing.T) {
	api := newFakeAPI(t)
	config := api.config(account("a", "Training", ""))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionCreate),
					plancheck.ExpectUnknownValue(theAccount, attribute("id")),
					plancheck.ExpectUnknownValue(theAccount, attribute("type")),
					plancheck.ExpectKnownValue(theAccount, attribute("credit_batch_name"), knownvalue.Null()),
				},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.StringFunc(func(id string) error {
					if got := api.Accounts()[0].ID; id != got {
						return fmt.Errorf("the state has %s, and the account is %s", id, got)
					}
					return nil
				})),
				statecheck.ExpectKnownValue(theAccount, attribute("status"), knownvalue.StringExact("active")),
				statecheck.ExpectKnownValue(theAccount, attribute("current_balance"), knownvalue.Int64Exact(100)),
				statecheck.ExpectKnownValue(theAccount, attribute("starting_balance"), knownvalue.Int64Exact(100)),
				statecheck.ExpectKnownValue(theAccount, attribute("notify_emails"), knownvalue.SetSizeExact(1)),
				statecheck.ExpectKnownValue(theAccount, attribute("license_ids"), knownvalue.SetSizeExact(0)),
				statecheck.ExpectKnownValue(theAccount, attribute("created_at"), knownvalue.NotNull()),
				statecheck.CompareValuePairs(
					theAccount, attribute("created_at"), theAccount, attribute("updated_at"), compare.ValuesSame()),
				statecheck.ExpectKnownValue(theAccount, attribute("sublicenses"), knownvalue.ListSizeExact(0))),
		},
		resource.TestStep{
			PreConfig: api.ResetRequests,
			Config:    config,
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionNoop),
				plancheck.ExpectEmptyPlan()),
		},
	))
	api.expectNoRequests() // neither when it was read nor when it was destroyed
	api.expectAccounts(1)
}

func TestAccCreditAccount_sendsTheDocumentedFieldsAlone(t *testing.T) {
	api := newFakeAPI(t)
	least := func(label, balance string) string {
		return strings.NewReplacer("= 100", "= "+balance, `["a@example.com"]`, "[]").Replace(account(label, label, ""))
	}
	everything := `resource "thoughtindustries_credit_account" "everything" {
  client_id               = "` + testClient + `"
  name                    = "everything"
  starting_balance        = 1e15
  notify_emails           = ["b@example.com", "A@example.com"]
  license_ids             = ["l2", "l1"]
  type                    = "client"
  batch_days_until_expire = 365
  minimum_batch_amount    = 0
  credit_batch_name       = "2026"
  timeouts                = { create = "3m" }
}`
	resource.ParallelTest(t, api.testCase(resource.TestStep{
		Config: api.config(least("least", "0.1"), least("precise", "12345678901234567.125"), everything),
	}))
	const client = `{"clientId":"` + testClient + `",`
	api.expectPosted(
		client+`"name":"everything","startingBalance":1000000000000000,"notifyEmails":["A@example.com","b@example.com"],`+
			`"licenseIds":["l1","l2"],"type":"client","batchDaysUntilExpire":365,"minimumBatchAmount":0,`+
			`"creditBatchName":"2026"}`,
		client+`"name":"least","startingBalance":0.1,"notifyEmails":[],"licenseIds":[]}`,
		client+`"name":"precise","startingBalance":12345678901234567.125,"notifyEmails":[],"licenseIds":[]}`)
}

// Once an id is in the response, nothing else that is wrong with it may cost the
// account its place in the state.
func TestAccCreditAccount_keepsItsIDWhateverElseIsOddInTheResponse(t *testing.T) {
	odd := map[string]func(map[string]any){
		"only the id": func(response map[string]any) {
			maps.DeleteFunc(response, func(field string, _ any) bool { return field != "id" })
		},
		"unknown fields": func(response map[string]any) { response["new"] = map[string]any{"x": []any{1, nil, "y"}} },
		"numbers out of range": func(response map[string]any) {
			response["batchDaysUntilExpire"] = json.Number("1e400")
			response["minimumBatchAmount"] = json.Number("0.5")
			response["currentBalance"] = json.Number("1e999999999")
		},
	}
	api := newFakeAPI(t)
	config := ""
	var checks []statecheck.StateCheck
	for i, name := range sortedKeys(odd) {
		fault := changedAccount(odd[name])
		fault.Match = func(r *mockapi.Request) bool { return strings.Contains(string(r.Body), `"name":"`+name+`"`) }
		api.Inject(fault)
		config += account(fmt.Sprint("odd_", i), name, `type = "client"`)
		address := fmt.Sprint("thoughtindustries_credit_account.odd_", i)
		checks = append(checks,
			statecheck.ExpectKnownValue(address, attribute("id"), knownvalue.NotNull()),
			statecheck.ExpectKnownValue(address, attribute("type"), knownvalue.StringExact("client")),
			statecheck.ExpectKnownValue(address, attribute("name"), knownvalue.StringExact(name)))
	}
	resource.ParallelTest(t, api.testCase(resource.TestStep{Config: api.config(config), ConfigStateChecks: checks}))
	api.expectPosts(len(odd))
	api.expectAccounts(len(odd))
}

func TestAccCreditAccount_refusesAChangeNamingEveryAttribute(t *testing.T) {
	api := newFakeAPI(t)
	before := api.config(account("a", "Training", `credit_batch_name = "2026"`))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: before},
		resource.TestStep{
			PreConfig: api.ResetRequests,
			Config:    api.config(strings.ReplaceAll(account("a", "Renamed", `type = "other"`), "= 100", "= 200")),
			ExpectError: message(
				sumCannotChange, "Changed: name, starting_balance, type, credit_batch_name, of the account", "ignore_changes"),
		},
		resource.TestStep{Config: before, PlanOnly: true}, // the state is as it was
	))
	api.expectNoRequests()
}

func TestAccCreditAccount_takesOrderAndCaseForNoChange(t *testing.T) {
	api := newFakeAPI(t)
	with := func(client, more string) string {
		return api.config(`resource "thoughtindustries_credit_account" "a" {
  client_id = "` + client + `"
  name      = "Training"` + more + "\n}\n")
	}
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: with(testClient, `
  starting_balance = 1
  notify_emails = ["b@example.com", "a@example.com"]
  license_ids = ["9A3E5C70-1D1F-4A39-8A53-7C2B9D100011", "x"]`)},
		resource.TestStep{
			Config: with(strings.ToUpper(testClient), `
  starting_balance = 1.0
  notify_emails = ["a@example.com", "b@example.com"]
  license_ids = ["x", "9a3e5c70-1d1f-4a39-8a53-7c2b9d100011"]`),
			ConfigPlanChecks: only(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theAccount, attribute("client_id"), knownvalue.StringExact(testClient))),
		},
	))
}

func TestAccCreditAccount_changesWhatIsTheProvidersInPlaceWithoutARequest(t *testing.T) {
	api := newFakeAPI(t)
	upper := func(config string) string { return strings.ReplaceAll(config, testClient, strings.ToUpper(testClient)) }
	sameID := statecheck.CompareValue(compare.ValuesSame())
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config:            api.config(account("a", "Training", "")),
			ConfigStateChecks: inState(sameID.AddStateValue(theAccount, attribute("id"))),
		},
		resource.TestStep{
			PreConfig: api.ResetRequests,
			// The identity keeps the client as it was written first.
			Config: api.config(upper(account("a", "Training", `timeouts = { create = "1h" }`))),
			ConfigPlanChecks: only(
				plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionUpdate),
				// Nothing that the account has is shown as if it might change.
				plancheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.NotNull()),
				plancheck.ExpectKnownValue(theAccount, attribute("status"), knownvalue.StringExact("active")),
				plancheck.ExpectKnownValue(theAccount, attribute("current_balance"), knownvalue.Int64Exact(100)),
				plancheck.ExpectKnownValue(theAccount, attribute("updated_at"), knownvalue.NotNull()),
			),
			ConfigStateChecks: inState(
				sameID.AddStateValue(theAccount, attribute("id")),
				statecheck.ExpectKnownValue(theAccount, attribute("timeouts").AtMapKey("create"), knownvalue.StringExact("1h"))),
		},
		resource.TestStep{
			Config:            api.config(account("a", "Training", "")),
			ConfigPlanChecks:  only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionUpdate)),
			ConfigStateChecks: inState(sameID.AddStateValue(theAccount, attribute("id"))),
		},
	))
	api.expectNoRequests()
}

func TestAccCreditAccount_leavesIgnoredChangesAlone(t *testing.T) {
	api := newFakeAPI(t)
	const ignore = "\nlifecycle {\n ignore_changes = all\n}"
	changes := strings.NewReplacer("= 100", "= 200", "a@example.com", "b@example.com", "= []", `= ["l"]`)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(account("a", "Training", ignore))},
		resource.TestStep{
			PreConfig: api.ResetRequests,
			Config:    api.config(changes.Replace(account("a", "Renamed", "type = \"other\""+ignore))),
			PlanOnly:  true,
		},
		// The state kept what was sent, so the account is found to be the same.
		resource.TestStep{Config: api.config(account("a", "Training", "")), PlanOnly: true},
	))
	api.expectNoRequests()
}

func TestAccCreditAccount_isTakenOverWithoutARequest(t *testing.T) {
	api := newFakeAPI(t)
	api.AddAccount(mockapi.CreditAccount{ID: otherID, ClientID: testClient, Name: "Training", StartingBalance: "100"})
	existing := func(id string) string { return fmt.Sprintf("existing_account_id = %q", id) }
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: api.config(account("a", "Training", existing(otherID))),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.StringExact(otherID)),
				statecheck.ExpectKnownValue(theAccount, attribute("status"), knownvalue.Null())),
		},
		resource.TestStep{
			PreConfig:        api.ResetRequests,
			Config:           api.config(account("a", "Training", "type = \"client\"\n"+existing(otherID))),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			Config:      api.config(account("a", "Training", `type = "other"`)),
			ExpectError: message(sumCannotChange, "Changed: type"),
		},
		resource.TestStep{
			Config:      api.config(account("a", "Training", existing(testAccountID))),
			ExpectError: message(sumWrongExisting),
		},
	))
	api.expectNoRequests()
}

func TestAccCreditAccount_refusesToTakeOverOneAccountTwice(t *testing.T) {
	api := newFakeAPI(t)
	existing := func(id string) string { return fmt.Sprintf("existing_account_id = %q", id) }
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config:      api.config(account("a", "A", existing(otherID)), account("b", "B", existing(otherID))),
			ExpectError: message(sumAlreadyTaken, "existing_account_id"),
		},
		resource.TestStep{
			Config:      api.config(account("a", "A", ""), account("b", "B", "existing_account_id = "+theAccount+".id")),
			ExpectError: message(sumAlreadyTaken, "existing_account_id"), // by the apply, which knows the id
		},
	))
	api.expectPosts(1)
}

func TestAccCreditAccount_isReplacedWhereItsOwnIDIsListed(t *testing.T) {
	api := newFakeAPI(t)
	anotherID := statecheck.CompareValue(compare.ValuesDiffer())
	listing := "create_alongside = [data.thoughtindustries_credit_accounts.all.credit_accounts[0].id]"
	all := "data \"thoughtindustries_credit_accounts\" \"all\" {\n client_id = \"" + testClient + "\"\n}\n"
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config:            api.config(account("a", "Training", "")),
			ConfigStateChecks: inState(anotherID.AddStateValue(theAccount, attribute("id"))),
		},
		resource.TestStep{
			Config:            api.config(all, account("a", "Renamed", listing)),
			ConfigPlanChecks:  only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionDestroyBeforeCreate)),
			ConfigStateChecks: inState(anotherID.AddStateValue(theAccount, attribute("id"))),
		},
		resource.TestStep{ // the permission was for that account alone
			Config:      api.config(all, account("a", "Renamed again", listing)),
			ExpectError: message(sumCannotChange),
		},
	))
	api.expectAccounts(2)
}

func TestAccCreditAccount_isAdoptedWhereItExists(t *testing.T) {
	api := newFakeAPI(t)
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(account("a", "Training", "")), ExpectError: message(sumExists, existing.ID)},
		resource.TestStep{
			Config: api.providerBlock(`on_existing_account = "adopt"`) + account("a", "Training", ""),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.StringExact(existing.ID))),
		},
	))
	api.expectPosts(0)
}

func TestAccCreditAccount_isNotCreatedTwiceByANameThatThePlanDidNotKnow(t *testing.T) {
	api := newFakeAPI(t)
	second := strings.ReplaceAll(account("b", "NAME", ""), `"NAME"`, "terraform_data.later.output")
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(account("a", "Training", ""))},
		resource.TestStep{
			Config:      api.config(account("a", "Training", ""), unknownUntilApply(`"Training"`), second),
			ExpectError: message("Error: "),
		},
	))
	api.expectPosts(1)
}

func TestAccCreditAccount_isMovedFromTerraformData(t *testing.T) {
	needsEngine(t, movesBetweenTypes)
	api := newFakeAPI(t)
	api.AddAccount(mockapi.CreditAccount{ID: otherID, ClientID: testClient, Name: "Training", StartingBalance: "100"})
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(terraformDataOf(takenFromResponse))},
		resource.TestStep{ // the account that moves is in the state: a second one is refused by the plan that moves it
			Config:      api.config(account("a", "Training", ""), account("b", "Training", ""), movedFromData),
			ExpectError: message(sumSecondAccount, otherID),
		},
		resource.TestStep{
			PreConfig:        api.ResetRequests,
			Config:           api.config(account("a", "Training", `type = "client"`), movedFromData),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionUpdate)),
			ConfigStateChecks: inState(
				statecheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.StringExact(otherID)),
				statecheck.ExpectKnownValue(theAccount, attribute("starting_balance"), knownvalue.Int64Exact(100))),
		},
	))
	api.expectNoRequests()
}

// unknownUntilApply is a value that a plan cannot know.
func unknownUntilApply(value string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = %s\n}\n", value)
}

// unknownAccount takes all that it can from a value that a plan cannot know.
func unknownAccount(values string) string {
	const later = "terraform_data.later.output"
	return unknownUntilApply("{ client = \""+testClient+"\", "+values+" }") + `
resource "thoughtindustries_credit_account" "a" {
  client_id               = ` + later + `.client
  name                    = ` + later + `.name
  starting_balance        = ` + later + `.balance
  notify_emails           = [` + later + `.email]
  license_ids             = ` + later + `.licenses
  type                    = ` + later + `.type
  batch_days_until_expire = ` + later + `.days
}
`
}

const unknownValues = `name = "Training", balance = 5, email = "a@example.com", licenses = ["l"], type = "client", ` +
	"days = 3"

func TestAccCreditAccount_isCreatedFromValuesThatThePlanDoesNotKnow(t *testing.T) {
	api := newFakeAPI(t)
	sameID := statecheck.CompareValue(compare.ValuesSame())
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config: api.config(unknownAccount(unknownValues)),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionCreate),
				plancheck.ExpectUnknownValue(theAccount, attribute("client_id")),
				plancheck.ExpectUnknownValue(theAccount, attribute("license_ids"))),
			ConfigStateChecks: inState(sameID.AddStateValue(theAccount, attribute("id"))),
		},
		resource.TestStep{ // the same values, which the plan does not know to be the same
			PreConfig:         api.ResetRequests,
			Config:            api.config(unknownAccount(unknownValues + ", more = 1")),
			ConfigPlanChecks:  only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionUpdate)),
			ConfigStateChecks: inState(sameID.AddStateValue(theAccount, attribute("id"))),
		},
	))
	api.expectNoRequests()
	api.expectAccounts(1)
}

func TestAccCreditAccount_refusesAnotherValueThatThePlanDidNotKnow(t *testing.T) {
	api := newFakeAPI(t)
	before := api.config(unknownAccount(unknownValues))
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: before},
		resource.TestStep{
			PreConfig:   api.ResetRequests,
			Config:      api.config(unknownAccount(strings.Replace(unknownValues, "days = 3", "days = 4", 1))),
			ExpectError: message(sumCannotChange, "Changed: batch_days_until_expire"),
		},
		resource.TestStep{Config: before}, // the state is as it was
	))
	api.expectNoRequests()
}

// importID is for ImportStateIdFunc: what `terraform import` takes for the object.
func importID(address string) resource.ImportStateIdFunc {
	return func(state *terraform.State) (string, error) {
		object, ok := state.RootModule().Resources[address]
		if !ok {
			return "", fmt.Errorf("%s is not in the state", address)
		}
		return object.Primary.Attributes["client_id"] + "/" + object.Primary.ID, nil
	}
}

// importedWithout are the attributes that an import may leave null.
var importedWithout = []string{
	"name", "starting_balance", "notify_emails", "license_ids", "type", "batch_days_until_expire", "minimum_batch_amount",
	"credit_batch_name", "status", "current_balance", "created_at", "updated_at", "sublicenses",
}

func TestAccCreditAccount_isImportedByItsID(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(account("a", "Training", ""))},
		resource.TestStep{
			ResourceName: theAccount, ImportState: true, ImportStateIdFunc: importID(theAccount),
			ImportStateVerify: true, ImportStateVerifyIgnore: importedWithout,
		},
		resource.TestStep{
			ResourceName: theAccount, ImportState: true, ImportStateId: "acme/5",
			ExpectError: message(sumImportID, "<client_id>/<id>"),
		},
	))
	api.expectAccounts(1)
}

func TestAccCreditAccount_isImportedByABlock(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: api.config(account("a", "Training", ""))},
		resource.TestStep{
			ResourceName: theAccount, ImportState: true, ImportStateIdFunc: importID(theAccount),
			ImportStateKind: resource.ImportBlockWithID,
			// What the import left null is recorded by the apply.
			ExpectNonEmptyPlan: true,
			ImportPlanChecks:   plansImport(theAccount, plancheck.ResourceActionUpdate),
		},
	))
	api.expectAccounts(1)
}

func TestAccCreditAccount_isImportedByItsIdentity(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsIdentities,
		Steps: []resource.TestStep{
			{
				Config: api.config(account("a", "Training", "")),
				ConfigStateChecks: inState(
					statecheck.ExpectIdentity(theAccount, anIdentity),
					statecheck.ExpectIdentityValueMatchesState(theAccount, attribute("id"))),
			},
			{
				ResourceName: theAccount, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ExpectNonEmptyPlan: true,
				ImportPlanChecks:   plansImport(theAccount, plancheck.ResourceActionUpdate),
			},
		},
	})
	api.expectAccounts(1)
}

// anIdentity is that of an object of the test's client.
var anIdentity = map[string]knownvalue.Check{
	"client_id": knownvalue.StringExact(testClient), "id": knownvalue.NotNull(),
}

func plansImport(address string, action plancheck.ResourceActionType) resource.ImportPlanChecks {
	return resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// needsIdentities: Terraform and OpenTofu keep identities since their versions 1.12.
var needsIdentities = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

func TestAccCreditAccount_keepsItsAccountAtAnotherAddress(t *testing.T) {
	api := newFakeAPI(t)
	const renamed = "thoughtindustries_credit_account.b"
	sameID := statecheck.CompareValue(compare.ValuesSame())
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{
			Config:            api.config(account("a", "Training", "")),
			ConfigStateChecks: inState(sameID.AddStateValue(theAccount, attribute("id"))),
		},
		resource.TestStep{
			PreConfig:         api.ResetRequests,
			Config:            api.config(account("b", "Training", ""), "moved {\n  from = "+theAccount+"\n  to   = "+renamed+"\n}\n"),
			ConfigPlanChecks:  only(plancheck.ExpectResourceAction(renamed, plancheck.ResourceActionNoop)),
			ConfigStateChecks: inState(sameID.AddStateValue(renamed, attribute("id"))),
		},
	))
	api.expectNoRequests()
	api.expectAccounts(1)
}

func TestAccCreditAccount_takesUnusualValues(t *testing.T) {
	api := newFakeAPI(t)
	unusual := account("a", `<b>&amp;</b> \"🎓\" $${x} %%{y}`, "")
	resource.ParallelTest(t, api.testCase(resource.TestStep{
		Config: api.config(strings.ReplaceAll(unusual, "= 100", "= 1.7976931348623157e308")),
	}))
	if got, want := api.Accounts()[0].Name, `<b>&amp;</b> "🎓" ${x} %{y}`; got != want {
		t.Errorf("the name is %q, want %q", got, want)
	}
}

// A name in the response that is not the same one is a warning too.
func TestCreditAccount_WhatIsOddInTheResponseIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.Inject(changedAccount(func(account map[string]any) {
		delete(account, "status")
		account["minimumBatchAmount"], account["currentBalance"], account["name"] = true, nil, "Other"
	}))
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess().expectOutput(
		sumUnreadable, "minimum_batch_amount, status, current_balance", "Warning: "+sumStoredName, `"Training"`, `"Other"`)
}

func TestRefusals_SayWhatToDo(t *testing.T) {
	t.Parallel()
	anAccount, aBatch := account("a", "Training", ""), topUp("a", `expires_on = "2031-01-01T00:00:00Z"`)
	elsewhere := http.Header{"Location": {"https://elsewhere.example/x?token=1"}}
	page := pointer("<html><head><title>Bad Request</title></head><body>\x1b[31mred</body></html>")
	tests := map[string]struct {
		declared string
		fault    mockapi.Fault
		says     []string
	}{
		"401":  {anAccount, mockapi.Fault{Status: 401, Body: pointer("")}, []string{envAPIKey, "api_key"}},
		"403":  {anAccount, mockapi.Fault{Status: 403}, []string{"role"}},
		"404":  {anAccount, mockapi.Fault{Status: 404}, []string{"does not exist on this instance", "client_id = "}},
		"409":  {anAccount, mockapi.Fault{Status: 409}, []string{"existing_account_id"}},
		"422":  {anAccount, refusedValue("startingBalance must be below 10"), []string{"starting_balance = 100"}},
		"html": {anAccount, mockapi.Fault{Status: 400, Body: page}, []string{"HTML page (Bad Request)", "base_url"}},
		"301":  {anAccount, mockapi.Fault{Status: 301, Header: elsewhere}, []string{"elsewhere.example/x.", "not followed"}},

		"409 of a batch": {aBatch, mockapi.Fault{Status: 409}, []string{"import " + testClient + "/<its id>"}},
		"422 of a batch": {aBatch, refusedValue("expiresOn must be earlier"), []string{"expires_on = "}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			test.fault.Method = http.MethodPost
			w.api.Inject(test.fault)
			w.write(test.declared)
			summary := sumRefused
			if test.declared == aBatch {
				summary = sumBatchRefused
			}
			w.apply().expectError(append(test.says, summary, "Nothing was changed.")...).expectNoOutput("\x1b", "token=1")
			if sent := w.api.Count(http.MethodPost, ""); sent != 1 || len(w.state()) != 0 {
				t.Errorf("%d POSTs were sent, and the state has %v", sent, w.state())
			}
		})
	}
}

func refusedValue(message string) mockapi.Fault {
	return mockapi.Fault{Status: 422, Body: pointer(`{"error":"unprocessable","message":"` + message + `"}`)}
}

func TestAccCreditAccount_isReplacedForAValueThatThePlanDidNotKnowByTheNextPlan(t *testing.T) {
	api := newFakeAPI(t)
	config := func(name, listing string) string {
		return api.config(unknownUntilApply(name),
			strings.ReplaceAll(account("a", "NAME", listing), `"NAME"`, "terraform_data.later.output"))
	}
	all := "data \"thoughtindustries_credit_accounts\" \"all\" {\n client_id = \"" + testClient + "\"\n}\n"
	listing := "create_alongside = [data.thoughtindustries_credit_accounts.all.credit_accounts[0].id]"
	resource.ParallelTest(t, api.testCase(
		resource.TestStep{Config: config(`"Training"`, "")},
		resource.TestStep{Config: all + config(`"Renamed"`, listing), ExpectError: message("inconsistent final plan")},
		resource.TestStep{
			Config:           all + config(`"Renamed"`, listing),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionDestroyBeforeCreate)),
		},
	))
	api.expectPosts(2)
}
