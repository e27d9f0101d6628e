package provider

import (
	"context"
	"encoding/json"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Server gives the provider as engines talk to it. The version is shown in the User-Agent.
func Server(version string) func() tfprotov6.ProviderServer { return ServerWithDial(version, nil) }

// ServerWithDial is Server over the connections that dial makes, in place of the network's.
func ServerWithDial(version string, dial thoughtindustries.DialFunc) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		state := registry.New()
		provider := newProvider(version, state, dial)
		full, ok := providerserver.NewProtocol6(provider)().(fullServer)
		if !ok {
			panic("terraform-plugin-framework does not serve all of protocol 6")
		}
		return &server{fullServer: full, provider: provider, registry: state, quiet: loggingDisabled()}
	}
}

// fullServer names the optional parts of the protocol too: a wrapper that embeds less would hide them from the engine.
type fullServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's, and hands the state to the registry, for which the framework has no place. Each override
// of a call that comes once an object also makes its context light.
type server struct {
	fullServer

	provider *tiProvider
	registry *registry.Registry
	quiet    bool // nobody listens to logs
}

// kindOf gives the kind of objects that a resource type declares; false for any other type.
func kindOf(typeName string) (registry.Kind, bool) {
	switch typeName {
	case creditAccountType:
		return registry.Account, true
	case creditBatchType:
		return registry.Batch, true
	}
	return "", false
}

// UpgradeResourceState is called for every object of the state before anything else is asked of it.
func (s *server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	ctx, end := s.light(ctx)
	defer end()
	resp, err := s.fullServer.UpgradeResourceState(ctx, req)
	kind, ok := kindOf(req.TypeName)
	if !ok || req.RawState == nil || resp == nil {
		return resp, err
	}
	var state struct {
		ClientID        string      `json:"client_id"`
		Name            string      `json:"name"`
		StartingBalance json.Number `json:"starting_balance"`
		CreditAccountID string      `json:"credit_account_id"`
		ID              string      `json:"id"`
		Status          string      `json:"status"`
	}
	if json.Unmarshal(req.RawState.JSON, &state) == nil { // else the framework says so
		balance, _ := thoughtindustries.ParseNumber(state.StartingBalance.String())
		resp.Diagnostics = append(resp.Diagnostics, s.track(ctx, registry.Object{
			Kind: kind, ClientID: state.ClientID, Name: state.Name, StartingBalance: balance,
			CreditAccountID: state.CreditAccountID, ID: state.ID, Status: state.Status,
		})...)
	}
	return resp, err
}

// track hands an object of the state to the registry. A creation that was planned before and is in conflict with it is
// refused here, because no other call comes for a tainted object.
func (s *server) track(ctx context.Context, object registry.Object) []*tfprotov6.Diagnostic {
	if !s.registry.Track(object) {
		return nil
	}
	summary, detail := s.provider.session.conflict(ctx, object)
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail}}
}

// MoveResourceState makes an account of an object of another provider, which not every engine hands to
// UpgradeResourceState afterwards. OpenTofu before 1.12.5 calls it for objects of this provider too, whose address
// changed, instead of UpgradeResourceState.
func (s *server) MoveResourceState(
	ctx context.Context, req *tfprotov6.MoveResourceStateRequest,
) (*tfprotov6.MoveResourceStateResponse, error) {
	if _, ours := kindOf(req.SourceTypeName); ours && req.SourceTypeName == req.TargetTypeName {
		upgraded, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
			TypeName: req.TargetTypeName, Version: req.SourceSchemaVersion, RawState: req.SourceState,
		})
		if upgraded == nil {
			return nil, err
		}
		return &tfprotov6.MoveResourceStateResponse{
			TargetState: upgraded.UpgradedState, TargetPrivate: req.SourcePrivate, Diagnostics: upgraded.Diagnostics,
		}, err
	}
	resp, err := s.fullServer.MoveResourceState(ctx, req)
	if resp == nil || resp.TargetState == nil || req.TargetTypeName != creditAccountType {
		return resp, err
	}
	client, name, id := stateText(req.TargetTypeName, resp.TargetState)
	resp.Diagnostics = append(resp.Diagnostics, s.track(ctx, registry.Object{
		Kind: registry.Account, ClientID: client.ValueString(), Name: name.ValueString(), ID: id.ValueString(),
	})...)
	return resp, err
}

// ReadResource leaves an unresolved object as it is: it has no identity, which the framework takes for an error.
func (s *server) ReadResource(
	ctx context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	ctx, end := s.light(ctx)
	defer end()
	if _, ok := kindOf(req.TypeName); ok && s.registry.HadUnresolved() {
		if client, _, id := stateText(req.TypeName, req.CurrentState); !client.IsNull() && id.IsNull() {
			return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
		}
	}
	return s.fullServer.ReadResource(ctx, req)
}

// stateText gives texts of a state; null where there are none or there is no state.
func stateText(typeName string, state *tfprotov6.DynamicValue) (client, name, id types.String) {
	schema := creditAccountSchema()
	if typeName == creditBatchType {
		schema = creditBatchSchema()
	}
	ctx := context.Background()
	raw, err := state.Unmarshal(schema.Type().TerraformType(ctx))
	if err != nil {
		return client, name, id
	}
	attributes := tfsdk.State{Schema: schema, Raw: raw}
	attributes.GetAttribute(ctx, path.Root("client_id"), &client)
	attributes.GetAttribute(ctx, path.Root("name"), &name)
	attributes.GetAttribute(ctx, path.Root("id"), &id)
	return client, name, id
}

// The following calls are the framework's, with a light context.

func (s *server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	ctx, end := s.light(ctx)
	defer end()
	return s.fullServer.ValidateResourceConfig(ctx, req)
}

func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	ctx, end := s.light(ctx)
	defer end()
	return s.fullServer.PlanResourceChange(ctx, req)
}

func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	ctx, end := s.light(ctx)
	defer end()
	return s.fullServer.ApplyResourceChange(ctx, req)
}

// light gives a context that ends with the call and keeps nothing of it: the framework keeps every context until the
// process ends. Where somebody listens to logs, it is the call's own, which has the loggers.
func (s *server) light(ctx context.Context) (context.Context, context.CancelFunc) {
	if !s.quiet {
		return ctx, func() {}
	}
	light, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, cancel)
	return light, func() { stop(); cancel() }
}

// loggingDisabled reports whether main has turned all logs off.
func loggingDisabled() bool {
	return os.Getenv("TF_LOG_SDK") == "off" && os.Getenv("TF_LOG_PROVIDER_THOUGHTINDUSTRIES") == "off"
}
