package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	apiKey  = "ti_test_bench"
	latency = 20 * time.Millisecond
)

// subject is something that an engine applies and plans.
type subject struct {
	name string
	// resource is the body of the configuration for a number of objects.
	resource func(count int) string
	// clients is how many clients the fake API needs; 0: none of it.
	clients func(count int) int
}

var (
	terraformData = subject{"terraform_data", func(n int) string {
		return fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  count = %d\n  input = \"Account ${count.index}\"\n}\n", n)
	}, nil}
	nothing = subject{"do-nothing plugin", func(n int) string {
		return fmt.Sprintf("resource \"nothing_thing\" \"x\" {\n  count = %d\n  text = \"Account ${count.index}\"\n}\n", n)
	}, nil}
	lookalike = subject{"same schema", func(n int) string {
		return accounts("lookalike_credit_account", n, oneClient)
	}, nil}
	ours = subject{"provider", func(n int) string {
		return accounts("thoughtindustries_credit_account", n, oneClient)
	}, func(int) int { return 1 }}
	oursManyClients = subject{"provider, a client each", func(n int) string {
		return accounts("thoughtindustries_credit_account", n, clientEach)
	}, func(n int) int { return n }}
)

const (
	oneClient  = `"` + clientPrefix + `000000000000"`
	clientEach = `format("` + clientPrefix + `%012x", count.index)`

	clientPrefix = "6f1c1a52-0c55-4b0e-9a0f-"
	licenseID    = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100021"
)

func accounts(resourceType string, n int, client string) string {
	return fmt.Sprintf(`resource %q "x" {
  count            = %d
  client_id        = %s
  name             = "Account ${count.index}"
  starting_balance = 500
  notify_emails    = ["training@globex.example"]
  license_ids      = [%q]
}
`, resourceType, n, client, licenseID)
}

// requirements names the plugins for dev_overrides, under which no init is needed.
const requirements = `terraform {
  required_providers {
    nothing           = { source = "ti-community/nothing" }
    lookalike         = { source = "ti-community/lookalike" }
    thoughtindustries = { source = "ti-community/thoughtindustries" }
  }
}

`

// newAPI is the fake API with the clients of a subject.
func newAPI(options mockapi.Options, clients int) (*mockapi.Server, *httptest.Server) {
	options.APIKey = apiKey
	api := mockapi.New(options)
	for i := range clients {
		id := fmt.Sprintf(clientPrefix+"%012x", i)
		api.AddClient(mockapi.Client{ID: id, Name: fmt.Sprintf("Client %d", i), Slug: fmt.Sprintf("client-%d", i)})
		api.AddLicense(id, mockapi.License{ID: licenseID, Name: "Onboarding"})
	}
	return api, httptest.NewServer(api)
}

// workspace is a folder with a configuration of one subject, and an API for it.
type workspace struct {
	bench *bench
	dir   string
	env   []string
	close func()
}

// open makes a workspace whose plugins are in the folders that find gives.
func (b *bench) open(s subject, count int, find func(plugin string) string, env ...string) (*workspace, error) {
	dir, err := os.MkdirTemp(b.work, "")
	if err != nil {
		return nil, err
	}
	w := &workspace{bench: b, dir: dir, close: func() { _ = os.RemoveAll(dir) }}
	overrides := ""
	for _, plugin := range []string{"nothing", "lookalike", "thoughtindustries"} {
		overrides += fmt.Sprintf("    \"ti-community/%s\" = %q\n", plugin, find(plugin))
	}
	cli := filepath.Join(dir, "cli.tfrc")
	for file, text := range map[string]string{
		cli:                           "provider_installation {\n  dev_overrides {\n" + overrides + "  }\n  direct {}\n}\n",
		filepath.Join(dir, "main.tf"): requirements + s.resource(count),
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	w.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+cli, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	w.env = append(w.env, env...)
	if s.clients != nil {
		api, server := newAPI(mockapi.Options{Latency: latency}, s.clients(count))
		w.env = append(w.env, "THOUGHTINDUSTRIES_BASE_URL="+server.URL, "THOUGHTINDUSTRIES_API_KEY="+apiKey)
		w.close = func() {
			api.Close()
			server.Close()
			_ = os.RemoveAll(dir)
		}
	}
	return w, nil
}

// built finds the plugins as they were built.
func (b *bench) built(plugin string) string { return filepath.Join(b.plugins, plugin) }

// cost is what a command took.
type cost struct {
	wall time.Duration
	// processor time of the engine and its plugins.
	processor time.Duration
}

func (w *workspace) apply(ctx context.Context) (cost, error) {
	return w.run(ctx, "apply", "-auto-approve", "-input=false", "-no-color")
}

// planNothing plans, and it is an error if there is anything to do.
func (w *workspace) planNothing(ctx context.Context) (cost, error) {
	return w.run(ctx, "plan", "-detailed-exitcode", "-input=false", "-no-color")
}

func (w *workspace) run(ctx context.Context, args ...string) (cost, error) {
	command := exec.CommandContext(ctx, w.bench.engine, args...)
	command.Dir, command.Env = w.dir, w.env
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	err := command.Run()
	took := time.Since(began)
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", args[0], err, output.Bytes()[:min(output.Len(), 4000)])
	}
	return cost{took, command.ProcessState.UserTime() + command.ProcessState.SystemTime()}, nil
}
