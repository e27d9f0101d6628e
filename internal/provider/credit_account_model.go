package provider

import (
	"context"
	"math/big"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const creditAccountType = typeName + "_credit_account"

const defaultCreateTimeout = 20 * time.Minute

type accountModel struct {
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

// set puts the identity into a response; to is nil for engines that keep none.
func (i objectIdentity) set(ctx context.Context, to *tfsdk.ResourceIdentity) diag.Diagnostics {
	if to == nil {
		return nil
	}
	return to.Set(ctx, i)
}

var sublicenseType = types.ObjectType{
	AttrTypes: map[string]attr.Type{"id": types.StringType, "deleted": types.BoolType},
}

// fullyKnown reports whether a value is known as a whole, its elements included.
func fullyKnown(value attr.Value) bool {
	terraform, err := value.ToTerraformValue(context.Background())
	return err == nil && terraform.IsFullyKnown()
}

// sameIDs compares two ids, which case does not matter for; an unknown one is the same as none.
func sameIDs(x, y types.String) bool {
	return !x.IsUnknown() && !y.IsUnknown() && strings.EqualFold(x.ValueString(), y.ValueString())
}

// sameNames compares two names as the product does.
func sameNames(x, y types.String) bool {
	if !isSet(x) || !isSet(y) {
		return x.Equal(y)
	}
	return thoughtindustries.SameName(x.ValueString(), y.ValueString())
}

// sameNumbers compares two numbers as the double that the API keeps of each.
func sameNumbers(x, y types.Number) bool {
	return x.Equal(y) || numberOf(x).Equal(numberOf(y))
}

// lowerCase gives a set of ids to compare. One that is not known as a whole is like no other.
func lowerCase(set stringSet) stringSet {
	if set.IsNull() || !fullyKnown(set) {
		return set
	}
	var elements []attr.Value
	for _, text := range stringsOf(set) {
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

// textField and numberField give what was returned; null where nothing was.
func textField(field thoughtindustries.Field[string]) types.String {
	return types.StringPointerValue(field.Value)
}

func numberField(field thoughtindustries.Field[thoughtindustries.Number]) types.Number {
	return numberValue(fieldValue(field))
}

// request is the body of the creation. Every value is known by then.
func (m *accountModel) request() thoughtindustries.CreditAccountRequest {
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
func (m *accountModel) applyResponse(account thoughtindustries.CreditAccount) (unreadable []string) {
	m.ID = types.StringValue(account.ID)
	if m.Type.IsUnknown() {
		m.Type = textField(account.Type)
	}
	if m.BatchDaysUntilExpire.IsUnknown() {
		m.BatchDaysUntilExpire = wholeNumber(account.BatchDaysUntilExpire.Value)
	}
	if m.MinimumBatchAmount.IsUnknown() {
		m.MinimumBatchAmount = wholeNumber(account.MinimumBatchAmount.Value)
	}
	m.Status = textField(account.Status)
	m.CurrentBalance = numberField(account.CurrentBalance)
	m.CreatedAt = textField(account.CreatedAt)
	m.UpdatedAt = textField(account.UpdatedAt)
	m.Sublicenses = types.ListNull(sublicenseType)
	if account.Sublicenses.Value != nil {
		m.Sublicenses = sublicensesOf(*account.Sublicenses.Value)
	}
	return unreadableOf( // the API may choose null for the first three
		readable{"type", account.Type.Known}, readable{"batch_days_until_expire", account.BatchDaysUntilExpire.Known},
		readable{"minimum_batch_amount", account.MinimumBatchAmount.Known}, readable{"status", account.Status.Value != nil},
		readable{"current_balance", account.CurrentBalance.Value != nil},
		readable{"created_at", account.CreatedAt.Value != nil}, readable{"updated_at", account.UpdatedAt.Value != nil},
		readable{"sublicenses", account.Sublicenses.Value != nil})
}

func sublicensesOf(sublicenses []thoughtindustries.Sublicense) types.List {
	elements := make([]attr.Value, 0, len(sublicenses))
	for _, sublicense := range sublicenses {
		elements = append(elements, types.ObjectValueMust(sublicenseType.AttrTypes, map[string]attr.Value{
			"id":      textField(sublicense.ID),
			"deleted": types.BoolPointerValue(sublicense.Deleted.Value),
		}))
	}
	return types.ListValueMust(sublicenseType, elements)
}

// withoutResponse makes the model an account of which nothing was returned: what nobody configured is null.
func (m *accountModel) withoutResponse(id, status types.String) {
	m.applyResponse(thoughtindustries.CreditAccount{})
	m.ID, m.Status = id, status
}

// object is the account as the registry knows it.
func (m *accountModel) object() registry.Object {
	return registry.Object{
		Kind: registry.Account, ClientID: m.ClientID.ValueString(), Name: m.Name.ValueString(),
		StartingBalance: numberOf(m.StartingBalance), ID: m.ID.ValueString(), Status: m.Status.ValueString(),
	}
}

// keyKnown: client and name are there to be compared.
func (m *accountModel) keyKnown() bool { return isSet(m.ClientID) && isSet(m.Name) }

// listedAccount and createdAccount are accounts as messages describe them.
func listedAccount(account thoughtindustries.ListedAccount) foundObject {
	return foundObject{
		id: account.ID, name: account.Name, createdAt: account.CreatedAt,
		starting: account.StartingBalance, current: account.CurrentBalance, archived: !account.Active,
	}
}

func createdAccount(account thoughtindustries.CreditAccount) foundObject {
	return foundObject{
		id: account.ID, createdAt: fieldValue(account.CreatedAt),
		starting: fieldValue(account.StartingBalance), current: fieldValue(account.CurrentBalance),
	}
}
