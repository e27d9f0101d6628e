//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// step is one command of a run, after changes to the server and to the configuration.
type step struct {
	arrange   func(s *server)
	config    string // of main.tf; empty leaves what is there
	file      string // content of terraform.tfstate; empty leaves what is there
	module    string // content of accounts/main.tf; empty leaves what is there
	args      []string
	env       []string
	itself    bool // runs the provider's own program instead of the engine
	quiet     bool // sends no request
	interrupt bool // sends an interrupt once the server has a POST
}

// workspace is a folder with a configuration, a server and one build of the provider.
type workspace struct {
	folder, engine, provider, cli string
	server                        *server
	env                           []string
}

const header = `terraform {
  required_providers {
    thoughtindustries = {
      source = "ti-community/thoughtindustries"
    }
  }
}

`

// newWorkspace prepares a folder in which the engine finds the build.
func newWorkspace(parent, engine, provider string, wanted run) (*workspace, error) {
	folder, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return nil, err
	}
	w := &workspace{folder: folder, engine: engine, provider: provider, server: newServer(), env: wanted.env}
	w.cli = filepath.Join(folder, "cli.tfrc")
	overrides := ""
	sources := []string{"ti-community/thoughtindustries", "mastercard/restapi", "magodo/restful", "devops-rob/terracurl"}
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		for _, name := range sources {
			overrides += fmt.Sprintf("    %q = %q\n", host+"/"+name, filepath.Dir(provider))
		}
	}
	mirror := "  filesystem_mirror {\n    path = \".\"\n  }\n"
	content := "provider_installation {\n  dev_overrides {\n" + overrides + "  }\n" + mirror + "}\n"
	if wanted.server != nil {
		wanted.server(w.server)
	}
	return w, os.WriteFile(w.cli, []byte(content), 0o600)
}

// run executes a step and records what came of it.
func (w *workspace) run(s step) (record, error) {
	if s.arrange != nil {
		w.server.mu.Lock()
		s.arrange(w.server)
		w.server.mu.Unlock()
	}
	if err := w.write(s); err != nil {
		return record{}, err
	}
	before := maps.Clone(w.server.requests)
	code, output, err := w.execute(s)
	if err != nil {
		return record{}, err
	}
	result := record{exit: code, summaries: summariesOf(output)}
	if s.itself && code == 0 && len(s.args) > 0 && s.args[0] == "-version" {
		result.summaries = []string{"version: " + strings.Fields(output + " -")[0]}
	}
	if err := w.readState(&result); err != nil {
		return record{}, err
	}
	w.readServer(&result, before)
	if strings.Contains(output, apiKey) {
		result.faults = append(result.faults, "the key is on the screen")
	}
	return result, nil
}

// write puts the files of a step into the folder.
func (w *workspace) write(s step) error {
	main := ""
	if s.config != "" {
		main = header + strings.ReplaceAll(s.config, "SERVER", w.server.http.URL)
	}
	files := map[string]string{"main.tf": main, "terraform.tfstate": s.file, "accounts/main.tf": s.module}
	for name, content := range files {
		if content == "" {
			continue
		}
		path := filepath.Join(w.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (w *workspace) execute(s step) (code int, output string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	program := w.engine
	if s.itself {
		program = w.provider
	}
	command := exec.CommandContext(ctx, program, s.args...)
	command.Dir = w.folder
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.folder, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_INPUT=0",
		"TF_CLI_ARGS=-no-color", "TF_CLI_CONFIG_FILE=" + w.cli,
		"THOUGHTINDUSTRIES_BASE_URL=" + w.server.http.URL, "THOUGHTINDUSTRIES_API_KEY=" + apiKey,
	}
	for _, variable := range append(slices.Clone(w.env), s.env...) {
		command.Env = append(command.Env, strings.ReplaceAll(variable, "SERVER", w.server.http.URL))
	}
	var screen strings.Builder
	command.Stdout, command.Stderr = &screen, &screen
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	posts := w.server.count("POST")
	if err := command.Start(); err != nil {
		return 0, "", err
	}
	if s.interrupt {
		for w.server.count("POST") == posts && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		_ = command.Process.Signal(os.Interrupt)
	}
	err = command.Wait()
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || ctx.Err() != nil) {
		return 0, "", fmt.Errorf("%s %v: %w\n%s", program, s.args, err, screen.String())
	}
	return command.ProcessState.ExitCode(), screen.String(), nil
}

var (
	summary = regexp.MustCompile(`(?m)^[│╷ ]*((?:Error|Warning): .*)$`)
	frame   = regexp.MustCompile(`\s+`)
)

// summariesOf gives the summaries of all errors and warnings, each once.
func summariesOf(output string) (found []string) {
	for _, match := range summary.FindAllStringSubmatch(output, -1) {
		text := frame.ReplaceAllString(strings.TrimSpace(match[1]), " ")
		if !strings.Contains(text, "development overrides") {
			found = append(found, text)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// readState records the ids that the state has, and its outputs.
func (w *workspace) readState(result *record) error {
	raw, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var file struct {
		Outputs   map[string]struct{ Value any }
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				Key        any `json:"index_key"`
				Status     string
				Deposed    string
				Attributes map[string]any
			}
		}
	}
	if err = errors.Join(err, json.Unmarshal(raw, &file)); err != nil {
		return err
	}
	if strings.Contains(string(raw), apiKey) {
		result.faults = append(result.faults, "the key is in the state")
	}
	for _, resource := range file.Resources {
		kind, ours := strings.CutPrefix(resource.Type, "thoughtindustries_credit_")
		if !ours || resource.Mode != "managed" {
			continue
		}
		for _, instance := range resource.Instances {
			address := strings.TrimPrefix(strings.TrimPrefix(resource.Module+"."+kind+"."+resource.Name, "."), "account.")
			if instance.Key != nil {
				address += fmt.Sprintf("[%v]", instance.Key)
			}
			text := address + "=" + w.server.label(instance.Attributes["id"])
			if instance.Status == "tainted" && instance.Attributes["id"] != nil {
				text += " tainted"
			}
			if instance.Deposed != "" {
				text += " deposed"
			}
			result.state = append(result.state, text)
			result.values = append(result.values, address+": "+w.server.relabel(valuesOf(instance.Attributes)))
		}
	}
	slices.Sort(result.state)
	slices.Sort(result.values)
	for name, output := range file.Outputs {
		text, _ := json.Marshal(output.Value)
		result.outputs = append(result.outputs, name+"="+w.server.relabel(string(text)))
	}
	slices.Sort(result.outputs)
	return nil
}

// valuesOf writes what a state keeps of an object, but for what happened to an unresolved one.
func valuesOf(attributes map[string]any) string {
	if attributes["id"] == nil && attributes["status"] != nil {
		attributes["status"] = "unresolved"
	}
	for _, name := range []string{"id", "timeouts", "client_id", "create_alongside"} {
		delete(attributes, name)
	}
	text, _ := json.Marshal(attributes)
	return string(text)
}

// readServer records what the server has and what it was sent, once it is done.
func (w *workspace) readServer(result *record, before map[string]int) {
	for range 500 {
		w.server.mu.Lock()
		idle := w.server.began == w.server.done
		w.server.mu.Unlock()
		if idle {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	result.posts, result.puts = w.server.requests["POST"], w.server.requests["PUT"]
	result.reads = w.server.requests["GET"] > before["GET"]
	result.accounts, result.batches = len(w.server.accounts), len(w.server.batches)
	result.faults = append(result.faults, w.server.faults...)
	slices.Sort(result.faults)
}

func (s *server) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[method]
}

// label names an id of the state; null is unresolved.
func (s *server) label(id any) string {
	text, _ := id.(string)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case text == "":
		return "unresolved"
	case s.labels[strings.ToLower(text)] != "":
		return s.labels[strings.ToLower(text)]
	}
	return text
}

func (s *server) relabel(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, label := range s.labels {
		text = strings.ReplaceAll(text, id, label)
	}
	return text
}
