package provider

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A plan of thousands of accounts that changes nothing asks the same two
// questions of each, and the answers differ in nothing but what the engine has
// just said: read gives the state as it is, and plan the state as it was. The
// framework walks every attribute several times for that, which is most of what
// such a plan costs. So it is asked once, and what it makes of the private data
// of an account is remembered for all that have the same.
type unchanged struct {
	mu sync.Mutex
	// The keys are the private data before, and the values the same after.
	read map[string][]byte
	plan map[string]plannedNothing
}

type plannedNothing struct {
	private  []byte
	identity *tfprotov6.ResourceIdentityData // where the engine told none
}

// forget is called when the provider is configured: what was answered before
// was answered without a session.
func (u *unchanged) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.read, u.plan = map[string][]byte{}, map[string]plannedNothing{}
}

func (u *unchanged) readBefore(private []byte) ([]byte, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	after, ok := u.read[string(private)]
	return after, ok
}

func (u *unchanged) learnRead(private []byte, resp *tfprotov6.ReadResourceResponse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.read[string(private)] = resp.Private
}

// planKey: where the engine tells no identity, the answer holds one all the same.
func planKey(req *tfprotov6.PlanResourceChangeRequest) string {
	if req.PriorIdentity == nil {
		return "without\x00" + string(req.PriorPrivate)
	}
	return "with\x00" + string(req.PriorPrivate)
}

func (u *unchanged) planBefore(req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	planned, ok := u.plan[planKey(req)]
	if !ok {
		return nil, false
	}
	identity := req.PriorIdentity
	if identity == nil {
		identity = planned.identity
	}
	return &tfprotov6.PlanResourceChangeResponse{
		PlannedState: req.ProposedNewState, PlannedPrivate: planned.private, PlannedIdentity: identity,
	}, true
}

func (u *unchanged) learnPlan(req *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.plan[planKey(req)] = plannedNothing{resp.PlannedPrivate, resp.PlannedIdentity}
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
	private, ok := s.unchanged.readBefore(req.Private)
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

// changesNothing reports whether a plan call is for an account that stays as it
// is: the engine proposes what the state holds, so that every configured value
// is known and the same. It asks the register what ModifyPlan asks it, and what
// the register objects to is for ModifyPlan to say.
func (s *watchingServer) changesNothing(req *tfprotov6.PlanResourceChangeRequest) bool {
	if req.TypeName != creditAccountType || req.PriorState == nil || req.ProposedNewState == nil ||
		len(req.PriorState.MsgPack) == 0 || !bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) {
		return false
	}
	state := attributesOf(req.TypeName, req.PriorState)
	id, existing := textOf(state["id"]), textOf(state["existing_account_id"])
	if id == "" || existing != "" && !strings.EqualFold(existing, id) {
		return false
	}
	return !s.held.creates(accountKey(textOf(state["client_id"]), textOf(state["name"]))) && s.held.keep(id)
}

// textOf gives a string that is there; empty for any other value.
func textOf(value tftypes.Value) string {
	var text string
	if value.IsNull() || !value.IsKnown() || value.As(&text) != nil {
		return ""
	}
	return text
}
