package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// What other providers wrote into a state is in testdata/moved; the key in terracurl's is made up.
const (
	movedClient = "00000000-0000-4000-8000-000000000001"
	keyInState  = "ti_test_made_up_for_this_test"
	builtin     = "terraform.io/builtin/terraform"
	accountsAt  = "/incoming/v2/clients/" + testClient + "/creditAccounts"
)

// movedFrom reads the attributes of the only object of a state file, as an engine hands them to MoveResourceState.
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
	attributes  map[string]tftypes.Value // nil where there is no state
	identity    bool
	diagnostics string
	everything  string // all bytes and texts of the response
	registry    *registry.Registry
}

func move(t *testing.T, typeName, provider string, old map[string]any) moved {
	t.Helper()
	raw, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	running, ok := Server("test")().(*server)
	if !ok {
		t.Fatal("the server is of another type")
	}
	resp, err := running.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: typeName, TargetTypeName: creditAccountType,
		SourceState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := moved{everything: string(resp.TargetPrivate), identity: resp.TargetIdentity != nil, registry: running.registry}
	for _, d := range resp.Diagnostics {
		got.diagnostics += d.Severity.String() + ": " + d.Summary + ": " + d.Detail + "\n"
	}
	got.everything += got.diagnostics
	if resp.TargetState != nil {
		got.everything += string(resp.TargetState.MsgPack) + string(resp.TargetState.JSON)
		got.attributes = attributesIn(t, resp.TargetState)
	}
	return got
}

// attributesIn takes the state of an account apart.
func attributesIn(t *testing.T, state *tfprotov6.DynamicValue) (attributes map[string]tftypes.Value) {
	t.Helper()
	value, err := state.Unmarshal(creditAccountSchema().Type().TerraformType(context.Background()))
	if err == nil && !value.IsNull() {
		err = value.As(&attributes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return attributes
}

// expect wants these attributes, written as text, and every other one to be null.
func (m moved) expect(t *testing.T, want map[string]string) {
	t.Helper()
	if m.diagnostics != "" || m.attributes == nil || !m.identity {
		t.Fatalf("it was not moved, or without an identity (%v): %s", m.identity, m.diagnostics)
	}
	for name, value := range m.attributes {
		var text string
		var number big.Float
		switch {
		case value.IsNull():
		case value.As(&number) == nil:
			text = number.Text('f', -1)
		case value.As(&text) != nil:
			text = value.String()
		}
		if text != want[name] {
			t.Errorf("%s is %q, want %q", name, text, want[name])
		}
	}
}

func TestMove_TakesClientIDNameAndBalance(t *testing.T) {
	t.Parallel()
	dynamic := func(value any) map[string]any { return map[string]any{"type": "dynamic", "value": value} }
	input := movedFrom(t, "terraform_data.json")
	body, _ := input["input"].(map[string]any)["value"].(map[string]any)
	body["id"], body["clientId"] = otherID, testClient
	returned := `{"data":{"APICreateCreditAccount":{"id":"` + otherID + `","name":"returned","type":5,"status":"active"}}}`
	secretURL := "https://user:hunter2@acme.example" + accountsAt + "?key=hunter2"
	tests := map[string]struct {
		typeName, provider        string
		old                       map[string]any
		id, client, name, balance string
	}{
		"restapi": {
			"restapi_object", "registry.opentofu.org/Mastercard/restapi", movedFrom(t, "restapi.json"),
			"da0d8a56-2b0c-47ef-8558-1d6f258e417c", movedClient, "acc-0000", "100",
		},
		"restapi without a response": {
			"restapi_object", "x/mastercard/restapi",
			map[string]any{"id": otherID, "path": accountsAt, "data": `{"name":"n","startingBalance":0.1}`},
			otherID, testClient, "n", "0.1",
		},
		"restful": {
			"restful_operation", "registry.terraform.io/magodo/restful", movedFrom(t, "restful.json"),
			"b48dc18f-0ebe-48f2-aed9-10a22fc7e8b2", movedClient, "acc-0000", "100",
		},
		"restful, the id in the object's path": {
			"restful_resource", "x/magodo/restful",
			map[string]any{"id": accountsAt + "/" + otherID, "path": accountsAt, "body": `{"name":"n"}`, "output": ""},
			otherID, testClient, "n", "",
		},
		"terracurl": {
			"terracurl_request", "registry.terraform.io/devops-rob/terracurl", movedFrom(t, "terracurl.json"),
			"25db6e3c-848f-43bc-9bcf-75e6e45e8e50", movedClient, "acc-0000", "100",
		},
		"terracurl, a body that is no JSON": {
			"terracurl_request", "x/devops-rob/terracurl",
			map[string]any{"url": secretURL, "request_body": "name=n", "response": returned},
			otherID, testClient, "returned", "",
		},
		"terraform_data": {"terraform_data", builtin, input, otherID, testClient, "acc-0000", "100"},
		"terraform_data of texts": {
			"terraform_data", builtin,
			map[string]any{"id": movedClient, "input": dynamic(map[string]any{
				"id": otherID, "clientId": testClient, "name": "n", "startingBalance": "12.50",
			})},
			otherID, testClient, "n", "12.5",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := move(t, test.typeName, test.provider, test.old)
			got.expect(t, map[string]string{
				"id": test.id, "client_id": test.client, "name": test.name, "starting_balance": test.balance,
			})
			for _, secret := range []string{keyInState, "Bearer", "Authorization", "hunter2"} {
				if strings.Contains(got.everything, secret) {
					t.Errorf("%q travels", secret)
				}
			}
			// Not every engine hands it over a second time.
			if object, ok := got.registry.Find(test.id); !ok || object.Name != test.name {
				t.Errorf("the registry has %v", object)
			}
		})
	}
	// The check for secrets can fail: the state does have one.
	raw, err := os.ReadFile(filepath.Join("testdata", "moved", "terracurl.json"))
	if err != nil || !bytes.Contains(raw, []byte("Bearer "+keyInState)) {
		t.Errorf("terracurl's state has no key: %v", err)
	}
}

func TestMove_OfWhatIsNoAccountSaysWhatToDoInstead(t *testing.T) {
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
	input := func(values map[string]any) map[string]any { return map[string]any{"input": values} }
	tests := map[string]struct {
		typeName, provider string
		old                map[string]any
		says               string
	}{
		"restapi without an id": {
			"restapi_object", "x/mastercard/restapi",
			without("restapi.json", "create_response", "api_response", "id"), "the id of a credit account",
		},
		"terraform_data without a client": {
			"terraform_data", builtin, input(map[string]any{"id": otherID, "name": "n"}), "which client",
		},
		"terraform_data without a name": {
			"terraform_data", builtin, input(map[string]any{"id": otherID, "clientId": testClient}), "the name of the account",
		},
		"another object": {"terracurl_request", "x/devops-rob/terracurl", elsewhere, "path is not"},
		"another type":   {"restapi_other", "x/mastercard/restapi", without("restapi.json"), "restapi_other"},
		"a fork":         {"restapi_object", "x/somebody/restapi", without("restapi.json"), "x/somebody/restapi"},
		"a look-alike":   {"restapi_object", "x/notmastercard/restapi", without("restapi.json"), "x/notmastercard/restapi"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := move(t, test.typeName, test.provider, test.old)
			for _, text := range []string{"ERROR: " + sumCannotMove, "Nothing was changed.", "existing_account_id", test.says} {
				if !strings.Contains(got.diagnostics, text) {
					t.Errorf("%q is missing:\n%s", text, got.diagnostics)
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

// OpenTofu before 1.12.5 asks for a move where an object of ours got another address alone.
func TestMove_FromAnAccountToAnAccountKeepsItAsItIs(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]any{"an account": otherID, "an unresolved account": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running, ok := Server("test")().(*server)
			if !ok {
				t.Fatal("the server is of another type")
			}
			raw, err := json.Marshal(map[string]any{
				"id": id, "client_id": testClient, "name": "Training", "starting_balance": 5, "status": "s",
			})
			if err != nil {
				t.Fatal(err)
			}
			private := []byte(`{"key":"e30="}`)
			resp, err := running.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: "thoughtindustries", SourceTypeName: creditAccountType, TargetTypeName: creditAccountType,
				SourceState: &tfprotov6.RawState{JSON: raw}, SourcePrivate: private,
			})
			if err != nil || len(resp.Diagnostics) > 0 {
				t.Fatal(err, resp.Diagnostics)
			}
			got := attributesIn(t, resp.TargetState)
			if got["id"].IsNull() != (id == nil) || got["status"].IsNull() || !bytes.Equal(resp.TargetPrivate, private) {
				t.Errorf("the state is %v, the private data %s", got, resp.TargetPrivate)
			}
			if running.registry.Contains(otherID) == (id == nil) || running.registry.HadUnresolved() != (id == nil) {
				t.Error("the registry does not know of it")
			}
		})
	}
}

// terraformDataOf is what people have who create accounts with curl and keep the body in a terraform_data.
func terraformDataOf(more string) string {
	return "resource \"terraform_data\" \"a\" {\n  input = { name = \"Training\", startingBalance = 100, " +
		"notifyEmails = [\"a@example.com\"], licenseIds = []" + more + " }\n}\n"
}

const (
	takenFromResponse = `, id = "` + otherID + `", clientId = "` + testClient + `"`
	movedFromData     = "\nmoved {\n  from = terraform_data.a\n  to   = thoughtindustries_credit_account.a\n}\n"
)
