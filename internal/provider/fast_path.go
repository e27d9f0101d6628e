package provider

import (
	"bytes"
	"context"
	"math/big"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
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

// planned handles a plan call for an account that is unchanged, or is new and
// conflicts with none. Whatever planAccount would report is left to it. kind is
// empty for other calls; resp is nil if the framework has to handle the call.
func (s *watchingServer) planned(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (resp *tfprotov6.PlanResourceChangeResponse, kind planKind) {
	if req == nil || req.TypeName != creditAccountType || req.PriorState == nil || req.ProposedNewState == nil ||
		len(req.PriorState.MsgPack) == 0 || !s.fastPath.begun() {
		return nil, ""
	}
	attributes := attributesOf(req.TypeName, req.ProposedNewState)
	switch {
	case attributes == nil || !attributes["create_alongside"].IsNull(): // to be destroyed, or beside others
		return nil, ""
	case bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack):
		return s.plannedStaying(req, attributes)
	case attributesOf(req.TypeName, req.PriorState) == nil && len(req.PriorPrivate) == 0:
		return s.plannedCreated(ctx, req, attributes)
	}
	return nil, ""
}

// plannedStaying: the engine proposes what the state has, so every configured
// value is known and the same.
func (s *watchingServer) plannedStaying(req *tfprotov6.PlanResourceChangeRequest, attributes map[string]tftypes.Value) (*tfprotov6.PlanResourceChangeResponse, planKind) {
	id, existing := textOf(attributes["id"]), textOf(attributes["existing_account_id"])
	if id == "" || attributes["name"].IsNull() || existing != "" && !strings.EqualFold(existing, id) {
		return nil, ""
	}
	resp, ok := s.fastPath.plan(stays, req)
	if !ok {
		return nil, stays
	}
	if !s.registry.tryRetain(id) {
		return nil, ""
	}
	resp.PlannedState = req.ProposedNewState
	return resp, stays
}

// plannedCreated: what is configured, and what the API chooses unknown.
func (s *watchingServer) plannedCreated(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest, attributes map[string]tftypes.Value) (*tfprotov6.PlanResourceChangeResponse, planKind) {
	client, name := textOf(attributes["client_id"]), textOf(attributes["name"])
	if client == "" || name == "" || !attributes["existing_account_id"].IsNull() {
		return nil, ""
	}
	resp, ok := s.fastPath.plan(created, req)
	if !ok {
		return nil, created
	}
	balance := attributes["starting_balance"]
	if credits := new(big.Float); balance.IsKnown() && balance.As(&credits) == nil {
		credits = exactNumber(credits)
		found, err := s.provider.configured.existingAccounts(ctx, thoughtindustries.CreditAccountRequest{ClientID: client, Name: name, StartingBalance: credits}, false)
		if err != nil || len(found) > 0 {
			return nil, ""
		}
		attributes["starting_balance"] = tftypes.NewValue(tftypes.Number, credits)
	}
	for name, attribute := range creditAccountSchemaOnce().Attributes {
		// Nothing but the configuration gives a new account a value.
		if attribute.IsComputed() && attributes[name].IsNull() {
			attributes[name] = tftypes.NewValue(attributes[name].Type(), tftypes.UnknownValue)
		}
	}
	state, err := tfprotov6.NewDynamicValue(creditAccountObject(), tftypes.NewValue(creditAccountObject(), attributes))
	if err != nil || !s.registry.tryPlanCreate(accountKey(client, name)) {
		return nil, ""
	}
	resp.PlannedState = &state
	return resp, created
}

// textOf gives a string that is there; empty for any other value.
func textOf(value tftypes.Value) string {
	var text string
	if value.IsNull() || !value.IsKnown() || value.As(&text) != nil {
		return ""
	}
	return text
}
