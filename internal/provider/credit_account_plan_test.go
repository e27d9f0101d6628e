package provider

import (
	"context"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// emptyAccount has null for every attribute.
func emptyAccount() tfsdk.State {
	schema := creditAccountSchema()
	nulls := map[string]tftypes.Value{}
	for attribute, of := range schema.Attributes {
		nulls[attribute] = tftypes.NewValue(of.GetType().TerraformType(context.Background()), nil)
	}
	return tfsdk.State{Schema: schema, Raw: tftypes.NewValue(schema.Type().TerraformType(context.Background()), nulls)}
}

type accountChange func(*accountModel)

// with sets one attribute.
func with(attribute string, value attr.Value) accountChange {
	return func(m *accountModel) {
		state := emptyAccount()
		diags := state.Set(context.Background(), m)
		diags.Append(state.SetAttribute(context.Background(), path.Root(attribute), value)...)
		diags.Append(state.Get(context.Background(), m)...)
		if diags.HasError() {
			panic(diags)
		}
	}
}

// accountOf is an account with a name, and with an id unless that is empty.
func accountOf(name, id string, changes ...accountChange) *accountModel {
	m := &accountModel{}
	if diags := emptyAccount().Get(context.Background(), m); diags.HasError() {
		panic(diags)
	}
	m.ClientID, m.Name = types.StringValue(testClient), types.StringValue(name)
	m.StartingBalance = types.NumberValue(big.NewFloat(5))
	m.NotifyEmails, m.LicenseIDs = newStringSet([]attr.Value{}), newStringSet([]attr.Value{})
	if id != "" {
		m.ID, m.Status = types.StringValue(id), types.StringValue("active")
	}
	for _, change := range changes {
		change(m)
	}
	return m
}

func alongside(ids ...attr.Value) accountChange { return with("create_alongside", newStringSet(ids)) }

func takingOver(id string) accountChange { return with("existing_account_id", types.StringValue(id)) }

func unresolvedModel(name string) *accountModel {
	return accountOf(name, "", with("status", types.StringValue("outcome unknown")))
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
	unknownSet := stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
	renamed := with("name", types.StringValue("Renamed"))
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
		"second, an unknown existing id": { // it may be null
			state: models{accountOf("A", otherID)}, says: sumSecondAccount,
			config: accountOf("A", "", with("existing_account_id", types.StringUnknown())),
		},
		"second, an unknown set": {
			state:  models{accountOf("A", otherID)},
			config: accountOf("A", "", with("create_alongside", unknownSet)), says: sumSecondAccount,
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
	text := func(value string) attr.Value { return types.StringValue(value) }
	texts := func(values ...string) attr.Value {
		var elements []attr.Value
		for _, value := range values {
			elements = append(elements, text(value))
		}
		return newStringSet(elements)
	}
	number := func(value float64) attr.Value { return types.NumberValue(big.NewFloat(value)) }
	precise := types.NumberValue(new(big.Float).SetPrec(512).SetFloat64(0.5))
	unknownText, unknownNumber, noNumber := types.StringUnknown(), types.NumberUnknown(), types.NumberNull()
	unknownSet := stringSet{basetypes.NewSetUnknown(basetypes.StringType{})}
	partly := newStringSet([]attr.Value{unknownText, text("c@d.example")})
	attributes := map[string]struct {
		one, same, other, unknown, null attr.Value // null is nil for what is never null in a state
		computed, required              bool
	}{
		"client_id": {
			one: text(testClient), same: text(strings.ToUpper(testClient)), other: text(otherID), unknown: unknownText,
		},
		"name": {one: text("A B"), same: text("A  B"), other: text("A b"), unknown: unknownText},
		"starting_balance": {
			one: number(0.5), same: precise, other: number(5), unknown: unknownNumber, null: noNumber, required: true,
		},
		"notify_emails": {
			one: texts("a@b.example", "c@d.example"), same: texts("c@d.example", "a@b.example"),
			other: texts("A@b.example", "c@d.example"), unknown: partly, null: nullStringSet(), required: true,
		},
		"license_ids": {
			one: texts("l", "m"), same: texts("M", "L"), other: texts("l"), unknown: unknownSet, null: nullStringSet(),
			required: true,
		},
		"type": {
			one: text("client"), same: text("client"), other: text("Client"), unknown: unknownText, null: types.StringNull(),
			computed: true,
		},
		"batch_days_until_expire": {
			one: number(30), same: wholeNumber(new(int64(30))), other: number(31), unknown: unknownNumber, null: noNumber,
			computed: true,
		},
		"minimum_batch_amount": {
			one: number(1), same: number(1), other: number(0), unknown: unknownNumber, null: noNumber, computed: true,
		},
		"credit_batch_name": {
			one: text("label"), same: text("label"), other: text("another"), unknown: unknownText, null: types.StringNull(),
		},
	}
	none := &accountModel{}
	if fixed := fixedAttributes(none, none, none); len(attributes) != len(fixed) {
		t.Fatalf("the table has %d attributes, and there are %d", len(attributes), len(fixed))
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
		one, null := with(name, attribute.one), with(name, attribute.null)
		config := func(value attr.Value) *accountModel { return accountOf("A B", "", with(name, value)) }
		check("the same", "", config(attribute.same), accountOf("A B", otherID, one))
		check("another value", sumCannotChange, config(attribute.other), accountOf("A B", otherID, one))
		check("unknown", "", config(attribute.unknown), accountOf("A B", otherID, one))
		if attribute.null == nil {
			continue
		}
		const recorded = sumRecorded
		onlyRequired := map[bool]string{true: recorded, false: sumCannotChange}[attribute.required]
		removed := map[bool]string{true: "", false: sumCannotChange}[attribute.computed]
		if !attribute.required {
			check("removed", removed, config(attribute.null), accountOf("A B", otherID, one))
		}
		check("set after a creation", onlyRequired, config(attribute.one), accountOf("A B", otherID, null))
		check("set after an import", recorded,
			accountOf("A B", "", importedModel, one), accountOf("A B", otherID, importedModel, null))
		check("set after a take-over of an unresolved account", recorded,
			accountOf("A B", "", takingOver(otherID), one),
			accountOf("A B", "", null, with("status", types.StringValue("outcome unknown"))))
	}
}
