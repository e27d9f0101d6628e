package provider

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// newServer is one that has not been configured.
func newServer(t *testing.T) *watchingServer {
	t.Helper()
	server, ok := serverWith("test", nil)().(*watchingServer)
	if !ok {
		t.Fatal("another server than expected")
	}
	return server
}

// configuredServer is one that has been configured with an address and a key.
func configuredServer(t *testing.T) *watchingServer {
	t.Helper()
	server := newServer(t)
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	object, ok := schema.Provider.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the provider's schema is no object")
	}
	config := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		config[name] = tftypes.NewValue(of, nil)
	}
	config["base_url"] = tftypes.NewValue(tftypes.String, "http://127.0.0.1:1")
	config["api_key"] = tftypes.NewValue(tftypes.String, testKey)
	config["on_existing_account"] = tftypes.NewValue(tftypes.String, "ignore") // nothing listens there
	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, config))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &value})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp)
	}
	return server
}

// accountValue is an account with the values given; the others are null.
func accountValue(t *testing.T, values map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := creditAccountObject().(tftypes.Object)
	if !ok {
		t.Fatal("the account's schema is no object")
	}
	attributes := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, nil)
		if value, ok := values[name]; ok {
			attributes[name] = value
		}
	}
	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, attributes))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

func nullAccount(t *testing.T) *tfprotov6.DynamicValue {
	t.Helper()
	value, err := tfprotov6.NewDynamicValue(creditAccountObject(), tftypes.NewValue(creditAccountObject(), nil))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

// configuredAs is the configuration of an account, by name.
func configuredAs(name string, more map[string]tftypes.Value) map[string]tftypes.Value {
	set := tftypes.Set{ElementType: tftypes.String}
	values := map[string]tftypes.Value{
		"client_id":        tftypes.NewValue(tftypes.String, testClient),
		"name":             tftypes.NewValue(tftypes.String, name),
		"starting_balance": tftypes.NewValue(tftypes.Number, big.NewFloat(12.5)),
		"notify_emails":    tftypes.NewValue(set, []tftypes.Value{tftypes.NewValue(tftypes.String, "a@b.example")}),
		"license_ids":      tftypes.NewValue(set, []tftypes.Value{}),
	}
	for name, value := range more {
		values[name] = value
	}
	return values
}

// createdAs adds what the API chose.
func createdAs(name string, i int, more map[string]tftypes.Value) map[string]tftypes.Value {
	values := configuredAs(name, more)
	values["id"] = tftypes.NewValue(tftypes.String, fmt.Sprintf("0b0f3c5e-7a52-4a3e-9b8e-%012x", i))
	values["status"] = tftypes.NewValue(tftypes.String, "active")
	return values
}

func equalState(t *testing.T, got, want *tfprotov6.DynamicValue) {
	t.Helper()
	if got == nil || want == nil {
		t.Fatalf("state %v, want %v", got, want)
	}
	x, err := got.Unmarshal(creditAccountObject())
	if err != nil {
		t.Fatal(err)
	}
	y, err := want.Unmarshal(creditAccountObject())
	if err != nil {
		t.Fatal(err)
	}
	if !x.Equal(y) {
		t.Errorf("state %s\nwant  %s", x, y)
	}
}

func equalIdentity(t *testing.T, got, want *tfprotov6.ResourceIdentityData) {
	t.Helper()
	if got == nil || want == nil {
		if got != want {
			t.Errorf("identity %v, want %v", got, want)
		}
		return
	}
	if !bytes.Equal(got.IdentityData.MsgPack, want.IdentityData.MsgPack) {
		t.Errorf("identity %x, want %x", got.IdentityData.MsgPack, want.IdentityData.MsgPack)
	}
}

func TestFastPath_PlansAsTheFrameworkDoes(t *testing.T) {
	unknownText := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	set := tftypes.Set{ElementType: tftypes.String}
	for name, more := range map[string]map[string]tftypes.Value{
		"only what is required": nil,
		"everything that can be configured": {
			"type":                    tftypes.NewValue(tftypes.String, "client"),
			"batch_days_until_expire": tftypes.NewValue(tftypes.Number, 365),
			"minimum_batch_amount":    tftypes.NewValue(tftypes.Number, 0),
			"credit_batch_name":       tftypes.NewValue(tftypes.String, "2027"),
		},
		"unknown values": {
			"type":          unknownText,
			"notify_emails": tftypes.NewValue(set, tftypes.UnknownValue),
			"license_ids":   tftypes.NewValue(set, []tftypes.Value{unknownText}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			fast, framework := configuredServer(t), configuredServer(t)
			for i := range 3 {
				config := accountValue(t, configuredAs(fmt.Sprint("New ", i), more))
				req := &tfprotov6.PlanResourceChangeRequest{
					TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: config, Config: config,
				}
				comparePlans(t, fast, framework, req)
			}
			if len(fast.fastPath.plans) != 1 {
				t.Errorf("%d responses were remembered, want 1", len(fast.fastPath.plans))
			}
		})
	}
}

func comparePlans(t *testing.T, fast, framework *watchingServer, req *tfprotov6.PlanResourceChangeRequest) {
	t.Helper()
	got, err := fast.PlanResourceChange(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want, err := framework.fullServer.PlanResourceChange(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Diagnostics) != len(want.Diagnostics) {
		t.Fatalf("%d diagnostics, want %d", len(got.Diagnostics), len(want.Diagnostics))
	}
	equalState(t, got.PlannedState, want.PlannedState)
	equalIdentity(t, got.PlannedIdentity, want.PlannedIdentity)
	if !bytes.Equal(got.PlannedPrivate, want.PlannedPrivate) {
		t.Errorf("private data %s, want %s", got.PlannedPrivate, want.PlannedPrivate)
	}
}

func TestFastPath_ReadsAndPlansUnchangedAccountsAsTheFrameworkDoes(t *testing.T) {
	unset := []byte(`{"unset":"WyJ0eXBlIl0="}`)
	for name, private := range map[string][]byte{"nothing in private data": nil, "unset attributes": unset} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, identity %t", name, known), func(t *testing.T) {
				fast, framework := configuredServer(t), configuredServer(t)
				for i := range 3 {
					values := createdAs(fmt.Sprint("Account ", i), i, nil)
					state := accountValue(t, values)
					var identity *tfprotov6.ResourceIdentityData
					if known {
						identity, _ = identityOf(values)
					}
					read := &tfprotov6.ReadResourceRequest{TypeName: creditAccountType, CurrentState: state, Private: slices.Clone(private), CurrentIdentity: identity}
					got, err := fast.ReadResource(t.Context(), read)
					if err != nil {
						t.Fatal(err)
					}
					want, err := framework.fullServer.ReadResource(t.Context(), read)
					if err != nil {
						t.Fatal(err)
					}
					equalState(t, got.NewState, want.NewState)
					equalIdentity(t, got.NewIdentity, want.NewIdentity)
					if !bytes.Equal(got.Private, want.Private) {
						t.Errorf("private data %s, want %s", got.Private, want.Private)
					}
					comparePlans(t, fast, framework, &tfprotov6.PlanResourceChangeRequest{
						TypeName: creditAccountType, PriorState: state, ProposedNewState: state,
						Config: accountValue(t, configuredAs(fmt.Sprint("Account ", i), nil)), PriorPrivate: private, PriorIdentity: identity,
					})
				}
				if len(fast.fastPath.plans) != 1 || len(fast.fastPath.reads) != 1 {
					t.Errorf("%d and %d responses were remembered, want 1 and 1", len(fast.fastPath.plans), len(fast.fastPath.reads))
				}
			})
		}
	}
}

func TestFastPath_DecidesAsTheFrameworkDoes(t *testing.T) {
	server := configuredServer(t)
	plan := func(name string) *tfprotov6.PlanResourceChangeResponse {
		t.Helper()
		config := accountValue(t, configuredAs(name, nil))
		resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: config, Config: config,
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	server.registry.track(trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "Tracked", ID: otherID})
	for range 2 { // before and after a response is remembered
		if got := plan("Tracked").Diagnostics; len(got) != 1 || got[0].Summary != sumSecondAccount {
			t.Errorf("of a tracked account: %v", got)
		}
		plan("First")
	}
	if got := plan("First").Diagnostics; len(got) != 1 || got[0].Summary != sumSameName {
		t.Errorf("of a second new one: %v", got)
	}
	plan("Later") // on the fast path
	if got := plan("Later").Diagnostics; len(got) != 1 || got[0].Summary != sumSameName || got[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Errorf("of a second one of which the fast path planned the first: %v", got)
	}
	staying := func(name string, n int, more map[string]tftypes.Value) *tfprotov6.PlanResourceChangeResponse {
		t.Helper()
		state := accountValue(t, createdAs(name, n, more))
		resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: creditAccountType, PriorState: state, ProposedNewState: state, Config: accountValue(t, configuredAs(name, more)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	other := map[string]tftypes.Value{"existing_account_id": tftypes.NewValue(tftypes.String, otherID)}
	for i := range 2 { // before and after a response is remembered
		if got := staying("Elsewhere", 2, other).Diagnostics; len(got) != 1 || got[0].Summary != sumWrongExisting || got[0].Attribute.String() != `AttributeName("existing_account_id")` {
			t.Errorf("of one that has another than it takes over: %v", got)
		}
		if got := staying("Unchanged", 3+i, nil).Diagnostics; len(got) > 0 {
			t.Errorf("of one that stays: %v", got)
		}
		if got := staying("Unchanged", 3+i, nil).Diagnostics; len(got) != 1 || got[0].Summary != sumShared {
			t.Errorf("of a second one that stays with the same account: %v", got)
		}
	}
}

// An object of the state is handed over after a creation of its key was planned.
func TestCreditAccount_ConflictsWithWhatWasPlannedBeforeTheStateWasKnown(t *testing.T) {
	for name, test := range map[string]struct {
		config map[string]tftypes.Value
		state  string
		says   string
	}{
		"a second account":            {configuredAs("Both", nil), `{"client_id": "` + testClient + `", "name": "Both", "id": "` + otherID + `"}`, sumSecondAccount},
		"a second account, permitted": {configuredAs("Both", alongsideOf(otherID)), `{"client_id": "` + testClient + `", "name": "Both", "id": "` + otherID + `"}`, ""},
		"an unresolved one":           {configuredAs("Both", alongsideOf(otherID)), `{"client_id": "` + testClient + `", "name": "Both", "status": "outcome unknown"}`, sumUnresolved},
		"one without a name":          {configuredAs("Both", nil), `{"client_id": "` + testClient + `", "id": "` + otherID + `"}`, ""}, // its own plan call says
	} {
		t.Run(name, func(t *testing.T) {
			server := configuredServer(t)
			config := accountValue(t, test.config)
			if _, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
				TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: config, Config: config,
			}); err != nil {
				t.Fatal(err)
			}
			resp, err := server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
				TypeName: creditAccountType, RawState: &tfprotov6.RawState{JSON: []byte(test.state)},
			})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case test.says == "" && len(resp.Diagnostics) > 0, test.says != "" && (len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Summary != test.says):
				t.Errorf("it says %v, want %q", resp.Diagnostics, test.says)
			}
		})
	}
}

// alongsideOf is a create_alongside of these ids.
func alongsideOf(ids ...string) map[string]tftypes.Value {
	set := tftypes.Set{ElementType: tftypes.String}
	var elements []tftypes.Value
	for _, id := range ids {
		elements = append(elements, tftypes.NewValue(tftypes.String, id))
	}
	return map[string]tftypes.Value{"create_alongside": tftypes.NewValue(set, elements)}
}

// A response without a session is not used for a run.
func TestFastPath_RemembersNothingBeforeTheProviderIsConfigured(t *testing.T) {
	server := newServer(t)
	config := accountValue(t, configuredAs("Training", nil))
	for range 2 {
		resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: config, Config: config,
		})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatal(err, resp)
		}
	}
	if len(server.fastPath.plans) > 0 {
		t.Errorf("remembered: %v", server.fastPath.plans)
	}
}
