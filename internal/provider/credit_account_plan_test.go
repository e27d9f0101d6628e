package provider

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// modelOfAccount is an account of the client and name, with an id unless that is empty.
func modelOfAccount(name, id string, change ...func(*creditAccountModel)) *creditAccountModel {
	m := &creditAccountModel{
		ClientID: types.StringValue(testClient), Name: types.StringValue(name), StartingBalance: types.NumberValue(big.NewFloat(5)),
		NotifyEmails: newStringSet([]attr.Value{}), LicenseIDs: newStringSet([]attr.Value{}), CreateAlongside: nullStringSet(),
		Type: types.StringNull(), BatchDaysUntilExpire: types.NumberNull(), MinimumBatchAmount: types.NumberNull(), CreditBatchName: types.StringNull(),
		ExistingAccountID: types.StringNull(), ID: types.StringNull(), Status: types.StringNull(),
	}
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
// replaces. What comes of it on an engine is in the table of second accounts.
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
	}{
		"new":                          {config: modelOfAccount("A", ""), lookup: cheapLookup},
		"new, name unknown":            {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.Name = types.StringUnknown() })},
		"new, balance unknown":         {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.StartingBalance = types.NumberUnknown() })},
		"new, existing id unknown":     {config: modelOfAccount("A", "", func(m *creditAccountModel) { m.ExistingAccountID = types.StringUnknown() })},
		"second":                       {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", ""), says: sumSecondAccount},
		"second, listed":               {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", alongside(listed)), says: sumOldStays, lookup: wholeLookup},
		"second, an unknown id listed": {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", alongside(types.StringUnknown())), says: sumSecondAccount},
		"second, an unknown set": {state: []*creditAccountModel{modelOfAccount("A", otherID)}, config: modelOfAccount("A", "", func(m *creditAccountModel) {
			m.CreateAlongside = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
		}), says: sumSecondAccount},
		"second of two, one listed":          {state: []*creditAccountModel{modelOfAccount("A", otherID), modelOfAccount("A", testAccountID)}, config: modelOfAccount("A", "", alongside(listed)), says: sumSecondAccount},
		"unresolved":                         {state: []*creditAccountModel{modelOfAccount("A", otherID), modelOfAccount("A", "", unresolved)}, config: modelOfAccount("A", "", alongside(listed)), unresolved: true},
		"taken over":                         {config: modelOfAccount("A", "", existing(otherID)), lookup: checkLookup},
		"unchanged":                          {config: modelOfAccount("A", ""), prior: modelOfAccount("A", otherID)},
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
		"one without a name is in the state": {state: []*creditAccountModel{modelOfAccount("", otherID)}, config: modelOfAccount("A", ""), says: sumSecondAccount},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := newStateRegistry()
			for _, object := range test.state {
				registry.track(trackedFrom(object))
			}
			var proposed *creditAccountModel
			if test.config != nil {
				copied := *test.config
				proposed = &copied
			}
			plan := planAccount(t.Context(), registry, test.config, test.prior, proposed, test.unset)
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
		})
	}
}

// Messages name the list that works, each id once.
func TestListOf_HasEachIDOnce(t *testing.T) {
	t.Parallel()
	if got, want := listOf([]string{otherID, strings.ToUpper(testAccountID), otherID, testAccountID}), fmt.Sprintf("[%q, %q]", otherID, strings.ToLower(testAccountID)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
