package provider

import (
	"bytes"
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A fastPath responds to the calls that a run with thousands of accounts repeats
// for each of them. Most responses only repeat the request: a read returns the
// state as it is, the plan of an unchanged account is its state, and the plan of
// a new one is its configuration. The framework walks every attribute several
// times for that, which is most of the provider's cost. So the framework handles
// the first call, and what it did to the private data is reused for all accounts
// that have the same private data.
type fastPath struct {
	mu sync.Mutex
	// reads maps the private data of a request to that of the response.
	reads map[string][]byte
	plans map[planKey]plannedBefore
	// configured: there is a session, and the state registry is the run's.
	configured bool
}

// A planKey says which plan calls get the same private data and identity.
type planKey struct {
	kind planKind
	// anonymous: the request had no identity, but the response has one.
	anonymous bool
	private   string
}

type plannedBefore struct {
	private  []byte
	identity *tfprotov6.ResourceIdentityData // for requests without an identity
}

// begin is called when the provider has been configured: responses from before
// were given without a session.
func (f *fastPath) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads, f.plans, f.configured = map[string][]byte{}, map[planKey]plannedBefore{}, true
}

func (f *fastPath) begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.configured
}

func (f *fastPath) read(private []byte) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	after, ok := f.reads[string(private)]
	return after, ok
}

func (f *fastPath) learnRead(private []byte, resp *tfprotov6.ReadResourceResponse) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads[string(private)] = resp.Private
}

func planKeyOf(kind planKind, req *tfprotov6.PlanResourceChangeRequest) planKey {
	return planKey{kind: kind, anonymous: req.PriorIdentity == nil, private: string(req.PriorPrivate)}
}

func (f *fastPath) plan(kind planKind, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	planned, ok := f.plans[planKeyOf(kind, req)]
	if !ok {
		return nil, false
	}
	identity := req.PriorIdentity
	if identity == nil {
		identity = planned.identity
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: planned.private, PlannedIdentity: identity}, true
}

func (f *fastPath) learnPlan(kind planKind, req *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
	if resp == nil || len(resp.Diagnostics) > 0 || len(resp.RequiresReplace) > 0 || resp.Deferred != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans[planKeyOf(kind, req)] = plannedBefore{private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
}

// readUnchanged returns the state of an account as it is, if the engine knows
// the account by the identity in its state, or by none yet.
func (s *watchingServer) readUnchanged(req *tfprotov6.ReadResourceRequest, state map[string]tftypes.Value) (resp *tfprotov6.ReadResourceResponse, plain bool) {
	identity, ok := identityOf(state)
	if !ok {
		return nil, false
	}
	if req.CurrentIdentity != nil && (req.CurrentIdentity.IdentityData == nil ||
		!bytes.Equal(req.CurrentIdentity.IdentityData.MsgPack, identity.IdentityData.MsgPack)) {
		return nil, false
	}
	private, ok := s.fastPath.read(req.Private)
	if !ok {
		return nil, true
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: private, NewIdentity: identity}, true
}

var identityType = sync.OnceValue(func() tftypes.Type {
	return creditAccountIdentitySchema().Type().TerraformType(context.Background())
})

func identityOf(state map[string]tftypes.Value) (*tfprotov6.ResourceIdentityData, bool) {
	client, id := textOf(state["client_id"]), textOf(state["id"])
	if client == "" || id == "" {
		return nil, false
	}
	data, err := tfprotov6.NewDynamicValue(identityType(), tftypes.NewValue(identityType(), map[string]tftypes.Value{
		"client_id": state["client_id"], "id": state["id"],
	}))
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}, err == nil
}

// planKind is what a plan call is about, as far as the fast path handles it.
type planKind string

const (
	stays   planKind = "stays"
	created planKind = "created"
)

// planned handles a plan call for an account that is unchanged or new, once a
// response of its kind is remembered. The decision is planAccount's, as it is when
// the framework handles the call. kind is empty for other calls; resp is nil if
// the framework has to handle the call.
func (s *watchingServer) planned(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (resp *tfprotov6.PlanResourceChangeResponse, kind planKind) {
	if req == nil || req.TypeName != creditAccountType || req.PriorState == nil || req.ProposedNewState == nil ||
		len(req.PriorState.MsgPack) == 0 || !s.fastPath.begun() {
		return nil, ""
	}
	attributes := attributesOf(req.TypeName, req.ProposedNewState)
	if attributes == nil || !attributes["create_alongside"].IsNull() || textOf(attributes["client_id"]) == "" || textOf(attributes["name"]) == "" {
		return nil, "" // to be destroyed, beside others, or of a key that is not known
	}
	var prior *creditAccountModel
	var proposed creditAccountModel
	switch {
	case bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) && textOf(attributes["id"]) != "":
		// The engine proposes what the state has, so every configured value is known and the same.
		kind, prior = stays, &proposed
	case attributesOf(req.TypeName, req.PriorState) == nil && len(req.PriorPrivate) == 0 && attributes["existing_account_id"].IsNull():
		kind = created
	default:
		return nil, ""
	}
	resp, ok := s.fastPath.plan(kind, req)
	if !ok || accountModel().getAttributes(ctx, attributes, &proposed).HasError() {
		return nil, kind
	}
	resp.PlannedState = req.ProposedNewState
	if kind == created {
		state, err := createdState(attributes, &proposed)
		if err != nil {
			return nil, ""
		}
		resp.PlannedState = &state
	}
	config := proposed
	resp.Diagnostics = protocolDiagnostics(s.provider.configured.planAccount(ctx, &config, prior, &proposed, nil).diags)
	return resp, kind
}

// createdState is what is configured, and what the API chooses unknown.
func createdState(attributes map[string]tftypes.Value, proposed *creditAccountModel) (tfprotov6.DynamicValue, error) {
	if balance := proposed.StartingBalance; !balance.IsUnknown() {
		attributes["starting_balance"] = tftypes.NewValue(tftypes.Number, balance.ValueBigFloat())
	}
	for name, attribute := range creditAccountSchemaOnce().Attributes {
		// Nothing but the configuration gives a new account a value.
		if attribute.IsComputed() && attributes[name].IsNull() {
			attributes[name] = tftypes.NewValue(attributes[name].Type(), tftypes.UnknownValue)
		}
	}
	return tfprotov6.NewDynamicValue(creditAccountObject(), tftypes.NewValue(creditAccountObject(), attributes))
}

// protocolDiagnostics are what a plan says, for the protocol. Their paths are of
// attributes at the top.
func protocolDiagnostics(diags diag.Diagnostics) (result []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		converted := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: d.Summary(), Detail: d.Detail()}
		if d.Severity() == diag.SeverityError {
			converted.Severity = tfprotov6.DiagnosticSeverityError
		}
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			converted.Attribute = tftypes.NewAttributePath().WithAttributeName(at.Path().String())
		}
		result = append(result, converted)
	}
	return result
}

// textOf gives a string that is there; empty for any other value.
func textOf(value tftypes.Value) string {
	var text string
	if value.IsNull() || !value.IsKnown() || value.As(&text) != nil {
		return ""
	}
	return text
}
