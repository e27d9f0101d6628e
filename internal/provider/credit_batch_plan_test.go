package provider

import (
	"maps"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

func batchOf(name, id, expiry string) *batchModel {
	m := &batchModel{
		ClientID: types.StringValue(testClient), StartingBalance: types.NumberValue(big.NewFloat(5)),
		CreditAccountID: types.StringNull(), Name: types.StringValue(name), ExpiresOn: timetypes.NewRFC3339Null(),
	}
	if id != "" {
		m.ID = types.StringValue(id)
	}
	if expiry != "" {
		m.ExpiresOn = timetypes.NewRFC3339ValueMust(expiry)
	}
	return m
}

// What a plan makes of the state and the configuration of a batch.
func TestPlanBatch_DecidesFromTheStateAndTheConfiguration(t *testing.T) {
	t.Parallel()
	const past, later, latest = "2020-01-01T00:00:00Z", "2198-01-01T00:00:00Z", "2199-01-01T00:00:00Z"
	tests := map[string]struct {
		state, config, prior *batchModel
		says, expires        string
	}{
		"new":       {config: batchOf("A", "", "")},
		"new, past": {config: batchOf("A", "", past), says: sumBatchPast},
		"second":    {state: batchOf("A  B", otherID, ""), config: batchOf("A B", "", ""), says: sumBatchSecond},
		"unresolved": {
			state: batchOf("A", "", ""), config: batchOf("A", "", ""), says: sumUnresolved,
		},
		"unchanged, past": {config: batchOf("A", "", past), prior: batchOf("A", otherID, past), expires: past},
		// It is a change by hand. Setting it back would take the credits away.
		"passed, extended elsewhere": {
			config: batchOf("A", "", past), prior: batchOf("A", otherID, later), says: sumBatchPast,
		},
		"to come, extended elsewhere": {
			config: batchOf("A", "", later), prior: batchOf("A", otherID, latest), expires: later,
		},
		"the expiry taken out": {
			config: batchOf("A", "", ""), prior: batchOf("A", otherID, later), says: sumBatchCannotChange,
		},
		"the name with more white space": {config: batchOf("A  B", "", ""), prior: batchOf("A B", otherID, "")},
		"destroyed":                      {prior: batchOf("A", otherID, ""), says: sumBatchDestroyForgets},
		"untainted, unresolved": {
			config: batchOf("A", "", ""), prior: batchOf("A", "", ""), says: sumUnresolved,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, diags := &session{registry: registry.New()}, diag.Diagnostics{}
			if test.state != nil {
				s.registry.Track(test.state.object())
			}
			switch {
			case test.config == nil:
				s.planDestroy(test.prior.object(), "", &diags)
			case test.prior == nil:
				s.planBatchCreate(t.Context(), test.config, &diags)
			default:
				s.planBatchUpdate(t.Context(), test.prior, test.config, &diags)
			}
			if got := summariesOf(diags); got != test.says {
				t.Errorf("it says %q, want %q", got, test.says)
			}
			if test.expires != "" && test.config.ExpiresOn.ValueString() != test.expires {
				t.Errorf("it plans %s, want %s", test.config.ExpiresOn, test.expires)
			}
		})
	}
}

// A service that stores another name or expiry than was sent causes one warning; a later change by hand is a change.
func TestStoredForms_TellsTheServicesFormFromAChangeByHand(t *testing.T) {
	t.Parallel()
	const midnight, endOfDay, changed = "2031-01-01T00:00:00Z", "2031-01-01T23:59:59Z", "2032-01-01T00:00:00Z"
	shows := func(name, expiry string) thoughtindustries.CreditBatch {
		return thoughtindustries.CreditBatch{
			Name:      thoughtindustries.Field[string]{Value: &name, Known: true},
			ExpiresOn: thoughtindustries.Field[string]{Value: &expiry, Known: true},
		}
	}
	sent, other, byHand := shows("A", midnight), shows("a", endOfDay), shows("b", changed)
	otherBefore := storedForms{"name": {Value: "a"}, "expires_on": {Value: endOfDay}}
	type listings []thoughtindustries.CreditBatch
	tests := map[string]struct {
		response     thoughtindustries.CreditBatch
		before       storedForms
		listings     listings
		warnings     []int // of the response, then of each listing
		name, expiry string
	}{
		"as sent":                               {sent, nil, listings{sent}, []int{0, 0}, "A", midnight},
		"in another form":                       {other, nil, listings{other}, []int{2, 0}, "A", midnight},
		"in another form, then changed by hand": {other, nil, listings{byHand}, []int{2, 0}, "b", changed},
		"changed by hand":                       {sent, nil, listings{byHand}, []int{0, 0}, "b", changed},

		"confirmed and not made":       {sent, otherBefore, listings{other, other}, []int{0, 2, 0}, "A", midnight},
		"made, and taken back by hand": {sent, otherBefore, listings{sent, other}, []int{0, 0, 0}, "a", endOfDay},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := batchOf("A", otherID, midnight)
			forms := storedForms{}
			maps.Copy(forms, test.before)
			warnings := []int{len(forms.noteResponse(m, test.response))}
			for _, listing := range test.listings {
				warnings = append(warnings, len(m.refresh(listing, forms)))
			}
			for i, want := range test.warnings {
				if warnings[i] != want {
					t.Errorf("response and listings: %v values are stored otherwise, want %v", warnings, test.warnings)
				}
			}
			if m.Name.ValueString() != test.name || m.ExpiresOn.ValueString() != test.expiry {
				t.Errorf("the state has %s and %s, want %s and %s", m.Name, m.ExpiresOn, test.name, test.expiry)
			}
		})
	}
}
