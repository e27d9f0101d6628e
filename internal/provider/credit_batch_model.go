package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
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
		ExpiresOn: (*thoughtindustries.Timestamp)(optionalTime(m.ExpiresOn)),
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

// sameNames compares names that are known as the product does.
func sameNames(a, b types.String) bool {
	if !isSet(a) || !isSet(b) {
		return a.Equal(b)
	}
	return thoughtindustries.SameName(a.ValueString(), b.ValueString())
}

// applyResponse puts what was returned into the model. What was not stays as before, or becomes null where there was
// nothing before; those attributes are returned.
func (m *batchModel) applyResponse(batch thoughtindustries.CreditBatch) (unreadable []string) {
	m.CurrentBalance = returnedNumber(batch.CurrentBalance, m.CurrentBalance)
	m.Status = returnedText(batch.Status, m.Status)
	m.AllocatedCredits = returnedNumber(batch.AllocatedCredits, m.AllocatedCredits)
	m.CreatedAt = returnedText(batch.CreatedAt, m.CreatedAt)
	m.UpdatedAt = returnedText(batch.UpdatedAt, m.UpdatedAt)
	return unreadableOf(
		readable{"current_balance", batch.CurrentBalance.Known}, readable{"status", batch.Status.Known},
		readable{"allocated_credits", batch.AllocatedCredits.Known}, readable{"created_at", batch.CreatedAt.Known},
		readable{"updated_at", batch.UpdatedAt.Known})
}

func returnedText(field thoughtindustries.Field[string], before types.String) types.String {
	if field.Known || before.IsUnknown() {
		return textField(field)
	}
	return before
}

func returnedNumber(field thoughtindustries.Field[thoughtindustries.Number], before types.Number) types.Number {
	if field.Known || before.IsUnknown() {
		return numberField(field)
	}
	return before
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

// keepSame takes from the state what is the same written otherwise, and what only a response returns.
func (m *batchModel) keepSame(state *batchModel) {
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
	m.ID, m.CreatedAt, m.UpdatedAt, m.Status = state.ID, state.CreatedAt, state.UpdatedAt, state.Status
	m.CurrentBalance, m.AllocatedCredits = state.CurrentBalance, state.AllocatedCredits
}

// fixedChanges names the attributes that the API cannot change, or cannot clear, and that are to change. Unknown values
// are passed over.
func (m *batchModel) fixedChanges(state *batchModel) (changed, cleared []string) {
	differ := func(planned, prior types.String) bool {
		return !planned.IsUnknown() &&
			(planned.IsNull() != prior.IsNull() || !strings.EqualFold(planned.ValueString(), prior.ValueString()))
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
	if m.Name.IsNull() && !state.Name.IsNull() {
		cleared = append(cleared, "name")
	}
	if m.ExpiresOn.IsNull() && !state.ExpiresOn.IsNull() {
		cleared = append(cleared, "expires_on")
	}
	return changed, cleared
}

// change gives what a PUT has to send to make the state's batch the planned one; false where that is nothing.
func (m *batchModel) change(state *batchModel) (change thoughtindustries.CreditBatchChange, needed bool) {
	if !sameNames(m.Name, state.Name) {
		change.Name, needed = optionalString(m.Name), true
	}
	if !sameTime(m.ExpiresOn, state.ExpiresOn) {
		change.ExpiresOn, needed = (*thoughtindustries.Timestamp)(optionalTime(m.ExpiresOn)), true
	}
	return change, needed
}

// writtenBatch is what the last write of a batch sent and the service made of it, kept in private data. So a name or an
// expiry that the service stores in another form is told from one that somebody changed.
type writtenBatch struct {
	ExpiresOn string `json:"expires_on,omitempty"` // as configured
	// Shown is what the service shows in place of what was sent, by attribute; Before is what it showed before a change.
	Shown  map[string]string `json:"shown,omitempty"`
	Before map[string]string `json:"before,omitempty"`
}

const privateWritten = "written"

// privateState is what the framework calls private data in requests and responses.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func readWritten(ctx context.Context, private privateState) (written writtenBatch) {
	raw, _ := private.GetKey(ctx, privateWritten)
	if json.Unmarshal(raw, &written) != nil {
		return writtenBatch{}
	}
	return written
}

// save keeps what there is to keep: for most batches nothing.
func (w writtenBatch) save(ctx context.Context, private privateState) diag.Diagnostics {
	if w.ExpiresOn == "" && len(w.Shown)+len(w.Before) == 0 {
		return private.SetKey(ctx, privateWritten, nil)
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
	}
	return private.SetKey(ctx, privateWritten, raw)
}

// comparison is what a response or the listing shows of an attribute that the service may store in another form.
type comparison struct {
	attribute, sent, shown string
	same                   bool
}

func (c comparison) String() string {
	return fmt.Sprintf("%s: sent %q, stored %q", c.attribute, c.sent, shortened(c.shown))
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

// newWritten notes what a write sent, and describes what the service stored otherwise by its response; known is what it
// was known to show before.
func newWritten(
	m *batchModel, batch thoughtindustries.CreditBatch, known map[string]string,
) (written writtenBatch, stored []string) {
	written = writtenBatch{ExpiresOn: m.ExpiresOn.ValueString(), Shown: map[string]string{}}
	maps.Copy(written.Shown, known)
	for _, c := range m.compare(batch) {
		if delete(written.Shown, c.attribute); c.same || c.shown == "" {
			continue
		}
		if written.Shown[c.attribute] = c.shown; known[c.attribute] != c.shown {
			stored = append(stored, c.String())
		}
	}
	return written, stored
}

// refresh takes from the listing what was changed by hand, and describes what the service is found to store otherwise.
func (m *batchModel) refresh(batch thoughtindustries.CreditBatch, written *writtenBatch) (stored []string) {
	m.applyResponse(batch)
	for _, c := range m.compare(batch) {
		known, isKnown := written.Shown[c.attribute]
		before, wasBefore := written.Before[c.attribute]
		delete(written.Before, c.attribute)
		switch {
		case c.same, isKnown && known == c.shown:
		case wasBefore && before == c.shown:
			// The service confirmed a change that it did not make. It is not sent again and again.
			if written.Shown == nil {
				written.Shown = map[string]string{}
			}
			written.Shown[c.attribute] = c.shown
			stored = append(stored, c.String())
		case c.attribute == "name":
			m.Name = textField(batch.Name)
		default:
			m.ExpiresOn, _ = expiryOf(batch)
		}
	}
	return stored
}
