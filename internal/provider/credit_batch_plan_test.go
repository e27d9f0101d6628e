package provider

import (
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func modelOfBatch(name, id, expiry string) *creditBatchModel {
	m := &creditBatchModel{
		ClientID: types.StringValue(testClient), StartingBalance: types.NumberValue(big.NewFloat(5)), CreditAccountID: types.StringNull(),
		Name: types.StringValue(name), ExpiresOn: timetypes.NewRFC3339Null(), ID: types.StringNull(), Status: types.StringNull(),
	}
	if id != "" {
		m.ID = types.StringValue(id)
	}
	if expiry != "" {
		m.ExpiresOn = timetypes.NewRFC3339ValueMust(expiry)
	}
	return m
}

// The decision of a plan of a batch by itself, as of an account.
func TestPlanBatch_DecidesFromTheStateAndTheConfiguration(t *testing.T) {
	t.Parallel()
	const past, longPast, later = "2020-01-01T00:00:00Z", "2019-01-01T00:00:00Z", "2199-01-01T00:00:00Z"
	tests := map[string]struct {
		state           *creditBatchModel
		config, prior   *creditBatchModel
		applied         string
		says            string
		unresolved      bool
		expires, lookup string
	}{
		"new":                               {config: modelOfBatch("A", "", ""), lookup: "cheap"},
		"new, past":                         {config: modelOfBatch("A", "", past), says: sumBatchPast, lookup: "cheap"},
		"second":                            {state: modelOfBatch("A  B", otherID, ""), config: modelOfBatch("A B", "", ""), says: sumBatchSecond},
		"unresolved":                        {state: modelOfBatch("A", "", ""), config: modelOfBatch("A", "", ""), unresolved: true},
		"unchanged, past":                   {config: modelOfBatch("A", "", past), prior: modelOfBatch("A", otherID, past), expires: past},
		"passed, extended elsewhere":        {config: modelOfBatch("A", "", past), prior: modelOfBatch("A", otherID, later), applied: past, expires: later},
		"a new value that is past":          {config: modelOfBatch("A", "", longPast), prior: modelOfBatch("A", otherID, later), applied: past, says: sumBatchPast},
		"a value that nothing says of":      {config: modelOfBatch("A", "", past), prior: modelOfBatch("A", otherID, later), says: sumBatchPast},
		"to come, extended elsewhere":       {config: modelOfBatch("A", "", later), prior: modelOfBatch("A", otherID, "2198-01-01T00:00:00Z"), applied: later, expires: later},
		"the expiry taken out":              {config: modelOfBatch("A", "", ""), prior: modelOfBatch("A", otherID, later), says: sumBatchCannotChange},
		"the name with more white space":    {config: modelOfBatch("A  B", "", ""), prior: modelOfBatch("A B", otherID, "")},
		"destroyed":                         {prior: modelOfBatch("A", otherID, ""), says: sumBatchDestroyForgets},
		"untainted though it is unresolved": {config: modelOfBatch("A", "", ""), prior: modelOfBatch("A", "", ""), unresolved: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := newStateRegistry()
			if test.state != nil {
				registry.track(test.state.tracked())
			}
			plan := planBatch(t.Context(), registry, test.prior, test.config, test.applied)
			var says []string
			for _, d := range plan.diags {
				says = append(says, d.Summary())
			}
			if got := strings.Join(says, ", "); got != test.says || (plan.unresolved != nil) != test.unresolved || string(plan.lookup) != test.lookup {
				t.Errorf("it says %q, unresolved %v, looks up %q", got, plan.unresolved, plan.lookup)
			}
			if test.expires != "" && (plan.planned == nil || plan.planned.ExpiresOn.ValueString() != test.expires) {
				t.Errorf("it plans %+v, want it to expire on %s", plan.planned, test.expires)
			}
		})
	}
}
