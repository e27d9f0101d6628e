package provider

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const creditBatchType = typeName + "_credit_batch"

type creditBatchModel struct {
	ClientID         types.String      `tfsdk:"client_id"`
	StartingBalance  types.Number      `tfsdk:"starting_balance"`
	CreditAccountID  types.String      `tfsdk:"credit_account_id"`
	Name             types.String      `tfsdk:"name"`
	ExpiresOn        timetypes.RFC3339 `tfsdk:"expires_on"`
	ID               types.String      `tfsdk:"id"`
	CurrentBalance   types.Number      `tfsdk:"current_balance"`
	Status           types.String      `tfsdk:"status"`
	AllocatedCredits types.Number      `tfsdk:"allocated_credits"`
	CreatedAt        types.String      `tfsdk:"created_at"`
	UpdatedAt        types.String      `tfsdk:"updated_at"`
}

var batchModel = sync.OnceValue(func() *modelOf[creditBatchModel] {
	return newModelOf[creditBatchModel](creditBatchSchema(context.Background()).Type())
})

// keyKnown: everything is there by which two batches are the same.
func (m *creditBatchModel) keyKnown() bool {
	return !m.ClientID.IsUnknown() && !m.StartingBalance.IsUnknown() && !m.CreditAccountID.IsUnknown() && !m.Name.IsUnknown()
}

func (m *creditBatchModel) key() objectKey { return m.tracked().key() }

func (m *creditBatchModel) tracked() trackedObject {
	return trackedObject{
		Kind: creditBatchType, ClientID: m.ClientID.ValueString(), CreditAccountID: m.CreditAccountID.ValueString(),
		Name: m.Name.ValueString(), ID: m.ID.ValueString(), Status: m.Status.ValueString(), StartingBalance: numberText(m.StartingBalance),
	}
}

// request is the body of the creation. Every value is known by then.
func (m *creditBatchModel) request() thoughtindustries.CreditBatchRequest {
	return thoughtindustries.CreditBatchRequest{
		ClientID:        m.ClientID.ValueString(),
		StartingBalance: thoughtindustries.NumberOf(m.StartingBalance.ValueBigFloat()),
		CreditAccountID: optionalString(m.CreditAccountID),
		Name:            optionalString(m.Name),
		ExpiresOn:       optionalTime(m.ExpiresOn),
	}
}

// optionalTime gives a time that is set and is one.
func optionalTime(value timetypes.RFC3339) *time.Time {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	at, err := time.Parse(time.RFC3339, value.ValueString())
	if err != nil {
		return nil
	}
	return &at
}

// sameTime compares two values as times, to the second: the type's own
// comparison takes the same moment in two zones for two.
func sameTime(a, b timetypes.RFC3339) bool {
	x, y := optionalTime(a), optionalTime(b)
	if x == nil || y == nil {
		return a.Equal(b)
	}
	return x.Truncate(time.Second).Equal(y.Truncate(time.Second))
}

// applyResponse puts what only the API returns into the model: null if it returned null
// or nothing, and what it should have returned and did not is returned.
func (m *creditBatchModel) applyResponse(batch thoughtindustries.CreditBatch) (unreadable []string) {
	text := func(name string, returned thoughtindustries.Field[string]) types.String {
		if !returned.Known {
			unreadable = append(unreadable, name)
		}
		return types.StringPointerValue(returned.Value)
	}
	number := func(name string, returned thoughtindustries.Field[thoughtindustries.Number]) types.Number {
		if !returned.Known {
			unreadable = append(unreadable, name)
		}
		return numberValue(returned)
	}
	m.CurrentBalance = number("current_balance", batch.CurrentBalance)
	m.Status = text("status", batch.Status)
	m.AllocatedCredits = number("allocated_credits", batch.AllocatedCredits)
	m.CreatedAt = text("created_at", batch.CreatedAt)
	m.UpdatedAt = text("updated_at", batch.UpdatedAt)
	return unreadable
}

// refresh takes from a batch what may have changed. A name or an expiry that
// nobody configured stays null: it is the API's choice.
func (m *creditBatchModel) refresh(batch thoughtindustries.CreditBatch) {
	m.refreshComputed(batch)
	if name := types.StringPointerValue(batch.Name.Value); !m.Name.IsNull() && batch.Name.Known && !sameNames(name, m.Name) {
		m.Name = name
	}
	if returned, ok := expiryOf(batch); ok && !m.ExpiresOn.IsNull() && !sameTime(returned, m.ExpiresOn) {
		m.ExpiresOn = returned
	}
}

// refreshComputed is record where the model has values that stay if nothing
// can be read.
func (m *creditBatchModel) refreshComputed(batch thoughtindustries.CreditBatch) {
	before := *m
	m.applyResponse(batch)
	if !batch.CurrentBalance.Known {
		m.CurrentBalance = before.CurrentBalance
	}
	if !batch.Status.Known {
		m.Status = before.Status
	}
	if !batch.AllocatedCredits.Known {
		m.AllocatedCredits = before.AllocatedCredits
	}
	if !batch.CreatedAt.Known {
		m.CreatedAt = before.CreatedAt
	}
	if !batch.UpdatedAt.Known {
		m.UpdatedAt = before.UpdatedAt
	}
}

// nullComputed sets everything that only a response returns to null.
func (m *creditBatchModel) nullComputed() {
	m.ID = types.StringNull()
	m.applyResponse(thoughtindustries.CreditBatch{})
}

func (m *creditBatchModel) identity() creditAccountIdentity {
	return creditAccountIdentity{ClientID: m.ClientID, ID: m.ID}
}

// expiryOf gives the expiry that the API returned; false where that is no time.
func expiryOf(batch thoughtindustries.CreditBatch) (timetypes.RFC3339, bool) {
	if batch.ExpiresOn.Value == nil {
		return timetypes.NewRFC3339Null(), batch.ExpiresOn.Known
	}
	value, diags := timetypes.NewRFC3339Value(*batch.ExpiresOn.Value)
	return value, !diags.HasError()
}

// readWhole takes everything from a batch, for an import; false where it does
// not have what is needed to recognise it.
func (m *creditBatchModel) readWhole(batch thoughtindustries.CreditBatch) bool {
	if batch.StartingBalance.Value == nil {
		return false
	}
	m.StartingBalance = optionalNumber(*batch.StartingBalance.Value)
	m.CreditAccountID = types.StringPointerValue(batch.CreditAccountID.Value)
	m.Name = types.StringPointerValue(batch.Name.Value)
	if m.Name.ValueString() == "" {
		m.Name = types.StringNull()
	}
	expiry, ok := expiryOf(batch)
	if !ok {
		expiry = timetypes.NewRFC3339Null()
	}
	m.ExpiresOn = expiry
	m.applyResponse(batch)
	return true
}

// keepSame takes from the state what is the same written otherwise.
func (m *creditBatchModel) keepSame(state *creditBatchModel) {
	if isSet(m.ClientID) {
		m.ClientID = state.ClientID
	}
	if !m.StartingBalance.IsUnknown() {
		m.StartingBalance = state.StartingBalance
	}
	if isSet(m.CreditAccountID) {
		m.CreditAccountID = state.CreditAccountID
	}
	if sameNames(m.Name, state.Name) {
		m.Name = state.Name
	}
	if sameTime(m.ExpiresOn, state.ExpiresOn) {
		m.ExpiresOn = state.ExpiresOn
	}
}

// keepComputed takes what only a response returns from the state.
func (m *creditBatchModel) keepComputed(state *creditBatchModel) {
	m.ID, m.CreatedAt = state.ID, state.CreatedAt
	m.CurrentBalance, m.Status, m.AllocatedCredits, m.UpdatedAt = state.CurrentBalance, state.Status, state.AllocatedCredits, state.UpdatedAt
}

// fixedChanges names the attributes that the API cannot change and that are to
// change. Values that are not known are passed over.
func (m *creditBatchModel) fixedChanges(state *creditBatchModel) (changed []string) {
	differ := func(wanted, prior types.String) bool {
		return !wanted.IsUnknown() && (wanted.IsNull() != prior.IsNull() || !strings.EqualFold(wanted.ValueString(), prior.ValueString()))
	}
	if differ(m.ClientID, state.ClientID) {
		changed = append(changed, "client_id")
	}
	if !m.StartingBalance.IsUnknown() && !sameCredits(m.StartingBalance, state.StartingBalance) {
		changed = append(changed, "starting_balance")
	}
	if differ(m.CreditAccountID, state.CreditAccountID) {
		changed = append(changed, "credit_account_id")
	}
	return changed
}

// sameNames compares names that are known as the product does.
func sameNames(a, b types.String) bool {
	if !isSet(a) || !isSet(b) {
		return a.Equal(b)
	}
	return thoughtindustries.SameName(a.ValueString(), b.ValueString())
}

// sameCredits compares what two sides make of one number: an API keeps a
// double, a configuration more.
func sameCredits(a, b types.Number) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	x, _ := a.ValueBigFloat().Float64()
	y, _ := b.ValueBigFloat().Float64()
	return x == y
}

// cleared names the attributes whose value is to be taken away, which the API
// cannot do.
func (m *creditBatchModel) cleared(state *creditBatchModel) (cleared []string) {
	if m.Name.IsNull() && !state.Name.IsNull() {
		cleared = append(cleared, "name")
	}
	if m.ExpiresOn.IsNull() && !state.ExpiresOn.IsNull() {
		cleared = append(cleared, "expires_on")
	}
	return cleared
}

// change gives what a PUT has to send to make the state's batch the planned
// one; false where that is nothing. Every value is known by then.
func (m *creditBatchModel) change(state *creditBatchModel) (thoughtindustries.CreditBatchChange, bool) {
	var change thoughtindustries.CreditBatchChange
	if !sameNames(m.Name, state.Name) {
		change.Name = optionalString(m.Name)
	}
	if !sameTime(m.ExpiresOn, state.ExpiresOn) {
		change.ExpiresOn = optionalTime(m.ExpiresOn)
	}
	return change, change.Name != nil || change.ExpiresOn != nil
}
