package provider

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const creditAccountType = typeName + "_credit_account"

const defaultCreateTimeout = 20 * time.Minute

type creditAccountModel struct {
	ClientID             types.String   `tfsdk:"client_id"`
	Name                 types.String   `tfsdk:"name"`
	StartingBalance      types.Number   `tfsdk:"starting_balance"`
	NotifyEmails         stringSet      `tfsdk:"notify_emails"`
	LicenseIDs           stringSet      `tfsdk:"license_ids"`
	Type                 types.String   `tfsdk:"type"`
	BatchDaysUntilExpire types.Number   `tfsdk:"batch_days_until_expire"`
	MinimumBatchAmount   types.Number   `tfsdk:"minimum_batch_amount"`
	CreditBatchName      types.String   `tfsdk:"credit_batch_name"`
	ExistingAccountID    types.String   `tfsdk:"existing_account_id"`
	CreateAlongside      stringSet      `tfsdk:"create_alongside"`
	Timeouts             timeouts.Value `tfsdk:"timeouts"`
	ID                   types.String   `tfsdk:"id"`
	Status               types.String   `tfsdk:"status"`
	CurrentBalance       types.Number   `tfsdk:"current_balance"`
	CreatedAt            types.String   `tfsdk:"created_at"`
	UpdatedAt            types.String   `tfsdk:"updated_at"`
	Sublicenses          types.List     `tfsdk:"sublicenses"`
}

// objectIdentity is what an account or a batch is known by to engines that keep identities. An unresolved one has none.
type objectIdentity struct {
	ClientID types.String `tfsdk:"client_id"`
	ID       types.String `tfsdk:"id"`
}

var sublicenseType = types.ObjectType{
	AttrTypes: map[string]attr.Type{"id": types.StringType, "deleted": types.BoolType},
}

// apiAttribute is an attribute that the API cannot change.
type apiAttribute struct {
	name string
	// ignoreCase: an id, or ids.
	ignoreCase bool
	// computed: the API chooses where the configuration does not.
	computed, required bool
	value              func(*creditAccountModel) attr.Value
	keep               func(to, from *creditAccountModel)
}

// apiAttributes are all of them, in the order in which messages name them.
var apiAttributes = []apiAttribute{
	{
		name: "client_id", required: true, ignoreCase: true,
		value: func(m *creditAccountModel) attr.Value { return m.ClientID },
		keep:  func(to, from *creditAccountModel) { to.ClientID = from.ClientID },
	},
	{
		name: "name", required: true,
		value: func(m *creditAccountModel) attr.Value { return m.Name },
		keep:  func(to, from *creditAccountModel) { to.Name = from.Name },
	},
	{
		name: "starting_balance", required: true,
		value: func(m *creditAccountModel) attr.Value { return m.StartingBalance },
		keep:  func(to, from *creditAccountModel) { to.StartingBalance = from.StartingBalance },
	},
	{
		name: "notify_emails", required: true,
		value: func(m *creditAccountModel) attr.Value { return m.NotifyEmails },
		keep:  func(to, from *creditAccountModel) { to.NotifyEmails = from.NotifyEmails },
	},
	{
		name: "license_ids", required: true, ignoreCase: true,
		value: func(m *creditAccountModel) attr.Value { return m.LicenseIDs },
		keep:  func(to, from *creditAccountModel) { to.LicenseIDs = from.LicenseIDs },
	},
	{
		name: "type", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.Type },
		keep:  func(to, from *creditAccountModel) { to.Type = from.Type },
	},
	{
		name: "batch_days_until_expire", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.BatchDaysUntilExpire },
		keep:  func(to, from *creditAccountModel) { to.BatchDaysUntilExpire = from.BatchDaysUntilExpire },
	},
	{
		name: "minimum_batch_amount", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.MinimumBatchAmount },
		keep:  func(to, from *creditAccountModel) { to.MinimumBatchAmount = from.MinimumBatchAmount },
	},
	{
		name:  "credit_batch_name",
		value: func(m *creditAccountModel) attr.Value { return m.CreditBatchName },
		keep:  func(to, from *creditAccountModel) { to.CreditBatchName = from.CreditBatchName },
	},
}

// fullyKnown reports whether a value is known as a whole, its elements included.
func fullyKnown(value attr.Value) bool {
	terraform, err := value.ToTerraformValue(context.Background())
	return err == nil && terraform.IsFullyKnown()
}

// same compares two known values: ids without case, names as the product does, and numbers as the double that the API
// keeps.
func (a apiAttribute) same(x, y attr.Value) bool {
	switch x := x.(type) {
	case types.String:
		y, ok := y.(types.String)
		switch {
		case !ok || x.IsNull() || y.IsNull():
			return x.Equal(y)
		case a.name == "name":
			return thoughtindustries.SameName(x.ValueString(), y.ValueString())
		case a.ignoreCase:
			return strings.EqualFold(x.ValueString(), y.ValueString())
		}
	case types.Number:
		y, ok := y.(types.Number)
		return ok && sameCredits(x, y)
	case stringSet:
		if y, ok := y.(stringSet); ok && a.ignoreCase && !x.IsNull() && !y.IsNull() {
			return sameSet(lowerCase(x), lowerCase(y))
		}
	}
	return x.Equal(y)
}

// sameCredits compares two numbers that are known, as the double that the API keeps of each.
func sameCredits(x, y types.Number) bool {
	if x.IsNull() || y.IsNull() {
		return x.IsNull() == y.IsNull()
	}
	return numberOf(x).Equal(numberOf(y))
}

func lowerCase(set stringSet) stringSet {
	texts := stringsOf(set)
	elements := make([]attr.Value, 0, len(texts))
	for _, text := range texts {
		elements = append(elements, types.StringValue(strings.ToLower(text)))
	}
	return newStringSet(elements)
}

// stringsOf gives the known elements of a set of strings, in its order.
func stringsOf(set stringSet) []string {
	result := make([]string, 0, len(set.Elements()))
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok && isSet(text) {
			result = append(result, text.ValueString())
		}
	}
	return result
}

// numberOf gives a number for the client; none where it is null or unknown.
func numberOf(value types.Number) thoughtindustries.Number {
	if value.IsNull() || value.IsUnknown() {
		return ""
	}
	return thoughtindustries.NumberOf(value.ValueBigFloat())
}

// numberValue gives a number of the client; null where there is none.
func numberValue(number thoughtindustries.Number) types.Number {
	if number == "" {
		return types.NumberNull()
	}
	return types.NumberValue(number.Float())
}

// numberField gives a number that was returned; null where none was.
func numberField(field thoughtindustries.Field[thoughtindustries.Number]) types.Number {
	if field.Value == nil {
		return types.NumberNull()
	}
	return numberValue(*field.Value)
}

// request is the body of the creation. Every value is known by then.
func (m *creditAccountModel) request() thoughtindustries.CreditAccountRequest {
	return thoughtindustries.CreditAccountRequest{
		ClientID:             m.ClientID.ValueString(),
		Name:                 m.Name.ValueString(),
		StartingBalance:      numberOf(m.StartingBalance),
		NotifyEmails:         stringsOf(m.NotifyEmails),
		LicenseIDs:           stringsOf(m.LicenseIDs),
		Type:                 optionalString(m.Type),
		BatchDaysUntilExpire: optionalWhole(m.BatchDaysUntilExpire),
		MinimumBatchAmount:   optionalWhole(m.MinimumBatchAmount),
		CreditBatchName:      optionalString(m.CreditBatchName),
		Alongside:            stringsOf(m.CreateAlongside),
	}
}

func optionalString(value types.String) *string {
	if !isSet(value) {
		return nil
	}
	return value.ValueStringPointer()
}

// optionalWhole gives a whole number that is set. That it is one was validated.
func optionalWhole(value types.Number) *int64 {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	whole, _ := value.ValueBigFloat().Int64()
	return &whole
}

func wholeNumber(value *int64) types.Number {
	if value == nil {
		return types.NumberNull()
	}
	return types.NumberValue(new(big.Float).SetInt64(*value))
}

// applyResponse puts what was returned of an account into the model. Configured values stay as they were planned,
// whatever the API made of them; what is unknown gets a value, or null where none was returned. It gives the attributes
// that the response should have and has not.
func (m *creditAccountModel) applyResponse(account thoughtindustries.CreditAccount) (unreadable []string) {
	m.ID = types.StringValue(account.ID)
	if m.Type.IsUnknown() {
		m.Type = types.StringPointerValue(account.Type.Value)
	}
	if m.BatchDaysUntilExpire.IsUnknown() {
		m.BatchDaysUntilExpire = wholeNumber(account.BatchDaysUntilExpire.Value)
	}
	if m.MinimumBatchAmount.IsUnknown() {
		m.MinimumBatchAmount = wholeNumber(account.MinimumBatchAmount.Value)
	}
	m.Status = types.StringPointerValue(account.Status.Value)
	m.CurrentBalance = numberField(account.CurrentBalance)
	m.CreatedAt = types.StringPointerValue(account.CreatedAt.Value)
	m.UpdatedAt = types.StringPointerValue(account.UpdatedAt.Value)
	m.Sublicenses = types.ListNull(sublicenseType)
	if account.Sublicenses.Value != nil {
		m.Sublicenses = sublicensesOf(*account.Sublicenses.Value)
	}
	for _, attribute := range []struct {
		name     string
		readable bool
	}{
		// The API may choose null for the first three; the others always have a value.
		{"type", account.Type.Known},
		{"batch_days_until_expire", account.BatchDaysUntilExpire.Known},
		{"minimum_batch_amount", account.MinimumBatchAmount.Known},
		{"status", account.Status.Value != nil},
		{"current_balance", account.CurrentBalance.Value != nil},
		{"created_at", account.CreatedAt.Value != nil},
		{"updated_at", account.UpdatedAt.Value != nil},
		{"sublicenses", account.Sublicenses.Value != nil},
	} {
		if !attribute.readable {
			unreadable = append(unreadable, attribute.name)
		}
	}
	return unreadable
}

func sublicensesOf(sublicenses []thoughtindustries.Sublicense) types.List {
	elements := make([]attr.Value, 0, len(sublicenses))
	for _, sublicense := range sublicenses {
		elements = append(elements, types.ObjectValueMust(sublicenseType.AttrTypes, map[string]attr.Value{
			"id":      types.StringPointerValue(sublicense.ID.Value),
			"deleted": types.BoolPointerValue(sublicense.Deleted.Value),
		}))
	}
	return types.ListValueMust(sublicenseType, elements)
}

// withoutResponse makes the model an account of which nothing was returned: what nobody configured is null.
func (m *creditAccountModel) withoutResponse(id, status types.String) {
	m.applyResponse(thoughtindustries.CreditAccount{})
	m.ID, m.Status = id, status
}

// keepComputed takes what only a response returns from the state.
func (m *creditAccountModel) keepComputed(state *creditAccountModel) {
	m.ID, m.Status, m.CreatedAt, m.UpdatedAt = state.ID, state.Status, state.CreatedAt, state.UpdatedAt
	m.CurrentBalance, m.Sublicenses = state.CurrentBalance, state.Sublicenses
}

// object is the account as the registry knows it.
func (m *creditAccountModel) object() registry.Object {
	return registry.Object{
		Kind: registry.Account, ClientID: m.ClientID.ValueString(), Name: m.Name.ValueString(),
		StartingBalance: numberOf(m.StartingBalance), ID: m.ID.ValueString(), Status: m.Status.ValueString(),
	}
}

// keyKnown: client and name are there to be compared.
func (m *creditAccountModel) keyKnown() bool { return isSet(m.ClientID) && isSet(m.Name) }

// mayReplace reports whether create_alongside lists an id.
func (m *creditAccountModel) mayReplace(id string) bool {
	return slices.ContainsFunc(stringsOf(m.CreateAlongside), func(listed string) bool {
		return strings.EqualFold(listed, id)
	})
}

// createTimeout is how long a creation may wait.
func (m *creditAccountModel) createTimeout(ctx context.Context) (time.Duration, diag.Diagnostics) {
	if create, ok := m.Timeouts.Attributes()["create"]; !ok || create.IsNull() {
		return defaultCreateTimeout, nil // the library would write a line to the log for each account
	}
	return m.Timeouts.Create(ctx, defaultCreateTimeout)
}

// foundAccount is an account as messages describe it.
func foundAccount(account thoughtindustries.ListedAccount) foundObject {
	return foundObject{
		id: account.ID, name: account.Name, createdAt: account.CreatedAt,
		starting: account.StartingBalance, current: account.CurrentBalance, archived: !account.Active,
	}
}
