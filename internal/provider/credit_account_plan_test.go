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

// accountModel is an account with a name, and with an id unless that is empty.
func accountModel(name, id string, change ...func(*creditAccountModel)) *creditAccountModel {
	m := &creditAccountModel{}
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

func alongside(ids ...attr.Value) func(*creditAccountModel) {
	return func(m *creditAccountModel) { m.CreateAlongside = newStringSet(ids) }
}

func takingOver(id string) func(*creditAccountModel) {
	return func(m *creditAccountModel) { m.ExistingAccountID = types.StringValue(id) }
}

func unresolvedModel(name string) *creditAccountModel {
	return accountModel(name, "", func(m *creditAccountModel) { m.Status = types.StringValue("outcome unknown") })
}

func importedModel(m *creditAccountModel) {
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
	renamed := func(m *creditAccountModel) { m.Name = types.StringValue("Renamed") }
	type models []*creditAccountModel
	tests := map[string]struct {
		state         models // handed over before
		config, prior *creditAccountModel
		says          string
		replaced      string
	}{
		"new":    {config: accountModel("A", "")},
		"second": {state: models{accountModel("A", otherID)}, config: accountModel("A", ""), says: sumSecondAccount},
		"second, listed": {
			state: models{accountModel("A", otherID)}, config: accountModel("A", "", alongside(listed)), says: sumOldStays,
		},
		"another name, listed": { // nothing of this name stays
			state: models{accountModel("B", otherID)}, config: accountModel("A", "", alongside(listed)),
		},
		"second, an unknown id listed": {
			state:  models{accountModel("A", otherID)},
			config: accountModel("A", "", alongside(types.StringUnknown())), says: sumSecondAccount,
		},
		"second, an unknown set": {
			state: models{accountModel("A", otherID)},
			config: accountModel("A", "", func(m *creditAccountModel) {
				m.CreateAlongside = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
			}), says: sumSecondAccount,
		},
		"second of two, one listed": {
			state:  models{accountModel("A", otherID), accountModel("A", testAccountID)},
			config: accountModel("A", "", alongside(listed)), says: sumSecondAccount,
		},
		"unresolved": {
			state:  models{accountModel("A", otherID), unresolvedModel("A")},
			config: accountModel("A", "", alongside(listed)), says: sumUnresolved,
		},
		"taken over":                {config: accountModel("A", "", takingOver(otherID))},
		"unresolved and taken over": {state: models{unresolvedModel("A")}, config: accountModel("A", "", takingOver(otherID))},
		"unchanged":                 {config: accountModel("A", ""), prior: accountModel("A", otherID)},
		"unchanged, its id listed": {
			config: accountModel("A", "", alongside(listed)), prior: accountModel("A", otherID), says: sumReplacement,
		},
		"changed": {config: accountModel("A", "", renamed), prior: accountModel("A", otherID), says: sumCannotChange},
		"changed, its id listed": {
			config: accountModel("A", "", renamed, alongside(listed)), prior: accountModel("A", otherID),
			says: sumReplacement, replaced: "name",
		},
		"changed, another id listed": {
			config: accountModel("A", "", renamed, alongside(types.StringValue(testAccountID))),
			prior:  accountModel("A", otherID), says: sumCannotChange,
		},
		"another existing id": {
			config: accountModel("A", "", takingOver(testAccountID)), prior: accountModel("A", otherID), says: sumWrongExisting,
		},
		"untainted, unresolved": {config: accountModel("A", ""), prior: unresolvedModel("A"), says: sumUnresolved},
		"untainted, taken over": {config: accountModel("A", "", takingOver(otherID)), prior: unresolvedModel("A")},
		"destroyed":             {prior: accountModel("A", otherID), says: sumDestroyForgets},
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
					s.planAccountDestroy(test.prior, &diags)
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
	type change = func(*creditAccountModel)
	attributes := map[string]struct {
		one, same, other, null, unknown change
		computed, required              bool
	}{
		"client_id": {
			one:     func(m *creditAccountModel) { m.ClientID = types.StringValue(testClient) },
			same:    func(m *creditAccountModel) { m.ClientID = types.StringValue(strings.ToUpper(testClient)) },
			other:   func(m *creditAccountModel) { m.ClientID = types.StringValue(otherID) },
			unknown: func(m *creditAccountModel) { m.ClientID = types.StringUnknown() },
		},
		"name": {
			one:     func(m *creditAccountModel) { m.Name = types.StringValue("A B") },
			same:    func(m *creditAccountModel) { m.Name = types.StringValue("A  B") },
			other:   func(m *creditAccountModel) { m.Name = types.StringValue("A b") },
			unknown: func(m *creditAccountModel) { m.Name = types.StringUnknown() },
		},
		"starting_balance": {
			one: func(m *creditAccountModel) { m.StartingBalance = number(0.5) },
			same: func(m *creditAccountModel) {
				m.StartingBalance = types.NumberValue(new(big.Float).SetPrec(512).SetFloat64(0.5))
			},
			other:   func(m *creditAccountModel) { m.StartingBalance = number(5) },
			null:    func(m *creditAccountModel) { m.StartingBalance = types.NumberNull() },
			unknown: func(m *creditAccountModel) { m.StartingBalance = types.NumberUnknown() }, required: true,
		},
		"notify_emails": {
			one:   func(m *creditAccountModel) { m.NotifyEmails = texts("a@b.example", "c@d.example") },
			same:  func(m *creditAccountModel) { m.NotifyEmails = texts("c@d.example", "a@b.example") },
			other: func(m *creditAccountModel) { m.NotifyEmails = texts("A@b.example", "c@d.example") },
			null:  func(m *creditAccountModel) { m.NotifyEmails = nullStringSet() },
			unknown: func(m *creditAccountModel) {
				m.NotifyEmails = newStringSet([]attr.Value{types.StringUnknown(), types.StringValue("c@d.example")})
			}, required: true,
		},
		"license_ids": {
			one:   func(m *creditAccountModel) { m.LicenseIDs = texts("l", "m") },
			same:  func(m *creditAccountModel) { m.LicenseIDs = texts("M", "L") },
			other: func(m *creditAccountModel) { m.LicenseIDs = texts("l") },
			null:  func(m *creditAccountModel) { m.LicenseIDs = nullStringSet() },
			unknown: func(m *creditAccountModel) {
				m.LicenseIDs = stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
			}, required: true,
		},
		"type": {
			one:     func(m *creditAccountModel) { m.Type = types.StringValue("client") },
			same:    func(m *creditAccountModel) { m.Type = types.StringValue("client") },
			other:   func(m *creditAccountModel) { m.Type = types.StringValue("Client") },
			null:    func(m *creditAccountModel) { m.Type = types.StringNull() },
			unknown: func(m *creditAccountModel) { m.Type = types.StringUnknown() }, computed: true,
		},
		"batch_days_until_expire": {
			one:     func(m *creditAccountModel) { m.BatchDaysUntilExpire = number(30) },
			same:    func(m *creditAccountModel) { m.BatchDaysUntilExpire = wholeNumber(new(int64(30))) },
			other:   func(m *creditAccountModel) { m.BatchDaysUntilExpire = number(31) },
			null:    func(m *creditAccountModel) { m.BatchDaysUntilExpire = types.NumberNull() },
			unknown: func(m *creditAccountModel) { m.BatchDaysUntilExpire = types.NumberUnknown() }, computed: true,
		},
		"minimum_batch_amount": {
			one:     func(m *creditAccountModel) { m.MinimumBatchAmount = number(1) },
			same:    func(m *creditAccountModel) { m.MinimumBatchAmount = number(1) },
			other:   func(m *creditAccountModel) { m.MinimumBatchAmount = number(0) },
			null:    func(m *creditAccountModel) { m.MinimumBatchAmount = types.NumberNull() },
			unknown: func(m *creditAccountModel) { m.MinimumBatchAmount = types.NumberUnknown() }, computed: true,
		},
		"credit_batch_name": {
			one:     func(m *creditAccountModel) { m.CreditBatchName = types.StringValue("label") },
			same:    func(m *creditAccountModel) { m.CreditBatchName = types.StringValue("label") },
			other:   func(m *creditAccountModel) { m.CreditBatchName = types.StringValue("another") },
			null:    func(m *creditAccountModel) { m.CreditBatchName = types.StringNull() },
			unknown: func(m *creditAccountModel) { m.CreditBatchName = types.StringUnknown() },
		},
	}
	if len(attributes) != len(apiAttributes) {
		t.Fatalf("the table has %d attributes, and there are %d", len(attributes), len(apiAttributes))
	}
	for name, attribute := range attributes {
		check := func(what, want string, config, prior *creditAccountModel) {
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
		one := func(more ...change) *creditAccountModel {
			return accountModel("A B", otherID, append(more, attribute.one)...)
		}
		with := func(change change) *creditAccountModel { return accountModel("A B", "", change) }
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
		check("set after a creation", onlyRequired, with(attribute.one), accountModel("A B", otherID, attribute.null))
		check("set after an import", recorded,
			accountModel("A B", "", importedModel, attribute.one), accountModel("A B", otherID, importedModel, attribute.null))
		check("set after a take-over of an unresolved account", recorded,
			accountModel("A B", "", takingOver(otherID), attribute.one),
			accountModel("A B", "", attribute.null, func(m *creditAccountModel) { m.Status = types.StringValue("outcome unknown") }))
	}
}
