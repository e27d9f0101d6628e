// Package repository tests what people read and copy: documentation, examples,
// workflows and messages.
package repository

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	root     = "../.."
	testKey  = "ti_test_0123456789abcdef"
	globexID = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
	otherID  = "11111111-2222-4333-8444-555555555555"
)

// What TestMain prepares.
var (
	engine        string // path of terraform or tofu; empty if there is none
	engineVersion int    // 11 of 1.11.4
	isOpenTofu    bool
	built         string // folder of the provider, the fake API and a CLI configuration that finds the provider
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "repository-tests-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = dir
	if err := errors.Join(findEngine(), build()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func findEngine() error {
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			engine = path
			break
		}
	}
	if engine == "" {
		return nil // needsEngine reports it in the tests that need one
	}
	output, err := exec.CommandContext(context.Background(), engine, "version").Output()
	if found := regexp.MustCompile(`v1\.(\d+)\.`).FindSubmatch(output); found != nil {
		engineVersion, _ = strconv.Atoi(string(found[1])) // digits
	}
	isOpenTofu = strings.HasPrefix(string(output), "OpenTofu")
	return err
}

// build puts the provider into a mirror in the file system, from which `init` installs it as from a registry.
func build() error {
	mirror := filepath.Join(built, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		platform := runtime.GOOS + "_" + runtime.GOARCH
		folder := filepath.Join(mirror, host, "ti-community", "thoughtindustries", "0.1.0", platform)
		if err := goBuild(filepath.Join(folder, "terraform-provider-thoughtindustries_v0.1.0"), "."); err != nil {
			return err
		}
	}
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	return errors.Join(
		goBuild(filepath.Join(built, "mockapi"), "./internal/mockapi/cmd/mockapi"),
		os.WriteFile(filepath.Join(built, "cli.tfrc"), []byte(config), 0o600))
}

func goBuild(target, pkg string) error {
	command := exec.CommandContext(context.Background(), "go", "build", "-o", target, pkg)
	command.Dir = root
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build %s: %w: %s", pkg, err, output)
	}
	return nil
}

// version is the minor version of Terraform and of OpenTofu that brought a part of the language.
type version struct{ terraform, tofu int }

var (
	removedBlocks      = version{terraform: 7, tofu: 7}
	mockedProviders    = version{terraform: 7, tofu: 10}
	forgetting         = version{terraform: 7, tofu: 10} // lifecycle in a removed block
	ephemeralVariables = version{terraform: 10, tofu: 11}
	identityImports    = version{terraform: 12, tofu: 12}
	queries            = version{terraform: 14, tofu: 99}
)

// needsEngine skips a test if the engine is too old for it.
func needsEngine(t *testing.T, needs ...version) {
	t.Helper()
	if engine == "" {
		t.Fatal("no engine: put terraform or tofu on PATH, or run `make test`, which builds OpenTofu")
	}
	for _, need := range needs {
		wanted := need.terraform
		if isOpenTofu {
			wanted = need.tofu
		}
		if engineVersion < wanted {
			t.Skipf("%s 1.%d is older than 1.%d", engine, engineVersion, wanted)
		}
	}
}

// needsProgram skips a test of lines that need a program.
func needsProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not here, which the lines need", name)
	}
}

// workspace is a folder with a configuration, and a fake API with the demo's clients.
type workspace struct {
	t   *testing.T
	dir string
	api *mockapi.Server
	url string
}

func newWorkspace(t *testing.T, files map[string]string) *workspace {
	t.Helper()
	api := mockapi.New(mockapi.Options{APIKey: testKey})
	api.Seed(mockapi.DemoClients())
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		api.Close()
		server.Close()
	})
	w := &workspace{t: t, dir: t.TempDir(), api: api, url: server.URL}
	for name, content := range files {
		w.write(name, content)
	}
	return w
}

func (w *workspace) write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600))
	if err != nil {
		w.t.Fatal(err)
	}
}

var decoration = regexp.MustCompile(`[│╷╵]|\s+`)

// run runs the engine and returns its exit code, and what it printed as one line.
func (w *workspace) run(arguments ...string) (int, string) {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), engine, arguments...) //nolint:gosec // the engine under test
	command.Dir = w.dir
	command.Env = w.environment()
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), decoration.ReplaceAllString(string(output), " ")
}

// environment has nothing of the person's own set-up.
func (w *workspace) environment() []string {
	result := []string{
		"THOUGHTINDUSTRIES_BASE_URL=" + w.url, "THOUGHTINDUSTRIES_API_KEY=" + testKey,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(built, "cli.tfrc"), "TF_CLI_ARGS=-no-color",
		"TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SystemRoot"} {
		result = append(result, name+"="+os.Getenv(name))
	}
	return result
}

// paste runs lines of a page in a shell, as people would.
func (w *workspace) paste(lines string) string {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), "bash", "-euc", lines)
	command.Dir, command.Env = w.dir, w.environment()
	output, err := command.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v: %s", err, output)
	}
	return string(output)
}

// addAccount stores an account that no state has.
func (w *workspace) addAccount(name string) mockapi.CreditAccount {
	return w.api.AddAccount(mockapi.CreditAccount{ClientID: globexID, Name: name, StartingBalance: "500"})
}

// succeeds wants exit code 0 and these texts in the output.
func (w *workspace) succeeds(command string, texts ...string) string {
	w.t.Helper()
	return w.ends(0, command, texts...)
}

func (w *workspace) ends(want int, command string, texts ...string) string {
	w.t.Helper()
	code, output := w.run(strings.Fields(command)...)
	if code != want {
		w.t.Fatalf("%s ended with %d:\n%s", command, code, output)
	}
	for _, text := range texts {
		if !strings.Contains(output, text) {
			w.t.Errorf("%s does not print %q:\n%s", command, text, output)
		}
	}
	return output
}

// filesBelow reads the files below a folder of the repository, by their names in it.
func filesBelow(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	base := filepath.Join(root, filepath.FromSlash(folder))
	err := filepath.WalkDir(base, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && slices.Contains([]string{".git", ".build", ".terraform", "dist"}, entry.Name()):
			return filepath.SkipDir
		case !entry.Type().IsRegular(), entry.Name() == ".git", strings.Contains(entry.Name(), ".tfstate"):
			return nil
		}
		content, err := os.ReadFile(path)
		name, relErr := filepath.Rel(base, path)
		files[filepath.ToSlash(name)] = string(content)
		return errors.Join(err, relErr)
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	return files
}

// startFake starts the fake API's command and returns its address.
func startFake(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(built, "mockapi"), "-seed", "-control")
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	url := regexp.MustCompile(`http://[0-9.]+:\d+`).FindString(line)
	if err != nil || url == "" {
		t.Fatalf("the fake API printed %q, %v", line, err)
	}
	return url
}
