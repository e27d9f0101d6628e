// Package provider is the Terraform provider: Terraform's words for what package thoughtindustries does.
package provider

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const typeName = "thoughtindustries"

// Summaries of what the configuration lacks or has wrong.
const (
	sumInvalidConfiguration = "Invalid provider configuration"
	sumNotConfigured        = "Provider not configured"
	sumConfiguredTwice      = "Provider configured for two instances"
)

// planLookupTime is what the lookups of all plans of a run may take together.
const planLookupTime = time.Minute

var (
	_ tfprovider.ProviderWithValidateConfig = (*tiProvider)(nil)
	_ tfprovider.ProviderWithListResources  = (*tiProvider)(nil)
)

type tiProvider struct {
	version  string
	registry *registry.Registry
	dial     thoughtindustries.DialFunc // replaces the network in simulations; nil otherwise
	session  *session                   // nil before Configure
	target   string                     // address and key of the first session that had both
}

// session is what resources, data sources and list resources get from a configured provider.
type session struct {
	client     *thoughtindustries.Client // nil where something is missing that a request needs
	missing    string                    // says what, with the arguments and variables that would give it
	unknown    bool                      // the missing values are not known yet, so a plan can only wait
	registry   *registry.Registry
	onExisting thoughtindustries.OnExisting

	warned       sync.Map // warnings given in this run
	planStarted  sync.Once
	planDeadline time.Time
}

// firstTime reports whether this warning has not been given yet in this run.
func (s *session) firstTime(warning string) bool {
	_, given := s.warned.LoadOrStore(warning, true)
	return !given
}

// planContext ends when the lookups of all plans of a run have had their time, which begins with the first of them.
func (s *session) planContext(ctx context.Context) (context.Context, context.CancelFunc) {
	s.planStarted.Do(func() { s.planDeadline = time.Now().Add(planLookupTime) })
	return context.WithDeadline(ctx, s.planDeadline)
}

func newProvider(version string, registry *registry.Registry, dial thoughtindustries.DialFunc) *tiProvider {
	return &tiProvider{version: version, registry: registry, dial: dial}
}

func (p *tiProvider) Metadata(_ context.Context, _ tfprovider.MetadataRequest, resp *tfprovider.MetadataResponse) {
	resp.TypeName, resp.Version = typeName, p.version
}

// Configure builds the client. A missing key or address is not an error yet: a plan of accounts needs no request, and
// in pipelines the plan often has no key.
func (p *tiProvider) Configure(
	ctx context.Context, req tfprovider.ConfigureRequest, resp *tfprovider.ConfigureResponse,
) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.session != nil && p.session.client != nil {
		p.session.client.Close()
	}
	p.registry.Reset()
	p.session = &session{
		registry:   p.registry,
		onExisting: thoughtindustries.OnExisting(model.OnExistingAccount.ValueString()),
	}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData = p.session, p.session, p.session

	if unknown := unknownArguments(req.Config.Raw); unknown != "" {
		p.session.unknown = true
		p.session.missing = "These arguments of the provider's configuration are not known yet: " + unknown + "."
		return
	}
	config, missing := model.clientConfig(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if missing != "" {
		p.session.missing = missing
		resp.Diagnostics.AddWarning(sumNotConfigured, missing+
			"\n\nYou can plan credit accounts without this, but then only the apply finds existing accounts, and "+
			"credit batches are not refreshed. Data sources and every apply need it.")
		return
	}
	// The framework gives every resource the latest session, so resources of the first would go to the second address.
	target := config.BaseURL.String() + " " + config.APIKey
	if p.target = cmp.Or(p.target, target); p.target != target {
		resp.Diagnostics.AddError(sumConfiguredTwice,
			"One process of the provider was configured for two addresses or with two API keys. Nothing was sent "+
				"to the second. Terraform normally starts one process for each configuration, but not with -debug. "+
				"Restart the provider, and debug one provider block at a time.")
		return
	}
	config.UserAgent = userAgent(p.version, req.TerraformVersion)
	config.Tracked = p.registry.Contains
	config.DialContext = p.dial
	if !loggingDisabled() {
		config.Log = writeLog
	}
	client, err := thoughtindustries.New(config)
	if err != nil {
		resp.Diagnostics.AddError(sumInternal, "The API client could not be built: "+err.Error())
		return
	}
	p.session.client = client
}

// userAgent names the provider, its version and Terraform's.
func userAgent(version, terraformVersion string) string {
	return fmt.Sprintf("terraform-provider-thoughtindustries/%s "+
		"(+https://github.com/ti-community/terraform-provider-thoughtindustries) "+
		"Terraform/%s", version, cmp.Or(terraformVersion, "unknown"))
}

// writeLog sends the client's messages to the engine's log.
func writeLog(ctx context.Context, level slog.Level, message string, args ...any) {
	fields := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		fields[fmt.Sprint(args[i])] = args[i+1]
	}
	if level >= slog.LevelInfo {
		tflog.Info(ctx, message, fields)
	} else {
		tflog.Debug(ctx, message, fields)
	}
}

func (p *tiProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCreditAccountResource, newCreditBatchResource}
}

func (p *tiProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newClientDataSource, newClientsDataSource, newLicensesDataSource,
		newCreditBatchesDataSource, newCreditActionsDataSource, newCreditAccountsDataSource,
	}
}

func (p *tiProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newCreditAccountList, newCreditBatchList}
}
