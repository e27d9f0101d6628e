package provider

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// modelOfAccount is an account of the client and name, with an id unless that is empty.
func modelOfAccount(name, id string, change ...func(*creditAccountModel)) *creditAccountModel {
	m := &creditAccountModel{}
	nulls := map[string]tftypes.Value{}
	for name, attribute := range creditAccountSchemaOnce().Attributes {
		nulls[name] = tftypes.NewValue(attribute.GetType().TerraformType(context.Background()), nil)
	}
	if diags := accountModel().getAttributes(context.Background(), nulls, m); diags.HasError() {
		panic(diags)
	}
	m.ClientID, m.Name, m.StartingBalance = types.StringValue(testClient), types.StringValue(name), types.NumberValue(big.NewFloat(5))
	m.NotifyEmails, m.LicenseIDs = newStringSet([]attr.Value{}), newStringSet([]attr.Value{})
	if id != "" {
		m.ID = types.StringValue(id)
	}
	for _, c := range change {
		c(m)
	}
	return m
}

func alongside(ids ...attr.Value) func(*creditAccountModel) {
	return func(m *creditAccountModel) { m.CreateAlongside = newStringSet(ids) }
}

// The decision of a plan by itself: what it says, what it looks up, what it
// replaces. The fast path leaves it to the framework or decides the same. What
// comes of it on an engine is in the table of second accounts.
func TestPlanAccount_DecidesFromTheStateAndTheConfiguration(t *testing.T) {
	t.Parallel()
	listed := types.StringValue(otherID)
	existing := func(id string) func(*creditAccountModel) {
		return func(m *creditAccountModel) { m.ExistingAccountID = types.StringValue(id) }
	}
	renamed := func(m *creditAccountModel) { m.Name = types.StringValue("Renamed") }
	unresolved := func(m *creditAccountModel) { m.Status = types.StringValue("outcome unknown") }
	tests := map[string]struct {
		state         []*creditAccountModel // handed over before
		config, prior *creditAccountModel
		unset         []string
		// says are the summaries, errors before warnings.
		says       string
		unresolved bool
		lookup     plannedLookup
		replaced   string
		fast       planKind // what the fast path handles
	}{
		"new":                          {config: modelOfAccount("A", ""), lookup: cheapLookup, fast: created},
		"new, name unknown":            {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.Name = types.StringUnknown() })},
		"new, balance unknown":         {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.StartingBalance = types.NumberUnknown() }), fast: created},
		"new, existing id unknown":     {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.ExistingAccountID = types.StringUnknown() })},
		"second":                       {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", ""), says: sumSecondAccount, fast: created},
		"second, listed":               {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", alongside(listed)), says: sumOldStays, lookup: wholeLookup},
		"second, an unknown id listed": {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", alongside(types.StringUnknown())), says: sumSecondAccount},
		"second, an unknown set": {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", func(m *creditAccountModel) {
			m.CreateAlongside = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
		}), says: sumSecondAccount},
		"second of two, one listed":          {state: []*creditAccountModel{modelOfAccount("A", otherID), modelOfAccount("A", testAccountID)}, config: modelOfAccount("A", "", alongside(listed)), says: sumSecondAccount},
		"unresolved":                         {state: []*creditAccountModel{modelOfAccount("A", otherID), modelOfAccount("A", "", unresolved)}, config: modelOfAccount("A", "", alongside(listed)), unresolved: true},
		"taken over":                         {config: modelOfAccount("A", "", existing(otherID)), lookup: checkLookup},
		"unchanged":                          {config: modelOfAccount("A", ""), prior: modelOfAccount("A", otherID), fast: stays},
		"unchanged, its id listed":           {config: modelOfAccount("A", "", alongside(listed)), prior: modelOfAccount("A", otherID), says: sumReplacement},
		"changed":                            {config: modelOfAccount("A", "", renamed), prior: modelOfAccount("A", otherID), says: sumCannotChange},
		"changed, its id listed":             {config: modelOfAccount("A", "", renamed, alongside(listed)), prior: modelOfAccount("A", otherID), says: sumReplacement, replaced: "name"},
		"changed, another id listed":         {config: modelOfAccount("A", "", renamed, alongside(types.StringValue(testAccountID))), prior: modelOfAccount("A", otherID), says: sumCannotChange},
		"the name with more white space":     {config: modelOfAccount("A  B", ""), prior: modelOfAccount("A B", otherID)},
		"another existing id":                {config: modelOfAccount("A", "", existing(testAccountID)), prior: modelOfAccount("A", otherID), says: sumWrongExisting},
		"unset, set once":                    {config: modelOfAccount("A", ""), prior: modelOfAccount("A", otherID, func(m *creditAccountModel) { m.Name = types.StringNull() }), unset: []string{"name"}, says: sumRecorded},
		"untainted, unresolved":              {config: modelOfAccount("A", ""), prior: modelOfAccount("A", "", unresolved), unresolved: true},
		"untainted, taken over":              {config: modelOfAccount("A", "", existing(otherID)), prior: modelOfAccount("A", "", unresolved), lookup: checkLookup},
		"destroyed":                          {prior: modelOfAccount("A", otherID), says: sumDestroyForgets},
		"destroyed, unresolved":              {prior: modelOfAccount("A", "", unresolved), says: sumForgetsUnresolved},
		"one without a name is in the state": {state: []*creditAccountModel{modelOfAccount("", otherID)}, config: modelOfAccount("A", ""), says: sumSecondAccount, fast: created},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var proposed *creditAccountModel
			if test.config != nil {
				copied := *test.config
				proposed = &copied
			}
			var plan accountPlan
			synctest.Test(t, func(t *testing.T) { // a creation waits for accounts without a name
				registry := newStateRegistry()
				for _, object := range test.state {
					registry.track(trackedFrom(object))
				}
				plan = planAccount(t.Context(), registry, test.config, test.prior, proposed, test.unset)
			})
			var says []string
			for _, d := range plan.diags {
				says = append(says, d.Summary())
			}
			if got := strings.Join(says, ", "); got != test.says || (plan.unresolved != nil) != test.unresolved {
				t.Errorf("it says %q, unresolved %v; want %q, %v", got, plan.unresolved, test.says, test.unresolved)
			}
			if plan.lookup != test.lookup || strings.Join(plan.replaced, ", ") != test.replaced {
				t.Errorf("it looks up %q and replaces for %v; want %q, %q", plan.lookup, plan.replaced, test.lookup, test.replaced)
			}
			synctest.Test(t, func(t *testing.T) { planOnTheFastPath(t, test.state, test.config, test.prior, test.says, test.fast) })
		})
	}
}

// planOnTheFastPath has a call decided by the fast path, after it has seen one of
// each kind.
func planOnTheFastPath(t *testing.T, state []*creditAccountModel, config, prior *creditAccountModel, says string, want planKind) {
	t.Helper()
	server := configuredServer(t)
	other := modelOfAccount("Other", "33333333-2222-4333-8444-555555555555")
	for _, seen := range []*tfprotov6.PlanResourceChangeRequest{planRequest(t, modelOfAccount("New", ""), nil), planRequest(t, other, other)} {
		if resp, err := server.PlanResourceChange(t.Context(), seen); err != nil || len(resp.Diagnostics) > 0 {
			t.Fatal(resp, err)
		}
	}
	for _, object := range state {
		server.registry.track(trackedFrom(object))
	}
	resp, kind := server.planned(t.Context(), planRequest(t, config, prior))
	if kind != want || (resp != nil) != (want != "") {
		t.Fatalf("on the fast path it is %q with response %v; want %q", kind, resp, want)
	}
	var got []string
	if resp != nil {
		for _, d := range resp.Diagnostics {
			got = append(got, d.Summary)
		}
		if strings.Join(got, ", ") != says {
			t.Errorf("on the fast path it says %q, want %q", got, says)
		}
	}
}

// planRequest is a plan call in which the engine proposes the configuration, and
// of the rest what the state has.
func planRequest(t *testing.T, config, prior *creditAccountModel) *tfprotov6.PlanResourceChangeRequest {
	t.Helper()
	req := &tfprotov6.PlanResourceChangeRequest{TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: nullAccount(t), Config: nullAccount(t)}
	if prior != nil {
		req.PriorState = accountValue(t, attributesOfModel(t, prior))
	}
	if config == nil {
		return req
	}
	proposed := attributesOfModel(t, config)
	req.Config = accountValue(t, proposed)
	if prior != nil {
		before := attributesOfModel(t, prior)
		for name, attribute := range creditAccountSchemaOnce().Attributes {
			if attribute.IsComputed() && proposed[name].IsNull() {
				proposed[name] = before[name]
			}
		}
	}
	req.ProposedNewState = accountValue(t, proposed)
	return req
}

func attributesOfModel(t *testing.T, m *creditAccountModel) (attributes map[string]tftypes.Value) {
	t.Helper()
	var value tftypes.Value
	if diags := accountModel().set(t.Context(), &value, m); diags.HasError() {
		t.Fatal(diags)
	}
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes
}

// Messages name the list that works, each id once.
func TestListOf_HasEachIDOnce(t *testing.T) {
	t.Parallel()
	if got, want := listOf([]string{otherID, strings.ToUpper(testAccountID), otherID, testAccountID}), fmt.Sprintf("[%q, %q]", otherID, strings.ToLower(testAccountID)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
