package provider

import (
	"context"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const creditAccountType = typeName + "_credit_account"

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

var accountModel = sync.OnceValue(func() *modelOf[creditAccountModel] {
	return newModelOf[creditAccountModel](creditAccountSchema(context.Background()).Type())
})

var sublicenseType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "deleted": types.BoolType}}

// apiAttribute is an attribute that the API knows by another name and cannot change.
type apiAttribute struct {
	// name in Terraform.
	name string
	// field in the API.
	field string
	// ignoreCase: an id.
	ignoreCase bool
	// computed: the API chooses where the configuration does not.
	computed bool
	value    func(*creditAccountModel) attr.Value
	set      func(to, from *creditAccountModel)
}

// apiAttributes are all of them, in the order in which messages name them.
var apiAttributes = []apiAttribute{
	{
		name: "client_id", field: "clientId", ignoreCase: true,
		value: func(m *creditAccountModel) attr.Value { return m.ClientID },
		set:   func(to, from *creditAccountModel) { to.ClientID = from.ClientID },
	},
	{
		name: "name", field: "name",
		value: func(m *creditAccountModel) attr.Value { return m.Name },
		set:   func(to, from *creditAccountModel) { to.Name = from.Name },
	},
	{
		name: "starting_balance", field: "startingBalance",
		value: func(m *creditAccountModel) attr.Value { return m.StartingBalance },
		set:   func(to, from *creditAccountModel) { to.StartingBalance = from.StartingBalance },
	},
	{
		name: "notify_emails", field: "notifyEmails",
		value: func(m *creditAccountModel) attr.Value { return m.NotifyEmails },
		set:   func(to, from *creditAccountModel) { to.NotifyEmails = from.NotifyEmails },
	},
	{
		name: "license_ids", field: "licenseIds", ignoreCase: true,
		value: func(m *creditAccountModel) attr.Value { return m.LicenseIDs },
		set:   func(to, from *creditAccountModel) { to.LicenseIDs = from.LicenseIDs },
	},
	{
		name: "type", field: "type", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.Type },
		set:   func(to, from *creditAccountModel) { to.Type = from.Type },
	},
	{
		name: "batch_days_until_expire", field: "batchDaysUntilExpire", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.BatchDaysUntilExpire },
		set:   func(to, from *creditAccountModel) { to.BatchDaysUntilExpire = from.BatchDaysUntilExpire },
	},
	{
		name: "minimum_batch_amount", field: "minimumBatchAmount", computed: true,
		value: func(m *creditAccountModel) attr.Value { return m.MinimumBatchAmount },
		set:   func(to, from *creditAccountModel) { to.MinimumBatchAmount = from.MinimumBatchAmount },
	},
	{
		name: "credit_batch_name", field: "creditBatchName",
		value: func(m *creditAccountModel) attr.Value { return m.CreditBatchName },
		set:   func(to, from *creditAccountModel) { to.CreditBatchName = from.CreditBatchName },
	},
}

// known reports whether a value is known as a whole, its elements included.
func known(ctx context.Context, value attr.Value) bool {
	terraform, err := value.ToTerraformValue(ctx)
	return err == nil && terraform.IsFullyKnown()
}

// same compares two known values: ids without case, names as the product does,
// and numbers of credits as the double that the API keeps.
func (a apiAttribute) same(x, y attr.Value) bool {
	switch x := x.(type) {
	case types.String:
		if y, ok := y.(types.String); ok && a.name == "name" && isSet(x) && isSet(y) {
			return thoughtindustries.SameName(x.ValueString(), y.ValueString())
		}
	case types.Number:
		if y, ok := y.(types.Number); ok {
			return sameCredits(x, y)
		}
	}
	if a.ignoreCase {
		x, y = lowerCase(x), lowerCase(y)
	}
	return x.Equal(y)
}

func lowerCase(value attr.Value) attr.Value {
	switch value := value.(type) {
	case types.String:
		if isSet(value) {
			return types.StringValue(strings.ToLower(value.ValueString()))
		}
	case stringSet:
		if !value.IsNull() && !value.IsUnknown() {
			elements := make([]attr.Value, 0, len(value.Elements()))
			for _, text := range stringsOf(value) {
				elements = append(elements, types.StringValue(strings.ToLower(text)))
			}
			return newStringSet(elements)
		}
	}
	return value
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

// request is the body of the creation. Every value is known by then.
func (m *creditAccountModel) request() thoughtindustries.CreditAccountRequest {
	return thoughtindustries.CreditAccountRequest{
		ClientID:             m.ClientID.ValueString(),
		Name:                 m.Name.ValueString(),
		StartingBalance:      thoughtindustries.NumberOf(m.StartingBalance.ValueBigFloat()),
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

// wholeOf is optionalWhole where 0 means that it is not set.
func wholeOf(value types.Number) int {
	if whole := optionalWhole(value); whole != nil {
		return int(*whole)
	}
	return 0
}

func wholeNumber(value *int64) types.Number {
	if value == nil {
		return types.NumberNull()
	}
	return types.NumberValue(new(big.Float).SetInt64(*value))
}

// applyResponse puts what was returned of an account into the model. Configured values
// stay as they were planned, whatever the API made of them; what is unknown
// gets a value, or null where none was returned. It returns the attributes that
// the API should have returned and did not, and those of the API's that are null
// because the API did not return them.
func (m *creditAccountModel) applyResponse(account thoughtindustries.CreditAccount) (unreadable, unset []string) {
	m.ID = types.StringValue(account.ID)

	fill := func(name string, isUnknown, isReturned bool) bool {
		if isUnknown && !isReturned {
			unset = append(unset, name)
		}
		if !isReturned {
			unreadable = append(unreadable, name)
		}
		return isUnknown
	}
	// The three that the API chooses where nothing is configured: null is a
	// choice too, and what is configured does not depend on the response.
	if fill("type", m.Type.IsUnknown(), account.Type.Known) {
		m.Type = types.StringPointerValue(account.Type.Value)
	}
	if fill("batch_days_until_expire", m.BatchDaysUntilExpire.IsUnknown(), account.BatchDaysUntilExpire.Known) {
		m.BatchDaysUntilExpire = wholeNumber(account.BatchDaysUntilExpire.Value)
	}
	if fill("minimum_batch_amount", m.MinimumBatchAmount.IsUnknown(), account.MinimumBatchAmount.Known) {
		m.MinimumBatchAmount = wholeNumber(account.MinimumBatchAmount.Value)
	}

	// The rest is always returned, so that null is as odd as nothing.
	text := func(name string, returned thoughtindustries.Field[string]) types.String {
		if returned.Value == nil {
			unreadable = append(unreadable, name)
		}
		return types.StringPointerValue(returned.Value)
	}
	m.Status = text("status", account.Status)
	m.CurrentBalance = types.NumberNull()
	if account.CurrentBalance.Value != nil {
		m.CurrentBalance = optionalNumber(*account.CurrentBalance.Value)
	} else {
		unreadable = append(unreadable, "current_balance")
	}
	m.CreatedAt = text("created_at", account.CreatedAt)
	m.UpdatedAt = text("updated_at", account.UpdatedAt)
	m.Sublicenses = types.ListNull(sublicenseType)
	if account.Sublicenses.Value != nil {
		m.Sublicenses = sublicensesOf(*account.Sublicenses.Value)
	} else {
		unreadable = append(unreadable, "sublicenses")
	}
	return unreadable, unset
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

// nullComputed sets everything that only a response returns to null, and returns
// the API's attributes among them.
func (m *creditAccountModel) nullComputed() (unset []string) {
	if m.Type.IsUnknown() {
		m.Type = types.StringNull()
		unset = append(unset, "type")
	}
	if m.BatchDaysUntilExpire.IsUnknown() {
		m.BatchDaysUntilExpire = types.NumberNull()
		unset = append(unset, "batch_days_until_expire")
	}
	if m.MinimumBatchAmount.IsUnknown() {
		m.MinimumBatchAmount = types.NumberNull()
		unset = append(unset, "minimum_batch_amount")
	}
	m.ID, m.Status, m.CreatedAt, m.UpdatedAt = types.StringNull(), types.StringNull(), types.StringNull(), types.StringNull()
	m.CurrentBalance = types.NumberNull()
	m.Sublicenses = types.ListNull(sublicenseType)
	return unset
}

// keepComputed takes what only a response returns from the state.
func (m *creditAccountModel) keepComputed(state *creditAccountModel) {
	m.ID, m.Status, m.CreatedAt, m.UpdatedAt = state.ID, state.Status, state.CreatedAt, state.UpdatedAt
	m.CurrentBalance, m.Sublicenses = state.CurrentBalance, state.Sublicenses
}

func (m *creditAccountModel) key() objectKey {
	return accountKey(m.ClientID.ValueString(), m.Name.ValueString())
}

func trackedFrom(m *creditAccountModel) trackedObject {
	object := trackedObject{
		Kind: creditAccountType, ClientID: m.ClientID.ValueString(), Name: m.Name.ValueString(),
		ID: m.ID.ValueString(), Status: m.Status.ValueString(),
	}
	if !m.StartingBalance.IsNull() && !m.StartingBalance.IsUnknown() {
		object.StartingBalance = numberText(m.StartingBalance)
	}
	return object
}

// keyKnown: client and name are there to be compared.
// createTimeout is how long creating may wait. The library writes a line to the log for each account without timeouts,
// at the level of our own.
func (m *creditAccountModel) createTimeout(ctx context.Context) (time.Duration, diag.Diagnostics) {
	if create, ok := m.Timeouts.Attributes()["create"]; !ok || create.IsNull() {
		return defaultCreateTimeout, nil
	}
	return m.Timeouts.Create(ctx, defaultCreateTimeout)
}

func (m *creditAccountModel) keyKnown() bool { return isSet(m.ClientID) && isSet(m.Name) }

func numberText(value types.Number) string {
	if value.IsNull() || value.IsUnknown() {
		return "unknown"
	}
	return decimalText(value.ValueBigFloat())
}

func decimalText(value *big.Float) string { return value.Text('f', -1) }
