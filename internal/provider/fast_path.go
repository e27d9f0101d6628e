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

// A run of thousands of accounts asks the same questions of each, and most
// answers hold nothing but what the engine has just said: read gives the state
// as it is, the plan of an account that stays is its state, and the plan of a
// new one is its configuration. The framework walks every attribute several
// times for that, which is most of what the provider costs. So it is asked once,
// and what it makes of the private data of an account is remembered for all that
// have the same.
type answers struct {
	mu sync.Mutex
	// The keys are the private data before, and the values the same after.
	reads map[string][]byte
	plans map[string]plannedBefore
	// configured: there is a session, and the state registry is the run's.
	configured bool
}

type plannedBefore struct {
	private  []byte
	identity *tfprotov6.ResourceIdentityData // where the engine told none
}

// begin is called when the provider has been configured: what was answered
// before was answered without a session.
func (a *answers) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reads, a.plans, a.configured = map[string][]byte{}, map[string]plannedBefore{}, true
}

func (a *answers) begun() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.configured
}

func (a *answers) read(private []byte) ([]byte, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	after, ok := a.reads[string(private)]
	return after, ok
}

func (a *answers) learnRead(private []byte, resp *tfprotov6.ReadResourceResponse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reads[string(private)] = resp.Private
}

// planKey: where the engine tells no identity, the answer holds one all the same.
func planKey(kind planKind, req *tfprotov6.PlanResourceChangeRequest) string {
	key := string(kind) + "\x00"
	if req.PriorIdentity == nil {
		key += "anonymous"
	}
	return key + "\x00" + string(req.PriorPrivate)
}

func (a *answers) plan(kind planKind, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	planned, ok := a.plans[planKey(kind, req)]
	if !ok {
		return nil, false
	}
	identity := req.PriorIdentity
	if identity == nil {
		identity = planned.identity
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: planned.private, PlannedIdentity: identity}, true
}

func (a *answers) learnPlan(kind planKind, req *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
	if resp == nil || len(resp.Diagnostics) > 0 || len(resp.RequiresReplace) > 0 || resp.Deferred != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.plans[planKey(kind, req)] = plannedBefore{resp.PlannedPrivate, resp.PlannedIdentity}
}

// readUnchanged answers for an account that is known to the engine by the
// identity that its state has, or by none yet.
func (s *watchingServer) readUnchanged(req *tfprotov6.ReadResourceRequest, state map[string]tftypes.Value) (resp *tfprotov6.ReadResourceResponse, plain bool) {
	identity, ok := identityOf(state)
	if !ok {
		return nil, false
	}
	if req.CurrentIdentity != nil && (req.CurrentIdentity.IdentityData == nil ||
		!bytes.Equal(req.CurrentIdentity.IdentityData.MsgPack, identity.IdentityData.MsgPack)) {
		return nil, false
	}
	private, ok := s.answers.read(req.Private)
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

// planKind is what a plan call is about, as far as it can be answered here.
type planKind string

const (
	stays   planKind = "stays"
	created planKind = "created"
)

// planned answers a plan call for an account that stays as it is, or is new and
// in nobody's way. What planAccount would not pass silently is for it to say.
// kind is empty where the call is of another sort; the answer is nil where it is
// not known yet.
func (s *watchingServer) planned(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (answer *tfprotov6.PlanResourceChangeResponse, kind planKind) {
	if req == nil || req.TypeName != creditAccountType || req.PriorState == nil || req.ProposedNewState == nil ||
		len(req.PriorState.MsgPack) == 0 || !s.answers.begun() {
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
	answer, ok := s.answers.plan(stays, req)
	if !ok {
		return nil, stays
	}
	if !s.registry.tryRetain(id) {
		return nil, ""
	}
	answer.PlannedState = req.ProposedNewState
	return answer, stays
}

// plannedCreated: what is configured, and what the API chooses unknown.
func (s *watchingServer) plannedCreated(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest, attributes map[string]tftypes.Value) (*tfprotov6.PlanResourceChangeResponse, planKind) {
	client, name := textOf(attributes["client_id"]), textOf(attributes["name"])
	if client == "" || name == "" || !attributes["existing_account_id"].IsNull() {
		return nil, ""
	}
	answer, ok := s.answers.plan(created, req)
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
	answer.PlannedState = &state
	return answer, created
}

// textOf gives a string that is there; empty for any other value.
func textOf(value tftypes.Value) string {
	var text string
	if value.IsNull() || !value.IsKnown() || value.As(&text) != nil {
		return ""
	}
	return text
}
