package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// The tests here run a real engine as a person would: they write a .tf file,
// run plan and apply, and read the screen, the exit code, the state and what
// the fake API saw. The provider runs within the test (the engine is told to
// attach to it), so that it is seen by the race detector and by the coverage;
// where processes are killed, it is built and run as a program.

// workspace is a folder with a configuration, a fake API and an engine.
type workspace struct {
	t   *testing.T
	dir string
	api *fakeAPI
	url string
	env []string
	// binary is the folder of a built provider; empty runs it within the test.
	binary string
}

func newWorkspace(t *testing.T, options ...mockapi.Options) *workspace {
	t.Helper()
	api := newFakeAPI(t, options...)
	w := &workspace{t: t, dir: t.TempDir(), api: api, url: api.url}
	w.env = []string{envBaseURL + "=" + api.url, envAPIKey + "=" + testKey}
	return w
}

// setenv sets a variable for the engine and, with it, for the provider; an
// empty value unsets it.
func (w *workspace) setenv(name, value string) {
	w.env = slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
	if value != "" {
		w.env = append(w.env, name+"="+value)
	}
}

const testHeader = `terraform {
  required_providers {
    thoughtindustries = {
      source = "ti-community/thoughtindustries"
    }
  }
}

`

// write replaces the configuration. A provider block is added where there is none.
func (w *workspace) write(config string) {
	w.t.Helper()
	config = strings.ReplaceAll(config, "\t", "  ")
	if !strings.Contains(config, `provider "thoughtindustries"`) {
		config = w.providerBlock("") + config
	}
	w.writeFile("main.tf", testHeader+config)
}

func (w *workspace) providerBlock(more string) string {
	return providerBlock(w.url, more)
}

func (w *workspace) writeFile(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// files gives everything that was written into the folder but the configuration.
func (w *workspace) files() map[string]string {
	w.t.Helper()
	result := map[string]string{}
	err := filepath.WalkDir(w.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".tf" {
			return err
		}
		raw, err := os.ReadFile(path)
		result[entry.Name()] = string(raw)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

type result struct {
	t    *testing.T
	code int
	out  string
	// flat is out with line breaks and frames taken away, to be searched.
	flat string
}

var frame = regexp.MustCompile(`[│╷╵]|\s+`)

func flatten(text string) string { return strings.TrimSpace(frame.ReplaceAllString(text, " ")) }

// start runs the engine without waiting for it.
func (w *workspace) start(args ...string) *running {
	w.t.Helper()
	path, err := engineBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.Command(path, args...) //nolint:noctx // the tests end it
	command.Dir = w.dir
	// Nothing of the person's own set-up takes part.
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "SystemRoot"} {
		if value, ok := os.LookupEnv(name); ok {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	command.Env = append(command.Env, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color")
	command.Env = append(command.Env, w.env...)
	r := &running{w: w, command: command}
	if w.binary == "" {
		reattach, stop := serveInProcess(w.t)
		r.stop = stop
		command.Env = append(command.Env, "TF_REATTACH_PROVIDERS="+reattach, "TF_CLI_CONFIG_FILE="+offlineConfig)
	} else {
		command.Env = append(command.Env, "TF_CLI_CONFIG_FILE="+w.overrides())
	}
	command.Stdout, command.Stderr = &r.out, &r.out
	inOwnGroup(command)
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// overrides is a CLI configuration that finds the built provider.
func (w *workspace) overrides() string {
	dir := w.t.TempDir()
	path := filepath.Join(dir, "cli.tfrc")
	content := "provider_installation {\n  dev_overrides {\n"
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		content += fmt.Sprintf("    \"%s/ti-community/thoughtindustries\" = %q\n", host, filepath.ToSlash(w.binary))
	}
	content += fmt.Sprintf("  }\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(dir))
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

type running struct {
	w       *workspace
	command *exec.Cmd
	out     bytes.Buffer
	stop    func()
}

func (r *running) wait() result {
	r.w.t.Helper()
	err := r.command.Wait()
	if r.stop != nil {
		r.stop()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.w.t.Fatal(err)
	}
	out := r.out.String()
	if strings.Contains(out, testKey) {
		r.w.t.Errorf("the API key is on the screen:\n%s", out)
	}
	return result{t: r.w.t, code: r.command.ProcessState.ExitCode(), out: out, flat: flatten(out)}
}

func (w *workspace) run(args ...string) result {
	w.t.Helper()
	return w.start(args...).wait()
}

func (w *workspace) plan(args ...string) result {
	w.t.Helper()
	return w.run(append([]string{"plan", "-detailed-exitcode"}, args...)...)
}

func (w *workspace) apply(args ...string) result {
	w.t.Helper()
	return w.run(append([]string{"apply", "-auto-approve"}, args...)...)
}

// expectSuccess wants exit code 0: no error, and of a plan no change.
func (r result) expectSuccess() result {
	r.t.Helper()
	if r.code != 0 {
		r.t.Fatalf("exit code %d:\n%s", r.code, r.out)
	}
	return r
}

// expectError wants exit code 1 and each of the texts on the screen.
func (r result) expectError(texts ...string) result {
	r.t.Helper()
	if r.code != 1 {
		r.t.Fatalf("exit code %d, not 1:\n%s", r.code, r.out)
	}
	return r.expectOutput(texts...)
}

// expectChanges wants a plan that would change something.
func (r result) expectChanges() result {
	r.t.Helper()
	if r.code != 2 {
		r.t.Fatalf("exit code %d, not 2 (a plan with changes):\n%s", r.code, r.out)
	}
	return r
}

// expectOutput wants each of the texts on the screen, wherever lines break.
func (r result) expectOutput(texts ...string) result {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.flat, flatten(text)) {
			r.t.Errorf("the screen does not say %q:\n%s", text, r.out)
		}
	}
	return r
}

// expectNoOutput wants none of the texts on the screen.
func (r result) expectNoOutput(texts ...string) result {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.flat, flatten(text)) {
			r.t.Errorf("the screen says %q:\n%s", text, r.out)
		}
	}
	return r
}

// instance is an object of the state.
type instance struct {
	Attributes map[string]any
	Status     string         // tainted or empty
	Identity   map[string]any // nil where the engine keeps none, or the object has none
	Deposed    string
	IndexKey   any `json:"index_key"`
}

// state gives the objects of the state by address.
func (w *workspace) state() map[string]instance {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if strings.Contains(string(raw), testKey) {
		w.t.Error("the API key is in the state")
	}
	var file struct {
		Resources []struct {
			Module, Type, Name string
			Instances          []instance
		}
	}
	if err := errors.Join(err, json.Unmarshal(raw, &file)); err != nil {
		w.t.Fatal(err)
	}
	result := map[string]instance{}
	for _, resource := range file.Resources {
		for _, found := range resource.Instances {
			address := strings.TrimPrefix(resource.Module+"."+resource.Type+"."+resource.Name, ".")
			if found.IndexKey != nil {
				address += fmt.Sprintf("[%v]", found.IndexKey)
			}
			if found.Deposed != "" {
				address += " (deposed)"
			}
			result[address] = found
		}
	}
	return result
}

// has gives an object of the state, which must be there.
func (w *workspace) has(address string) instance {
	w.t.Helper()
	found, ok := w.state()[address]
	if !ok {
		w.t.Fatalf("%s is not in the state: %v", address, w.state())
	}
	return found
}

// serveInProcess starts the provider within the test for one run of the
// engine, as a new process would be.
func serveInProcess(t *testing.T) (reattach string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan *plugin.ReattachConfig)
	closed := make(chan struct{})
	go func() {
		err := tf6server.Serve("registry.terraform.io/ti-community/thoughtindustries",
			Server("test"),
			tf6server.WithDebug(ctx, ready, closed), tf6server.WithoutLogStderrOverride(),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
		if err != nil {
			t.Error(err)
		}
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-ready:
	case <-time.After(30 * time.Second):
		cancel()
		t.Fatal("the provider did not start")
	}
	one := map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}
	both, err := json.Marshal(map[string]any{
		"registry.terraform.io/ti-community/thoughtindustries": one,
		"registry.opentofu.org/ti-community/thoughtindustries": one,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(both), func() {
		cancel()
		<-closed
	}
}

// builtProvider builds the provider once and returns its folder.
var builtProvider = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(testDir, "built")
	name := filepath.Join(dir, "terraform-provider-thoughtindustries")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", name, "../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

// asProgram runs the provider of this workspace as a built program.
func (w *workspace) asProgram() *workspace {
	w.t.Helper()
	dir, err := builtProvider()
	if err != nil {
		w.t.Fatal(err)
	}
	w.binary = dir
	return w
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for range 3000 {
		if condition() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("did not happen: " + what)
}
