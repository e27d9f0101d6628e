package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The state files in testdata were written by version 0 of the schema, and are
// never written again: whatever becomes of the schema, they must be read.
const (
	stateOfVersion0      = "state-v0.json"
	unresolvedOfVersion0 = "state-v0-unresolved.json"
)

// configOfVersion0 is what stateOfVersion0 was applied from.
const configOfVersion0 = `
resource "thoughtindustries_credit_account" "full" {
  client_id               = "` + testClient + `"
  name                    = "Everything \"set\""
  starting_balance        = 12345678901234567.125
  notify_emails           = ["b@example.com", "a@example.com"]
  license_ids             = ["9A3E5C70-1D1F-4A39-8A53-7C2B9D100011"]
  type                    = "client"
  batch_days_until_expire = 365
  minimum_batch_amount    = 5
  credit_batch_name       = "2026"
  create_alongside        = ["00000000-0000-4000-8000-000000000000"]
  timeouts                = { create = "30m" }
}

resource "thoughtindustries_credit_account" "least" {
  for_each         = toset(["x", "y"])
  client_id        = "` + testClient + `"
  name             = each.key
  starting_balance = 0.1
  notify_emails    = []
  license_ids      = []
}

resource "thoughtindustries_credit_account" "taken_over" {
  client_id           = "` + testClient + `"
  name                = "Taken over"
  starting_balance    = 0
  notify_emails       = []
  license_ids         = []
  existing_account_id = "` + otherID + `"
}

resource "thoughtindustries_credit_account" "imported" {
  client_id        = "` + testClient + `"
  name             = "Imported"
  starting_balance = 100
  notify_emails    = ["a@example.com"]
  license_ids      = []
}
`

func stateFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The states that a released version wrote are read through the protocol, with
// every value that they hold.
func TestState_OfVersion0IsReadWithEveryValue(t *testing.T) {
	t.Parallel()
	for name, objects := range map[string]int{stateOfVersion0: 5, unresolvedOfVersion0: 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file struct {
				Resources []struct {
					Instances []struct {
						SchemaVersion int64           `json:"schema_version"`
						Attributes    json.RawMessage `json:"attributes"`
					} `json:"instances"`
				} `json:"resources"`
			}
			if err := json.Unmarshal(stateFile(t, name), &file); err != nil {
				t.Fatal(err)
			}
			read := 0
			for _, resource := range file.Resources {
				for _, object := range resource.Instances {
					if object.SchemaVersion != 0 {
						t.Errorf("the file is of version %d", object.SchemaVersion)
					}
					upgraded := upgrade(t, object.SchemaVersion, object.Attributes)
					var before map[string]any
					if err := json.Unmarshal(object.Attributes, &before); err != nil {
						t.Fatal(err)
					}
					for attribute, value := range before {
						got, there := upgraded[attribute]
						if !there || got.IsNull() != (value == nil) {
							t.Errorf("%s is %v, and the file says %v", attribute, got, value)
						}
						if text, ok := value.(string); ok && plainText(got) != text {
							t.Errorf("%s is %s, and the file says %s", attribute, plainText(got), text)
						}
					}
					read++
				}
			}
			if read != objects {
				t.Errorf("%d objects were read, want %d", read, objects)
			}
		})
	}
}

func upgrade(t *testing.T, version int64, raw []byte) map[string]tftypes.Value {
	t.Helper()
	resp, err := Server("test")().UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: creditAccountType, Version: version, RawState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return attributesOf(creditAccountType, resp.UpgradedState)
}

func TestState_OfVersion0IsNoChangeOnAnEngine(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.writeFile("terraform.tfstate", string(stateFile(t, stateOfVersion0)))
	w.write(configOfVersion0)
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.plan("-refresh=false").expectSuccess().expectOutput(noChanges)
	w.apply().expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed")

	// What the private data says is read too: these nulls may be set once.
	w.write(configOfVersion0 + account("second", "Imported", ""))
	w.api.expectNoRequests()
	w.plan().expectError(sumSecondAccount)
	w.api.ResetRequests() // it may have looked up what exists before it was refused
	w.write(replaceIn(t, configOfVersion0, "existing_account_id = \""+otherID+"\"", `type = "client"`))
	w.apply().expectSuccess().expectOutput(sumRecorded, "type")
	w.api.expectNoRequests()
}

func TestState_OfVersion0KeepsItUnresolved(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.writeFile("terraform.tfstate", string(stateFile(t, unresolvedOfVersion0)))
	w.write(account("a", "Training", ""))
	for _, args := range [][]string{nil, {"-refresh=false"}} {
		w.plan(args...).expectError(sumUnresolved, "existing_account_id", "at 2026-")
	}
	w.apply().expectError(sumUnresolved)
	w.api.expectPosts(0)
	w.write(account("a", "Training", `existing_account_id = "`+otherID+`"`))
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.api.expectPosts(0)
}

// replaceIn replaces a text that must be there.
func replaceIn(t *testing.T, text, old, fresh string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in the text", old)
	}
	return strings.Replace(text, old, fresh, 1)
}

// Terraform 1.0 speaks protocol 6.0. What came later (identities, moves between
// types, capabilities) is served to engines that ask for it; nothing is declared
// that an older one could not read or would have to know. List resources are a
// field of the response that an older one passes over.
func TestServer_DeclaresNothingThatAnOldEngineWouldHaveToKnow(t *testing.T) {
	t.Parallel()
	resp, err := Server("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for what, declared := range map[string]int{
		"functions": len(resp.Functions), "ephemeral resources": len(resp.EphemeralResourceSchemas),
		"actions": len(resp.ActionSchemas), "state stores": len(resp.StateStoreSchemas),
		"diagnostics": len(resp.Diagnostics), "blocks": len(resp.Provider.Block.BlockTypes),
	} {
		if declared != 0 {
			t.Errorf("%d %s are declared", declared, what)
		}
	}
	if len(resp.ResourceSchemas) == 0 || len(resp.ListResourceSchemas) == 0 {
		t.Error("no resources are declared, or none that can be listed")
	}
	for name, schema := range resp.ResourceSchemas {
		if schema.Version != 0 {
			t.Errorf("%s has version %d: keep a state file of version 0 readable", name, schema.Version)
		}
		for _, attribute := range schema.Block.Attributes {
			if attribute.WriteOnly {
				t.Errorf("%s.%s is write-only, which needs Terraform 1.11", name, attribute.Name)
			}
		}
	}
}
