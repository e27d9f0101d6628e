package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// What the providers of other people wrote into a state is in testdata/moved;
// the key in terracurl's is made up.
const (
	movedClient  = "00000000-0000-4000-8000-000000000001"
	movedLicense = "11111111-0000-4000-8000-000000000000"
	keyInState   = "ti_test_made_up_for_this_test"
)

// movedFrom reads the attributes of the only object of a state file, as an
// engine hands them to MoveResourceState.
func movedFrom(t *testing.T, file string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "moved", file))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes map[string]any `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	return state.Resources[0].Instances[0].Attributes
}

// moved is what an engine gets back.
type moved struct {
	t           *testing.T
	attributes  map[string]tftypes.Value
	unset       []string
	identity    bool
	diagnostics string
	// everything is all bytes and texts of the response.
	everything string
	// registry is what was tracked of the object.
	registry *stateRegistry
}

func move(t *testing.T, typeName, provider string, old map[string]any) moved {
	t.Helper()
	raw, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	server := newServer(t)
	resp, err := server.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: typeName, TargetTypeName: creditAccountType,
		SourceState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := moved{t: t, everything: string(resp.TargetPrivate), registry: server.registry}
	for _, d := range resp.Diagnostics {
		got.diagnostics += d.Severity.String() + ": " + d.Summary + ": " + d.Detail + "\n"
	}
	got.everything += got.diagnostics
	if resp.TargetState != nil {
		got.everything += string(resp.TargetState.MsgPack) + string(resp.TargetState.JSON)
		value, err := resp.TargetState.Unmarshal(creditAccountSchema(ctx).Type().TerraformType(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if err := value.As(&got.attributes); err != nil {
			t.Fatal(err)
		}
	}
	got.identity = resp.TargetIdentity != nil
	var private map[string][]byte
	if len(resp.TargetPrivate) > 0 {
		if err := json.Unmarshal(resp.TargetPrivate, &private); err != nil {
			t.Fatal(err)
		}
		if raw := private[privateUnset]; raw != nil {
			if err := json.Unmarshal(raw, &got.unset); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(got.unset)
	return got
}

// is wants an attribute of the moved account to have this value.
func (m moved) is(name, want string) {
	m.t.Helper()
	if got := plainText(m.attributes[name]); got != want {
		m.t.Errorf("%s is %s, want %s", name, got, want)
	}
}

// plainText writes a value for comparing; sets are in the order of the wire.
func plainText(value tftypes.Value) string {
	if value.IsNull() {
		return "null"
	}
	var elements []tftypes.Value
	var text string
	var members map[string]tftypes.Value
	switch {
	case value.As(&text) == nil:
		return text
	case value.As(&elements) == nil:
		texts := make([]string, 0, len(elements))
		for _, element := range elements {
			texts = append(texts, plainText(element))
		}
		return "[" + strings.Join(texts, " ") + "]"
	case value.As(&members) == nil:
		return "{" + plainText(members["id"]) + " " + plainText(members["deleted"]) + "}"
	}
	var truth bool
	if value.As(&truth) == nil {
		return fmt.Sprint(truth)
	}
	var number big.Float
	if value.As(&number) == nil {
		return decimalText(&number)
	}
	return value.String()
}

func TestMove_CarriesOnWithEverythingThatTheOldResponseReturned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typeName, provider, file  string
		id, sublicense, createdAt string
	}{
		"restapi": {
			"restapi_object", "registry.terraform.io/mastercard/restapi", "restapi.json",
			"da0d8a56-2b0c-47ef-8558-1d6f258e417c", "908361f6-ce66-47a8-ad98-f0fed500b1e4", "2026-11-24T02:49:21.142Z",
		},
		"restapi, address in other case": {
			"restapi_object", "registry.opentofu.org/Mastercard/restapi", "restapi.json",
			"da0d8a56-2b0c-47ef-8558-1d6f258e417c", "908361f6-ce66-47a8-ad98-f0fed500b1e4", "2026-11-24T02:49:21.142Z",
		},
		"restapi, address without its host": {
			"restapi_object", "restapi", "restapi.json",
			"da0d8a56-2b0c-47ef-8558-1d6f258e417c", "908361f6-ce66-47a8-ad98-f0fed500b1e4", "2026-11-24T02:49:21.142Z",
		},
		"restful": {
			"restful_operation", "registry.terraform.io/magodo/restful", "restful.json",
			"b48dc18f-0ebe-48f2-aed9-10a22fc7e8b2", "729ba66b-6288-406d-920c-13c68eef7340", "2026-11-24T02:49:21.730Z",
		},
		"restful resource": {
			"restful_resource", "registry.terraform.io/magodo/restful", "restful.json",
			"b48dc18f-0ebe-48f2-aed9-10a22fc7e8b2", "729ba66b-6288-406d-920c-13c68eef7340", "2026-11-24T02:49:21.730Z",
		},
		"terracurl": {
			"terracurl_request", "registry.terraform.io/devops-rob/terracurl", "terracurl.json",
			"25db6e3c-848f-43bc-9bcf-75e6e45e8e50", "426ef263-9120-49c5-877e-878726f7f5f2", "2026-11-24T02:49:22.383Z",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := move(t, test.typeName, test.provider, movedFrom(t, test.file))
			if got.diagnostics != "" {
				t.Fatal(got.diagnostics)
			}
			for attribute, want := range map[string]string{
				"id": test.id, "client_id": movedClient, "name": "acc-0000", "starting_balance": "100",
				"notify_emails": "[a@example.com]", "license_ids": "[" + movedLicense + "]", "type": "client",
				"batch_days_until_expire": "null", "minimum_batch_amount": "null", "credit_batch_name": "null",
				"existing_account_id": "null", "create_alongside": "null", "timeouts": "null",
				"status": "active", "current_balance": "100", "created_at": test.createdAt, "updated_at": test.createdAt,
				"sublicenses": "[{" + test.sublicense + " false}]",
			} {
				got.is(attribute, want)
			}
			if len(got.unset) != 0 {
				t.Errorf("unset: %v, though the response has it all", got.unset)
			}
			if !got.identity {
				t.Error("there is no identity")
			}
			for _, secret := range []string{keyInState, "Bearer", "Authorization"} {
				if strings.Contains(got.everything, secret) {
					t.Errorf("%q travels", secret)
				}
			}
		})
	}
	// The test for secrets can fail: the state does hold one.
	if raw, err := os.ReadFile(filepath.Join("testdata", "moved", "terracurl.json")); err != nil || !bytes.Contains(raw, []byte("Bearer "+keyInState)) {
		t.Errorf("terracurl's state holds no key: %v", err)
	}
}

const builtin = "terraform.io/builtin/terraform"

// dynamic is how a state holds a value whose type is part of the data.
func dynamic(value any) map[string]any {
	return map[string]any{"type": "dynamic", "value": value}
}

func TestMove_FromTerraformDataTakesTheBodyAndTheIDFromTheInput(t *testing.T) {
	t.Parallel()
	old := movedFrom(t, "terraform_data.json")
	input, _ := old["input"].(map[string]any)
	body, _ := input["value"].(map[string]any)
	body["id"], body["clientId"] = otherID, testClient
	got := move(t, "terraform_data", builtin, old)
	if got.diagnostics != "" {
		t.Fatal(got.diagnostics)
	}
	for attribute, want := range map[string]string{
		"id": otherID, "client_id": testClient, "name": "acc-0000", "starting_balance": "100", "notify_emails": "[a@example.com]",
		"license_ids": "[" + movedLicense + "]", "type": "null", "status": "null", "current_balance": "null", "sublicenses": "null",
	} {
		got.is(attribute, want)
	}
	if want := []string{"batch_days_until_expire", "minimum_batch_amount", "type"}; !slices.Equal(got.unset, want) {
		t.Errorf("unset: %v, want %v", got.unset, want)
	}
	// Not every engine hands it over a second time.
	if plan := got.registry.planCreate(t.Context(), accountKey(testClient, "acc-0000"), nil); plan.conflict == nil || plan.conflict.ID != otherID {
		t.Errorf("a creation of the same name conflicts with %v", plan)
	}
}

func TestMove_ReadsOldStatesLeniently(t *testing.T) {
	t.Parallel()
	const accounts = "/incoming/v2/clients/" + testClient + "/creditAccounts"
	tests := map[string]struct {
		typeName, provider string
		old                map[string]any
		want               map[string]string
		unset              []string
	}{
		"restapi without a response": {
			"restapi_object", "x/mastercard/restapi",
			map[string]any{"id": otherID, "path": accounts, "data": `{"name":"n","startingBalance":0.1,"notifyEmails":[],"licenseIds":["l"],"type":"t","batchDaysUntilExpire":3,"minimumBatchAmount":4,"creditBatchName":"b"}`},
			map[string]string{
				"id": otherID, "client_id": testClient, "name": "n", "starting_balance": "0.1", "notify_emails": "[]", "license_ids": "[l]",
				"type": "t", "batch_days_until_expire": "3", "minimum_batch_amount": "4", "credit_batch_name": "b", "status": "null",
			},
			nil,
		},
		"restful, id built into the object's path, body and output as text": {
			"restful_operation", "x/magodo/restful",
			map[string]any{"id": accounts + "/" + otherID, "path": accounts, "body": `{"name":"n"}`, "output": ""},
			map[string]string{"id": otherID, "client_id": testClient, "name": "n"},
			[]string{"batch_days_until_expire", "license_ids", "minimum_batch_amount", "notify_emails", "starting_balance", "type"},
		},
		"restful, output chosen by output_attrs": {
			"restful_operation", "x/magodo/restful",
			map[string]any{
				"path": accounts, "body": dynamic(map[string]any{"name": "n", "startingBalance": 1, "notifyEmails": []any{"b@example.com", "a@example.com", "a@example.com"}, "licenseIds": []any{}}),
				"output": dynamic(map[string]any{"id": otherID, "type": nil, "currentBalance": 7}),
			},
			map[string]string{"id": otherID, "type": "null", "current_balance": "7", "status": "null", "license_ids": "[]", "notify_emails": "[b@example.com a@example.com]"},
			[]string{"batch_days_until_expire", "minimum_batch_amount"},
		},
		"terracurl, body that is no JSON": {
			"terracurl_request", "x/devops-rob/terracurl",
			map[string]any{"url": "https://user:hunter2@acme.example" + accounts + "?key=hunter2", "request_body": "name=n", "response": `{"data":{"APICreateCreditAccount":{"id":"` + otherID + `","name":"told","type":5,"status":"active"`},
			map[string]string{"id": otherID, "client_id": testClient, "name": "told", "type": "null", "status": "active", "credit_batch_name": "null"},
			[]string{"batch_days_until_expire", "credit_batch_name", "license_ids", "minimum_batch_amount", "notify_emails", "starting_balance", "type"},
		},
		"terraform_data of texts, without a client": {
			"terraform_data", builtin,
			map[string]any{"id": testClient, "input": dynamic(map[string]any{"id": otherID, "name": "n", "startingBalance": "12.50", "batchDaysUntilExpire": "3"})},
			map[string]string{"id": otherID, "client_id": "null", "name": "n", "starting_balance": "12.5", "batch_days_until_expire": "3"},
			[]string{"client_id", "license_ids", "minimum_batch_amount", "notify_emails", "type"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := move(t, test.typeName, test.provider, test.old)
			if got.diagnostics != "" {
				t.Fatal(got.diagnostics)
			}
			for attribute, want := range test.want {
				got.is(attribute, want)
			}
			if !slices.Equal(got.unset, test.unset) {
				t.Errorf("unset: %v, want %v", got.unset, test.unset)
			}
			if got.identity == (test.want["client_id"] == "null") {
				t.Errorf("identity: %v", got.identity)
			}
			if strings.Contains(got.everything, "hunter2") {
				t.Error("a secret of the URL travels")
			}
		})
	}
}

func TestMove_WithoutAnIDSaysWhatToDoInstead(t *testing.T) {
	t.Parallel()
	without := func(file string, names ...string) map[string]any {
		old := movedFrom(t, file)
		for _, name := range names {
			delete(old, name)
		}
		return old
	}
	elsewhere := movedFrom(t, "terracurl.json")
	elsewhere["url"] = "https://user:hunter2@acme.example/incoming/v2/clients/" + testClient + "/creditBatches?key=hunter2"
	tests := map[string]struct {
		typeName, provider string
		old                map[string]any
		says               []string
	}{
		"restapi":               {"restapi_object", "x/mastercard/restapi", without("restapi.json", "create_response", "api_response", "id"), []string{"existing_account_id", "import", "restapi_object"}},
		"restful":               {"restful_operation", "x/magodo/restful", without("restful.json", "output"), []string{"existing_account_id", "import", "removed block"}},
		"terracurl":             {"terracurl_request", "x/devops-rob/terracurl", without("terracurl.json", "response"), []string{"existing_account_id", "import"}},
		"terraform_data":        {"terraform_data", builtin, movedFrom(t, "terraform_data.json"), []string{"existing_account_id", "import", "input = { id = "}},
		"nothing at all":        {"restapi_object", "x/mastercard/restapi", map[string]any{}, []string{"existing_account_id"}},
		"another object":        {"terracurl_request", "x/devops-rob/terracurl", elsewhere, []string{"/clients/" + testClient + "/creditBatches", "Remove the moved block"}},
		"another type":          {"restapi_other", "x/mastercard/restapi", without("restapi.json"), []string{"restapi_other", "restapi_object (mastercard/restapi)", "existing_account_id"}},
		"the type of a fork":    {"restapi_object", "x/somebody/restapi", without("restapi.json"), []string{"x/somebody/restapi", "terraform_data"}},
		"a look-alike provider": {"restapi_object", "x/notmastercard/restapi", without("restapi.json"), []string{"x/notmastercard/restapi"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := move(t, test.typeName, test.provider, test.old)
			for _, text := range append(test.says, "ERROR: "+sumCannotMove, "Nothing was changed.") {
				if !strings.Contains(got.diagnostics, text) {
					t.Errorf("%q is not said:\n%s", text, got.diagnostics)
				}
			}
			if got.attributes != nil {
				t.Errorf("there is a state: %v", got.attributes)
			}
			for _, secret := range []string{keyInState, "hunter2"} {
				if strings.Contains(got.everything, secret) {
					t.Errorf("%q travels", secret)
				}
			}
		})
	}
}

// OpenTofu before 1.12.5 asks for a move where an object of ours got another
// address alone, and nothing of it may be lost: neither that it is unresolved nor the nulls
// that is not known.
func TestMove_FromAnAccountToAnAccountKeepsItAsItIs(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]any{"an account": otherID, "a unresolved account": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := Server("test")()
			state := map[string]any{"id": id, "client_id": testClient, "name": "Training", "starting_balance": 5, "status": "s"}
			raw, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			private := []byte(`{"unset":"WyJ0eXBlIl0="}`)
			resp, err := server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: "thoughtindustries", SourceTypeName: creditAccountType, TargetTypeName: creditAccountType,
				SourceState: &tfprotov6.RawState{JSON: raw}, SourcePrivate: private,
			})
			if err != nil || len(resp.Diagnostics) > 0 {
				t.Fatal(err, resp.Diagnostics)
			}
			got := moved{t: t, attributes: attributesOf(creditAccountType, resp.TargetState)}
			got.is("name", "Training")
			got.is("status", "s")
			if id != nil {
				got.is("id", otherID)
			} else {
				got.is("id", "null")
			}
			if !bytes.Equal(resp.TargetPrivate, private) {
				t.Errorf("private data is %s", resp.TargetPrivate)
			}
			watching, ok := server.(*watchingServer)
			if !ok || len(watching.registry.tracked[accountKey(testClient, "Training")]) != 1 {
				t.Error("the state registry does not know of it")
			}
		})
	}
}

// terraformDataOf is what people have who create accounts with curl and keep
// the body in a terraform_data.
func terraformDataOf(more string) string {
	return "resource \"terraform_data\" \"a\" {\n  input = { name = \"Training\", startingBalance = 100, notifyEmails = [\"a@example.com\"], licenseIds = []" + more + " }\n}\n"
}

const movedFromData = "\nmoved {\n  from = terraform_data.a\n  to   = thoughtindustries_credit_account.a\n}\n"

// Terraform moves between types since 1.8; OpenTofu 1.9 does not, and 1.12 does.
func TestMove_OnAnEngineIsNoRequestAndNullsMayBeSetOnce(t *testing.T) {
	t.Parallel()
	needsEngine(t, movesBetweenTypes)
	for name, client := range map[string]string{"with a client": `, clientId = "` + testClient + `"`, "without a client": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(terraformDataOf(`, id = "` + otherID + `"` + client))
			w.apply().expectSuccess()
			w.write(account("a", "Training", "") + movedFromData)
			plan := w.plan()
			if client == "" {
				plan.expectChanges().expectOutput(sumRecorded, "client_id")
			} else {
				plan.expectOutput("has moved to "+theAccount, "0 to add, 0 to change, 0 to destroy").expectNoOutput(sumRecorded)
			}
			w.apply().expectSuccess().expectNoOutput("Unexpected Identity Change", "Missing Resource Identity")
			if got := w.has(theAccount).Attributes; got["id"] != otherID || got["client_id"] != testClient || got["name"] != "Training" {
				t.Errorf("state: %v", got)
			}
			w.plan().expectSuccess().expectOutput(noChanges)
			w.write(account("a", "Training", ""))
			w.plan().expectSuccess().expectOutput(noChanges)

			// Under ignore_changes a null stays what it is: unset, and free to be set.
			w.write(account("a", "Training", "type = \"client\"\nlifecycle {\n ignore_changes = [type]\n}"))
			w.plan().expectSuccess().expectOutput(noChanges)
			w.write(account("a", "Training", `type = "client"`))
			w.apply().expectSuccess().expectOutput(sumRecorded, "type")
			w.write(account("a", "Training", `type = "other"`))
			w.plan().expectError(sumCannotChange, "Changed: type")
			// What the body had is fixed from the beginning.
			w.write(account("a", "Training", "type = \"client\"\ncredit_batch_name = \"2026\""))
			w.plan().expectError(sumCannotChange, "Changed: credit_batch_name")
			w.api.expectNoRequests()
			w.write(account("a", "Training", `type = "client"`) + account("b", "Training", ""))
			w.plan().expectError(sumSecondAccount, otherID)
			w.api.expectPosts(0)
			w.api.expectAccounts(0)
		})
	}
}

// The account that moves is one that the state holds: a second one beside it
// is refused in the very plan that moves it.
func TestMove_DoesNotHideTheAccountFromTheRefusalOfASecondOne(t *testing.T) {
	t.Parallel()
	needsEngine(t, movesBetweenTypes)
	w := newWorkspace(t)
	w.write(terraformDataOf(`, id = "` + otherID + `", clientId = "` + testClient + `"`))
	w.apply().expectSuccess()
	w.write(account("a", "Training", "") + account("b", "Training", "") + movedFromData)
	w.plan().expectError(sumSecondAccount, otherID)
	w.api.expectPosts(0)
}

func TestAccCreditAccount_doesNotMoveWithoutAnID(t *testing.T) {
	api := newFakeAPI(t)
	moving := api.config(account("a", "Training", "") + movedFromData)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		Steps: []resource.TestStep{
			{Config: api.config(terraformDataOf(""))},
			{Config: moving, ExpectError: message(sumCannotMove, "existing_account_id", "input = { id = ")},
			// The way that the message names.
			{Config: api.config(terraformDataOf(`, id = "` + otherID + `", clientId = "` + testClient + `"`))},
			{
				Config:            moving,
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theAccount, attribute("id"), knownvalue.StringExact(otherID))},
			},
		},
	})
	api.expectNoRequests()
}
