package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Server gives the provider as engines talk to it. The version is shown in the
// User-Agent.
func Server(version string) func() tfprotov6.ProviderServer {
	return serverWith(version, nil)
}

// serverWith lets simulations replace the network and tests shorten the look.
func serverWith(version string, dial thoughtindustries.DialFunc, adjust ...func(*thoughtindustries.Config)) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		held := newRegister()
		inner := providerserver.NewProtocol6(newProvider(version, held, dial, adjust...))()
		if full, ok := inner.(fullServer); ok {
			return &watchingServer{fullServer: full, held: held}
		}
		// A framework that serves less than it does today would be a new
		// version of it, and the tests would tell.
		panic("terraform-plugin-framework does not serve all of protocol 6")
	}
}

// fullServer names the optional parts of the protocol too: a wrapper that
// embeds less would hide them from the engine.
type fullServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// watchingServer tells the register what the state holds. The framework offers
// no place for that: it calls a resource's upgraders for states of older
// versions alone.
type watchingServer struct {
	fullServer

	held *register
}

// UpgradeResourceState is called for every object of the state before anything
// else is asked of it.
func (s *watchingServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req != nil && guards(req.TypeName) && req.RawState != nil {
		s.held.hold(req.TypeName, req.RawState.JSON)
	}
	return s.fullServer.UpgradeResourceState(ctx, req)
}

// guards reports whether objects of a type are never created twice.
func guards(resourceType string) bool {
	return resourceType == creditAccountType || resourceType == creditBatchType
}

// ReadResource leaves a guarded object alone: it has no id, and so no
// identity, and the framework takes a missing identity for a fault.
func (s *watchingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if req != nil && guards(req.TypeName) && s.held.anyGuarded() && isGuardedState(ctx, req.TypeName, req.CurrentState) {
		return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
	}
	return s.fullServer.ReadResource(ctx, req)
}

// isGuardedState reports whether a state has no id.
func isGuardedState(ctx context.Context, resourceType string, state *tfprotov6.DynamicValue) bool {
	if state == nil {
		return false
	}
	schema := creditAccountSchema(ctx)
	if resourceType == creditBatchType {
		schema = creditBatchSchema(ctx)
	}
	value, err := state.Unmarshal(schema.Type().TerraformType(ctx))
	if err != nil || value.IsNull() {
		return false
	}
	var attributes map[string]tftypes.Value
	return value.As(&attributes) == nil && attributes["id"].IsNull()
}
