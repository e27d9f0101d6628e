// Package provider is the Terraform provider: Terraform's words for what
// package thoughtindustries does.
package provider

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Environment variables that stand in for arguments.
const (
	envInstance = "THOUGHTINDUSTRIES_INSTANCE"
	envBaseURL  = "THOUGHTINDUSTRIES_BASE_URL"
	envAPIKey   = "THOUGHTINDUSTRIES_API_KEY"
)

const typeName = "thoughtindustries"

var (
	_ tfprovider.Provider                   = (*tiProvider)(nil)
	_ tfprovider.ProviderWithValidateConfig = (*tiProvider)(nil)
	_ tfprovider.ProviderWithListResources  = (*tiProvider)(nil)
)

type tiProvider struct {
	version  string
	registry *stateRegistry
	client   *thoughtindustries.Client
	// configured is the session of the last configuring; nil before.
	configured *session
	// dial replaces the network in simulations; nil otherwise.
	dial thoughtindustries.DialFunc
	// adjust changes the client's configuration for tests.
	adjust []func(*thoughtindustries.Config)
}

// session is what resources, data sources and listings get of a configured provider.
type session struct {
	// client is nil where something is missing that a request needs.
	client *thoughtindustries.Client
	// missing says what, with the arguments and variables that would give it.
	missing string
	// unknown: the missing values are not known yet, so a plan can only wait.
	unknown  bool
	registry *stateRegistry
	// onExisting is what Create does about an account that exists.
	onExisting thoughtindustries.OnExisting
	// said has what is not to be said again in this run.
	said sync.Map
}

// sayOnce reports whether a thing is to be said for the first time.
func (s *session) sayOnce(what string) bool {
	_, before := s.said.LoadOrStore(what, true)
	return !before
}

func newProvider(version string, registry *stateRegistry, dial thoughtindustries.DialFunc, adjust ...func(*thoughtindustries.Config)) *tiProvider {
	return &tiProvider{version: version, registry: registry, dial: dial, adjust: adjust}
}

func (p *tiProvider) Metadata(_ context.Context, _ tfprovider.MetadataRequest, resp *tfprovider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.version
}

func isSet(value types.String) bool { return !value.IsNull() && !value.IsUnknown() }

// Configure makes the client. What is missing is no error yet: a plan of
// accounts needs no request, and in pipelines the plan often has no key.
func (p *tiProvider) Configure(ctx context.Context, req tfprovider.ConfigureRequest, resp *tfprovider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p.registry.reset(plansDestruction(req.TerraformVersion))
	if p.client != nil {
		p.client.Close()
	}
	configured := &session{registry: p.registry, onExisting: thoughtindustries.OnExisting(config.OnExistingAccount.ValueString())}
	p.configured = configured
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData = configured, configured, configured

	settings := thoughtindustries.Config{
		UserAgent: userAgent(p.version, req.TerraformVersion),
		Tracked:   p.registry.containsID,
	}
	if !loggingDisabled() {
		settings.Log = logTo(ctx)
	}
	baseURL, missingAddress := addressOf(config, &resp.Diagnostics)
	apiKey, missingKey := apiKeyOf(config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if unknown := config.unknown(); len(unknown) > 0 {
		configured.unknown = true
		configured.missing = "Arguments of the provider's configuration are not known yet: " + strings.Join(unknown, ", ") + "."
		return
	}
	if missing := strings.TrimSpace(missingAddress + " " + missingKey); missing != "" {
		configured.missing = missing
		if baseURL != nil {
			missing += " Requests would go to " + baseURL.Redacted() + "."
		}
		resp.Diagnostics.AddWarning(sumNotConfigured, missing+
			"\n\nCredit accounts can be planned without it, but accounts that exist already are only found at apply; credit batches keep the values of the state. "+
			"Applies and data sources need it.")
		return
	}
	settings.BaseURL, settings.APIKey = baseURL, apiKey
	settings.MaxConcurrentRequests = wholeOf(config.MaxConcurrentRequests)
	settings.RequestsPerMinute = wholeOf(config.RequestsPerMinute)
	settings.OnExisting = configured.onExisting
	if !config.RequestTimeout.IsNull() {
		timeout, diags := config.RequestTimeout.ValueGoDuration()
		resp.Diagnostics.Append(diags...)
		settings.RequestTimeout = timeout
	}
	settings.DialContext = p.dial
	for _, adjust := range p.adjust {
		adjust(&settings)
	}
	client, err := thoughtindustries.New(settings)
	if err != nil {
		resp.Diagnostics.AddError(sumInternal, "The API client could not be made: "+err.Error())
		return
	}
	p.client, configured.client = client, client
}

// plansDestruction reports whether an engine asks for a plan of what it destroys:
// Terraform from 1.3 on, and OpenTofu.
func plansDestruction(terraformVersion string) bool {
	return !slices.ContainsFunc([]string{"0.", "1.0.", "1.1.", "1.2."}, func(old string) bool { return strings.HasPrefix(terraformVersion, old) })
}

// userAgent names the provider, its version and Terraform's.
func userAgent(version, terraformVersion string) string {
	if terraformVersion == "" {
		terraformVersion = "unknown"
	}
	return fmt.Sprintf("terraform-provider-thoughtindustries/%s (+https://github.com/ti-community/terraform-provider-thoughtindustries) Terraform/%s",
		version, terraformVersion)
}

// logTo sends the client's messages to the engine's log. The context of the
// call carries the logger where there is one; what the client does for several
// calls at once is logged with the one of configuring.
func logTo(configuring context.Context) func(context.Context, slog.Level, string, ...any) {
	return func(ctx context.Context, level slog.Level, msg string, args ...any) {
		fields := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			if name, ok := args[i].(string); ok {
				fields[name] = args[i+1]
			}
		}
		if ctx == context.Background() {
			ctx = configuring
		}
		switch {
		case level >= slog.LevelWarn:
			tflog.Warn(ctx, msg, fields)
		case level >= slog.LevelInfo:
			tflog.Info(ctx, msg, fields)
		default:
			tflog.Debug(ctx, msg, fields)
		}
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

const defaultCreateTimeout = 20 * time.Minute
