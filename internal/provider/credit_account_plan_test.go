package provider

import (
	"context"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// accountOf is an account with a name, and with an id unless that is empty.
func accountOf(name, id string, change ...func(*accountModel)) *accountModel {
	m := &accountModel{}
	schema := creditAccountSchema()
	nulls := map[string]tftypes.Value{}
	for attribute, of := range schema.Attributes {
		nulls[attribute] = tftypes.NewValue(of.GetType().TerraformType(context.Background()), nil)
	}
	null := tfsdk.State{Schema: schema, Raw: tftypes.NewValue(schema.Type().TerraformType(context.Background()), nulls)}
	if diags := null.Get(context.Background(), m); diags.HasError() {
		panic(diags)
	}
	m.ClientID, m.Name = types.StringValue(testClient), types.StringValue(name)
	m.StartingBalance = types.NumberValue(big.NewFloat(5))
	m.NotifyEmails, m.LicenseIDs = newStringSet([]attr.Value{}), newStringSet([]attr.Value{})
	if id != "" {
		m.ID, m.Status = types.StringValue(id), types.StringValue("active")
	}
	for _, c := range change {
		c(m)
	}
	return m
}

func alongside(ids ...attr.Value) func(*accountModel) {
	return func(m *accountModel) { m.CreateAlongside = newStringSet(ids) }
}

func takingOver(id string) func(*accountModel) {
	return func(m *accountModel) { m.ExistingAccountID = types.StringValue(id) }
}

func unresolvedModel(name string) *accountModel {
	return accountOf(name, "", func(m *accountModel) { m.Status = types.StringValue("outcome unknown") })
}

func importedModel(m *accountModel) {
	m.Status, m.NotifyEmails, m.LicenseIDs = types.StringNull(), nullStringSet(), nullStringSet()
}

// summariesOf are those of diagnostics, in order.
func summariesOf(diags diag.Diagnostics) string {
	var summaries []string
	for _, d := range diags {
		summaries = append(summaries, d.Summary())
	}
	return strings.Join(summaries, ", ")
}

// What a plan makes of the state and the configuration; what comes of it on an engine is in the table of second
// accounts.
func TestPlanAccount_DecidesFromTheStateAndTheConfiguration(t *testing.T) {
	t.Parallel()
	listed := types.StringValue(otherID)
	renamed := func(m *accountModel) { m.Name = types.StringValue("Renamed") }
	type models []*accountModel
	tests := map[string]struct {
		state         models // handed over before
		config, prior *accountModel
		says          string
		replaced      string
	}{
		"new":    {config: accountOf("A", "")},
		"second": {state: models{accountOf("A", otherID)}, config: accountOf("A", ""), says: sumSecondAccount},
		"second, listed": {
			state: models{accountOf("A", otherID)}, config: accountOf("A", "", alongside(listed)), says: sumOldStays,
		},
		"another name, listed": { // nothing of this name stays
			state: models{accountOf("B", otherID)}, config: accountOf("A", "", alongside(listed)),
		},
		"second, an unknown id listed": {
			state:  models{accountOf("A", otherID)},
			config: accountOf("A", "", alongside(types.StringUnknown())), says: sumSecondAccount,
		},
		"second, an unknown set": {
			state: models{accountOf("A", otherID)},
			config: accountOf("A", "", func(m *accountModel) {
				m.CreateAlongside = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
			}), says: sumSecondAccount,
		},
		"second of two, one listed": {
			state:  models{accountOf("A", otherID), accountOf("A", testAccountID)},
			config: accountOf("A", "", alongside(listed)), says: sumSecondAccount,
		},
		"unresolved": {
			state:  models{accountOf("A", otherID), unresolvedModel("A")},
			config: accountOf("A", "", alongside(listed)), says: sumUnresolved,
		},
		"taken over":                {config: accountOf("A", "", takingOver(otherID))},
		"unresolved and taken over": {state: models{unresolvedModel("A")}, config: accountOf("A", "", takingOver(otherID))},
		"unchanged":                 {config: accountOf("A", ""), prior: accountOf("A", otherID)},
		"unchanged, its id listed": {
			config: accountOf("A", "", alongside(listed)), prior: accountOf("A", otherID), says: sumReplacement,
		},
		"changed": {config: accountOf("A", "", renamed), prior: accountOf("A", otherID), says: sumCannotChange},
		"changed, its id listed": {
			config: accountOf("A", "", renamed, alongside(listed)), prior: accountOf("A", otherID),
			says: sumReplacement, replaced: "name",
		},
		"changed, another id listed": {
			config: accountOf("A", "", renamed, alongside(types.StringValue(testAccountID))),
			prior:  accountOf("A", otherID), says: sumCannotChange,
		},
		"another existing id": {
			config: accountOf("A", "", takingOver(testAccountID)), prior: accountOf("A", otherID), says: sumWrongExisting,
		},
		"untainted, unresolved": {config: accountOf("A", ""), prior: unresolvedModel("A"), says: sumUnresolved},
		"untainted, taken over": {config: accountOf("A", "", takingOver(otherID)), prior: unresolvedModel("A")},
		"destroyed":             {prior: accountOf("A", otherID), says: sumDestroyForgets},
		"destroyed, unresolved": {prior: unresolvedModel("A"), says: sumForgetsUnresolved},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &session{registry: registry.New()}
				for _, object := range test.state {
					s.registry.Track(object.object())
				}
				var diags diag.Diagnostics
				var replaced []string
				switch {
				case test.config == nil:
					s.planDestroy(test.prior.object(), "", &diags)
				case test.prior != nil:
					planned := *test.config
					replaced = s.planAccountUpdate(t.Context(), test.config, test.prior, &planned, &diags)
				case isSet(test.config.ExistingAccountID):
					s.planAccountTakeOver(t.Context(), test.config, &diags)
				default:
					s.planAccountCreate(t.Context(), test.config, &diags)
				}
				if got := summariesOf(diags); got != test.says {
					t.Errorf("it says %q, want %q", got, test.says)
				}
				if got := strings.Join(replaced, ", "); got != test.replaced {
					t.Errorf("it replaces for %q, want %q", got, test.replaced)
				}
			})
		})
	}
}

// What a plan makes of each change of each attribute.
func TestPlanAccount_ChangesOfEachAttribute(t *testing.T) {
	t.Parallel()
	texts := func(texts ...string) stringSet {
		elements := make([]attr.Value, 0, len(texts))
		for _, text := range texts {
			elements = append(elements, types.StringValue(text))
		}
		return newStringSet(elements)
	}
	number := func(value float64) types.Number { return types.NumberValue(big.NewFloat(value)) }
	type change = func(*accountModel)
	attributes := map[string]struct {
		one, same, other, null, unknown change
		computed, required              bool
	}{
		"client_id": {
			one:     func(m *accountModel) { m.ClientID = types.StringValue(testClient) },
			same:    func(m *accountModel) { m.ClientID = types.StringValue(strings.ToUpper(testClient)) },
			other:   func(m *accountModel) { m.ClientID = types.StringValue(otherID) },
			unknown: func(m *accountModel) { m.ClientID = types.StringUnknown() },
		},
		"name": {
			one:     func(m *accountModel) { m.Name = types.StringValue("A B") },
			same:    func(m *accountModel) { m.Name = types.StringValue("A  B") },
			other:   func(m *accountModel) { m.Name = types.StringValue("A b") },
			unknown: func(m *accountModel) { m.Name = types.StringUnknown() },
		},
		"starting_balance": {
			one: func(m *accountModel) { m.StartingBalance = number(0.5) },
			same: func(m *accountModel) {
				m.StartingBalance = types.NumberValue(new(big.Float).SetPrec(512).SetFloat64(0.5))
			},
			other:   func(m *accountModel) { m.StartingBalance = number(5) },
			null:    func(m *accountModel) { m.StartingBalance = types.NumberNull() },
			unknown: func(m *accountModel) { m.StartingBalance = types.NumberUnknown() }, required: true,
		},
		"notify_emails": {
			one:   func(m *accountModel) { m.NotifyEmails = texts("a@b.example", "c@d.example") },
			same:  func(m *accountModel) { m.NotifyEmails = texts("c@d.example", "a@b.example") },
			other: func(m *accountModel) { m.NotifyEmails = texts("A@b.example", "c@d.example") },
			null:  func(m *accountModel) { m.NotifyEmails = nullStringSet() },
			unknown: func(m *accountModel) {
				m.NotifyEmails = newStringSet([]attr.Value{types.StringUnknown(), types.StringValue("c@d.example")})
			}, required: true,
		},
		"license_ids": {
			one:   func(m *accountModel) { m.LicenseIDs = texts("l", "m") },
			same:  func(m *accountModel) { m.LicenseIDs = texts("M", "L") },
			other: func(m *accountModel) { m.LicenseIDs = texts("l") },
			null:  func(m *accountModel) { m.LicenseIDs = nullStringSet() },
			unknown: func(m *accountModel) {
				m.LicenseIDs = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
			}, required: true,
		},
		"type": {
			one:     func(m *accountModel) { m.Type = types.StringValue("client") },
			same:    func(m *accountModel) { m.Type = types.StringValue("client") },
			other:   func(m *accountModel) { m.Type = types.StringValue("Client") },
			null:    func(m *accountModel) { m.Type = types.StringNull() },
			unknown: func(m *accountModel) { m.Type = types.StringUnknown() }, computed: true,
		},
		"batch_days_until_expire": {
			one:     func(m *accountModel) { m.BatchDaysUntilExpire = number(30) },
			same:    func(m *accountModel) { m.BatchDaysUntilExpire = wholeNumber(new(int64(30))) },
			other:   func(m *accountModel) { m.BatchDaysUntilExpire = number(31) },
			null:    func(m *accountModel) { m.BatchDaysUntilExpire = types.NumberNull() },
			unknown: func(m *accountModel) { m.BatchDaysUntilExpire = types.NumberUnknown() }, computed: true,
		},
		"minimum_batch_amount": {
			one:     func(m *accountModel) { m.MinimumBatchAmount = number(1) },
			same:    func(m *accountModel) { m.MinimumBatchAmount = number(1) },
			other:   func(m *accountModel) { m.MinimumBatchAmount = number(0) },
			null:    func(m *accountModel) { m.MinimumBatchAmount = types.NumberNull() },
			unknown: func(m *accountModel) { m.MinimumBatchAmount = types.NumberUnknown() }, computed: true,
		},
		"credit_batch_name": {
			one:     func(m *accountModel) { m.CreditBatchName = types.StringValue("label") },
			same:    func(m *accountModel) { m.CreditBatchName = types.StringValue("label") },
			other:   func(m *accountModel) { m.CreditBatchName = types.StringValue("another") },
			null:    func(m *accountModel) { m.CreditBatchName = types.StringNull() },
			unknown: func(m *accountModel) { m.CreditBatchName = types.StringUnknown() },
		},
	}
	if len(attributes) != len(apiAttributes) {
		t.Fatalf("the table has %d attributes, and there are %d", len(attributes), len(apiAttributes))
	}
	for name, attribute := range attributes {
		check := func(what, want string, config, prior *accountModel) {
			t.Helper()
			planned, diags := *config, diag.Diagnostics{}
			s := &session{registry: registry.New()}
			s.planAccountUpdate(t.Context(), config, prior, &planned, &diags)
			if got := summariesOf(diags); got != want {
				t.Errorf("%s, %s: it says %q, want %q", name, what, got, want)
			}
			if diags.HasError() && !strings.Contains(diags[0].Detail(), "Changed: "+name+",") {
				t.Errorf("%s, %s: it does not name the attribute:\n%s", name, what, diags[0].Detail())
			}
		}
		one := func(more ...change) *accountModel {
			return accountOf("A B", otherID, append(more, attribute.one)...)
		}
		with := func(change change) *accountModel { return accountOf("A B", "", change) }
		check("the same", "", with(attribute.same), one())
		check("another value", sumCannotChange, with(attribute.other), one())
		check("unknown", "", with(attribute.unknown), one())
		if attribute.null == nil {
			continue // never null in a state
		}
		const recorded = sumRecorded
		onlyRequired := map[bool]string{true: recorded, false: sumCannotChange}[attribute.required]
		removed := map[bool]string{true: "", false: sumCannotChange}[attribute.computed]
		if !attribute.required {
			check("removed", removed, with(attribute.null), one())
		}
		check("set after a creation", onlyRequired, with(attribute.one), accountOf("A B", otherID, attribute.null))
		check("set after an import", recorded,
			accountOf("A B", "", importedModel, attribute.one), accountOf("A B", otherID, importedModel, attribute.null))
		check("set after a take-over of an unresolved account", recorded,
			accountOf("A B", "", takingOver(otherID), attribute.one),
			accountOf("A B", "", attribute.null, func(m *accountModel) { m.Status = types.StringValue("outcome unknown") }))
	}
}
