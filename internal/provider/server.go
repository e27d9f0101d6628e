package provider

import (
	"context"
	"net"
	"sync"

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

// ServerWithDial is Server over the connections that dial makes, in place of
// the network's.
func ServerWithDial(version string, dial func(ctx context.Context, network, address string) (net.Conn, error)) func() tfprotov6.ProviderServer {
	return serverWith(version, dial)
}

// serverWith lets simulations replace the network and tests shorten the lookup.
func serverWith(version string, dial thoughtindustries.DialFunc, adjust ...func(*thoughtindustries.Config)) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		registry := newStateRegistry()
		provider := newProvider(version, registry, dial, adjust...)
		inner := providerserver.NewProtocol6(provider)()
		if full, ok := inner.(fullServer); ok {
			return &watchingServer{fullServer: full, provider: provider, registry: registry, quiet: loggingDisabled()}
		}
		// A framework that serves less than it does today would be a new
		// version of it, and the tests would fail.
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

// watchingServer tells the state registry what the state has. The framework offers
// no place for that: it calls a resource's upgraders for states of older
// versions alone.
type watchingServer struct {
	fullServer

	provider *tiProvider
	registry *stateRegistry
	fastPath fastPath
	// quiet: nobody listens to logs.
	quiet bool
}

// ConfigureProvider starts the fast path anew.
func (s *watchingServer) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	defer s.fastPath.begin()
	return s.fullServer.ConfigureProvider(ctx, req)
}

// UpgradeResourceState is called for every object of the state before anything
// else is asked of it.
func (s *watchingServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	ctx, ended := s.detachable(ctx)
	defer ended()
	resp, err := s.fullServer.UpgradeResourceState(ctx, req)
	if req != nil && createdOnce(req.TypeName) && req.RawState != nil && resp != nil {
		if object, ok := trackedIn(req.TypeName, req.RawState.JSON); ok && s.registry.track(object) {
			resp.Diagnostics = append(resp.Diagnostics, s.conflictWith(ctx, object))
		}
	}
	return resp, err
}

// conflictWith says that a creation which was planned before would be a second
// object. It is said here, where the state hands the object over: a tainted one
// is asked about by no call of its own.
func (s *watchingServer) conflictWith(ctx context.Context, object trackedObject) *tfprotov6.Diagnostic {
	summary, detail := object.subject().second, object.secondDetail(s.registry.alongsideOf(object))
	if object.unresolved() {
		summary, detail = sumUnresolved, s.provider.configured.unresolvedDetail(ctx, object)
	}
	return &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail}
}

// createdOnce reports whether objects of a type are never created twice.
func createdOnce(resourceType string) bool {
	return resourceType == creditAccountType || resourceType == creditBatchType
}

// MoveResourceState is how an object of another provider becomes an account.
// Not every engine hands what it gets back to UpgradeResourceState. OpenTofu
// before 1.12.5 calls it instead of that one too where an object only got
// another address or its provider another source.
func (s *watchingServer) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	if req != nil && req.SourceTypeName == req.TargetTypeName && createdOnce(req.TargetTypeName) {
		upgraded, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
			TypeName: req.TargetTypeName, Version: req.SourceSchemaVersion, RawState: req.SourceState,
		})
		if upgraded == nil {
			return nil, err
		}
		return &tfprotov6.MoveResourceStateResponse{TargetState: upgraded.UpgradedState, TargetPrivate: req.SourcePrivate, Diagnostics: upgraded.Diagnostics}, err
	}
	resp, err := s.fullServer.MoveResourceState(ctx, req)
	if resp == nil || resp.TargetState == nil || req.TargetTypeName != creditAccountType {
		return resp, err
	}
	var moved creditAccountModel
	if value, err := resp.TargetState.Unmarshal(creditAccountObject()); err == nil && !value.IsNull() && !accountModel().get(ctx, value, &moved).HasError() {
		if object := trackedFrom(&moved); s.registry.track(object) {
			resp.Diagnostics = append(resp.Diagnostics, s.conflictWith(ctx, object))
		}
	}
	return resp, err
}

// ValidateResourceConfig says of a required value that is null where it stands.
// The framework's own error, which engines show after writing the configuration
// of an import, names the attribute and no more.
func (s *watchingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	ctx, ended := s.detachable(ctx)
	defer ended()
	resp, err := s.fullServer.ValidateResourceConfig(ctx, req)
	if resp == nil || req.TypeName != creditAccountType {
		return resp, err
	}
	for _, diagnostic := range resp.Diagnostics {
		for attribute := range whereToFind {
			if diagnostic.Summary == missingRequired && diagnostic.Attribute.Equal(tftypes.NewAttributePath().WithAttributeName(attribute)) {
				diagnostic.Summary, diagnostic.Detail = sumMissingValue, missingValueDetail(attribute)
			}
		}
	}
	return resp, err
}

// missingRequired is the framework's summary.
const missingRequired = "Missing Configuration for Required Attribute"

// ReadResource leaves an object alone that lacks an id (its outcome is unknown)
// or a client (it was moved from a state without it): it has no identity, and
// the framework treats a missing identity as an error. Accounts that have both
// take the fast path.
func (s *watchingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	ctx, ended := s.detachable(ctx)
	defer ended()
	if req == nil || !createdOnce(req.TypeName) || req.TypeName == creditBatchType && !s.registry.anyUnidentified() {
		return s.fullServer.ReadResource(ctx, req)
	}
	state := attributesOf(req.TypeName, req.CurrentState)
	if state != nil && (state["id"].IsNull() || state["client_id"].IsNull()) {
		return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
	}
	if state == nil || req.TypeName != creditAccountType {
		return s.fullServer.ReadResource(ctx, req)
	}
	fast, plain := s.readUnchanged(req, state)
	if fast != nil {
		return fast, nil
	}
	resp, err := s.fullServer.ReadResource(ctx, req)
	if plain && s.fastPath.begun() && err == nil && resp != nil && len(resp.Diagnostics) == 0 {
		s.fastPath.learnRead(req.Private, resp)
	}
	return resp, err
}

// PlanResourceChange sends unchanged and new accounts on the fast path.
func (s *watchingServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	fast, kind := s.planned(ctx, req)
	if fast != nil {
		return fast, nil
	}
	ctx, ended := s.detachable(ctx)
	defer ended()
	resp, err := s.fullServer.PlanResourceChange(ctx, req)
	if kind != "" && err == nil {
		s.fastPath.learnPlan(kind, req, resp)
	}
	return resp, err
}

// ApplyResourceChange is the framework's.
func (s *watchingServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	ctx, ended := s.detachable(ctx)
	defer ended()
	return s.fullServer.ApplyResourceChange(ctx, req)
}

// What the schemas are to the protocol, made up once.
var (
	creditAccountObject = sync.OnceValue(func() tftypes.Type {
		return creditAccountSchema(context.Background()).Type().TerraformType(context.Background())
	})
	creditBatchObject = sync.OnceValue(func() tftypes.Type {
		return creditBatchSchema(context.Background()).Type().TerraformType(context.Background())
	})
)

// attributesOf takes a state apart; nil where there is none.
func attributesOf(resourceType string, state *tfprotov6.DynamicValue) map[string]tftypes.Value {
	if state == nil {
		return nil
	}
	objects := creditAccountObject
	if resourceType == creditBatchType {
		objects = creditBatchObject
	}
	value, err := state.Unmarshal(objects())
	if err != nil || value.IsNull() {
		return nil
	}
	var attributes map[string]tftypes.Value
	if value.As(&attributes) != nil {
		return nil
	}
	return attributes
}
