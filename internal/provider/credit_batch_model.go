package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const creditBatchType = typeName + "_credit_batch"

type batchModel struct {
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

// keyKnown: everything is there by which two batches are the same.
func (m *batchModel) keyKnown() bool {
	return !m.ClientID.IsUnknown() && !m.StartingBalance.IsUnknown() &&
		!m.CreditAccountID.IsUnknown() && !m.Name.IsUnknown()
}

// object is the batch as the registry knows it.
func (m *batchModel) object() registry.Object {
	return registry.Object{
		Kind: registry.Batch, ClientID: m.ClientID.ValueString(), Name: m.Name.ValueString(),
		StartingBalance: numberOf(m.StartingBalance), CreditAccountID: m.CreditAccountID.ValueString(),
		ID: m.ID.ValueString(), Status: m.Status.ValueString(),
	}
}

func (m *batchModel) identity() objectIdentity { return objectIdentity{m.ClientID, m.ID} }

// request is the body of the creation. Every value is known by then.
func (m *batchModel) request() thoughtindustries.CreditBatchRequest {
	return thoughtindustries.CreditBatchRequest{
		ClientID: m.ClientID.ValueString(), StartingBalance: numberOf(m.StartingBalance),
		CreditAccountID: optionalString(m.CreditAccountID), Name: optionalString(m.Name),
		ExpiresOn: optionalTime(m.ExpiresOn),
	}
}

// optionalTime gives a time that is set and is one.
func optionalTime(value timetypes.RFC3339) *time.Time {
	at, err := time.Parse(time.RFC3339, value.ValueString())
	if err != nil {
		return nil
	}
	return &at
}

// sameTime compares two values as times, to the second: to the type, the same moment in two zones is two.
func sameTime(a, b timetypes.RFC3339) bool {
	x, y := optionalTime(a), optionalTime(b)
	if x == nil || y == nil {
		return a.Equal(b)
	}
	return x.Truncate(time.Second).Equal(y.Truncate(time.Second))
}

// applyResponse puts what was returned into the model, and null for what was not, whose attributes it gives. When the
// batch was made is kept once it is known.
func (m *batchModel) applyResponse(batch thoughtindustries.CreditBatch) (unreadable []string) {
	m.CurrentBalance = numberField(batch.CurrentBalance)
	m.Status = textField(batch.Status)
	m.AllocatedCredits = numberField(batch.AllocatedCredits)
	m.UpdatedAt = textField(batch.UpdatedAt)
	if !isSet(m.CreatedAt) {
		m.CreatedAt = textField(batch.CreatedAt)
	}
	return unreadableOf(
		readable{"current_balance", batch.CurrentBalance.Known}, readable{"status", batch.Status.Known},
		readable{"allocated_credits", batch.AllocatedCredits.Known}, readable{"created_at", batch.CreatedAt.Known},
		readable{"updated_at", batch.UpdatedAt.Known})
}

// unresolved makes the model a batch of unknown outcome.
func (m *batchModel) unresolved(status string) {
	m.applyResponse(thoughtindustries.CreditBatch{})
	m.ID, m.Status = types.StringNull(), types.StringValue(status)
}

// expiryOf gives the expiry that the API returned; false where that is no time.
func expiryOf(batch thoughtindustries.CreditBatch) (timetypes.RFC3339, bool) {
	if batch.ExpiresOn.Value == nil {
		return timetypes.NewRFC3339Null(), batch.ExpiresOn.Known
	}
	value, diags := timetypes.NewRFC3339Value(*batch.ExpiresOn.Value)
	return value, !diags.HasError()
}

// importedBatch takes everything from a batch.
func importedBatch(id objectIdentity, batch thoughtindustries.CreditBatch) *batchModel {
	m := &batchModel{
		ClientID: id.ClientID, ID: id.ID, StartingBalance: numberField(batch.StartingBalance),
		CreditAccountID: textField(batch.CreditAccountID), Name: types.StringNull(),
		ExpiresOn: timetypes.NewRFC3339Null(),
	}
	if name := fieldValue(batch.Name); name != "" {
		m.Name = types.StringValue(name)
	}
	if expiry, ok := expiryOf(batch); ok {
		m.ExpiresOn = expiry
	}
	m.applyResponse(batch)
	return m
}

// settle takes from the state what is the same, and names the attributes that the API cannot change, or cannot clear, and
// that are to change. Unknown values are passed over: the engine plans again when they are known.
func (m *batchModel) settle(state *batchModel) (changed, cleared []string) {
	switch {
	case m.ClientID.IsUnknown():
	case sameIDs(m.ClientID, state.ClientID):
		m.ClientID = state.ClientID
	default:
		changed = append(changed, "client_id")
	}
	switch {
	case m.StartingBalance.IsUnknown():
	case sameNumbers(m.StartingBalance, state.StartingBalance):
		m.StartingBalance = state.StartingBalance
	default:
		changed = append(changed, "starting_balance")
	}
	switch {
	case m.CreditAccountID.IsUnknown():
	case sameIDs(m.CreditAccountID, state.CreditAccountID):
		m.CreditAccountID = state.CreditAccountID
	default:
		changed = append(changed, "credit_account_id")
	}
	switch {
	case sameNames(m.Name, state.Name):
		m.Name = state.Name
	case m.Name.IsNull():
		cleared = append(cleared, "name")
	}
	switch {
	case sameTime(m.ExpiresOn, state.ExpiresOn):
		m.ExpiresOn = state.ExpiresOn
	case m.ExpiresOn.IsNull():
		cleared = append(cleared, "expires_on")
	}
	m.ID, m.CreatedAt, m.UpdatedAt, m.Status = state.ID, state.CreatedAt, state.UpdatedAt, state.Status
	m.CurrentBalance, m.AllocatedCredits = state.CurrentBalance, state.AllocatedCredits
	return changed, cleared
}

// change gives what a PUT has to send to make the state's batch the planned one; false where that is nothing.
func (m *batchModel) change(state *batchModel) (change thoughtindustries.CreditBatchChange, needed bool) {
	if !sameNames(m.Name, state.Name) {
		change.Name, needed = optionalString(m.Name), true
	}
	if !sameTime(m.ExpiresOn, state.ExpiresOn) {
		change.ExpiresOn, needed = optionalTime(m.ExpiresOn), true
	}
	return change, needed
}

// listedBatch is a batch as messages describe it.
func listedBatch(batch thoughtindustries.CreditBatch) foundObject {
	return foundObject{
		id: fieldValue(batch.ID), name: fieldValue(batch.Name), createdAt: fieldValue(batch.CreatedAt),
		current: fieldValue(batch.CurrentBalance), archived: fieldValue(batch.Status) == "archived",
	}
}

// storedForms are the values that the service shows of a name or an expiry in place of the configured one, by attribute.
// They are kept in private data. While one of them is shown, nobody has changed it by hand.
type storedForms map[string]storedForm

type storedForm struct {
	Value  string `json:"value"`
	Warned bool   `json:"warned"` // that the service stores this form
}

const privateStoredForms = "stored_forms"

// privateState is what the framework calls private data in requests and responses.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func readStoredForms(ctx context.Context, private privateState) storedForms {
	forms := storedForms{}
	raw, _ := private.GetKey(ctx, privateStoredForms)
	if len(raw) > 0 && json.Unmarshal(raw, &forms) != nil {
		return storedForms{}
	}
	return forms
}

// save writes nothing where there is none, as for most batches. It cannot fail: private data takes any JSON.
func (f storedForms) save(ctx context.Context, private privateState) {
	var raw []byte
	if len(f) > 0 {
		raw, _ = json.Marshal(f)
	}
	private.SetKey(ctx, privateStoredForms, raw)
}

// note keeps a form that the service stores, and describes it unless the warning was given before.
func (f storedForms) note(c comparison) (news []string) {
	noted := storedForm{Value: c.shown, Warned: true}
	if f[c.attribute] != noted {
		news = append(news, fmt.Sprintf("%s: sent %q, stored %q", c.attribute, c.configured, shortened(c.shown)))
	}
	f[c.attribute] = noted
	return news
}

// noteResponse notes what the response to a write shows in place of what was sent, and describes what is new.
func (f storedForms) noteResponse(m *batchModel, batch thoughtindustries.CreditBatch) (news []string) {
	for _, c := range m.compare(batch) {
		if !c.same && c.shown != "" {
			news = append(news, f.note(c)...)
		}
	}
	return news
}

// comparison is what a response or the listing shows of an attribute that the service may store in another form.
type comparison struct {
	attribute, configured, shown string
	same                         bool
}

// compare gives what can be compared. A name or an expiry that nobody configured is the API's choice.
func (m *batchModel) compare(batch thoughtindustries.CreditBatch) (comparisons []comparison) {
	if name := textField(batch.Name); batch.Name.Known && !m.Name.IsNull() {
		comparisons = append(comparisons,
			comparison{"name", m.Name.ValueString(), name.ValueString(), sameNames(name, m.Name)})
	}
	if expiry, ok := expiryOf(batch); ok && !m.ExpiresOn.IsNull() {
		comparisons = append(comparisons,
			comparison{"expires_on", m.ExpiresOn.ValueString(), expiry.ValueString(), sameTime(expiry, m.ExpiresOn)})
	}
	return comparisons
}

// refresh takes from the listing what was changed by hand, and describes what the service is found to store otherwise.
func (m *batchModel) refresh(batch thoughtindustries.CreditBatch, forms storedForms) (news []string) {
	m.applyResponse(batch)
	for _, c := range m.compare(batch) {
		form, known := forms[c.attribute]
		if known && !c.same && form.Value == c.shown {
			news = append(news, forms.note(c)...)
			continue
		}
		delete(forms, c.attribute)
		switch {
		case c.same:
		case c.attribute == "name":
			m.Name = textField(batch.Name)
		default:
			m.ExpiresOn, _ = expiryOf(batch)
		}
	}
	return news
}
