//go:build unix

package provider

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// A runner that dies between the response and the save leaves an account that no state knows. The next run finds it.
func TestProcess_KilledInTheMiddleOfAPost(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Hold: hold})
	w.write(account("a", "Training", ""))
	first := w.start("apply", "-auto-approve")
	eventually(t, "the account exists", func() bool { return len(w.api.Accounts()) == 1 })
	first.kill()
	first.wait()
	_ = os.Remove(filepath.Join(w.dir, ".terraform.tfstate.lock.info")) // some engines leave it

	id := w.api.Accounts()[0].ID
	w.apply().expectError(sumExists, id, "existing_account_id", "ignore")
	w.write(w.providerBlock(`on_existing_account = "adopt"`) + account("a", "Training", ""))
	w.apply().expectSuccess().expectOutput(sumAdopted, id)
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(1)
}

func TestProcess_InterruptLetsAPostFinishAndSavesIt(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	hold := make(chan struct{})
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Hold: hold})
	// The second one waits for its turn and must not begin any more.
	w.write(w.providerBlock("max_concurrent_requests = 1") + account("a", "Training", "") + account("b", "Other", ""))
	run := w.startTraced("apply", "-auto-approve", "-parallelism=2")
	eventually(t, "an account exists", func() bool { return len(w.api.Accounts()) == 1 })
	run.interruptsAWait()
	close(hold)
	if got := run.wait(); got.code != 1 {
		t.Errorf("exit code %d:\n%s", got.code, got.out)
	}
	w.api.expectAccounts(1)
	w.api.expectPosts(1)
	state := w.state()
	if len(state) != 1 {
		t.Fatalf("the state holds %v", state)
	}
	for address, object := range state {
		if object.Attributes["id"] != w.api.Accounts()[0].ID || object.Status != "" {
			t.Errorf("%s: %q %v", address, object.Status, object.Attributes["id"])
		}
	}
	w.apply().expectSuccess()
	w.api.expectAccounts(2)
	w.api.expectPosts(2)
}

// startTraced starts the engine with the provider's log in a file.
func (w *workspace) startTraced(args ...string) *running {
	w.setenv("TF_LOG_PROVIDER", "TRACE")
	w.setenv("TF_LOG_PATH", "provider.log")
	defer w.setenv("TF_LOG_PROVIDER", "")
	return w.start(args...)
}

// interruptsAWait interrupts two creations, of which one waits, once both have
// begun, and returns when that one has given up. Only the provider's log tells:
// an engine says that it was interrupted before it tells the provider.
func (r *running) interruptsAWait() {
	r.w.t.Helper()
	const begun = "Calling provider defined Resource Create"
	log := func() string { return r.w.files()["provider.log"] }
	eventually(r.w.t, "both creations began", func() bool { return strings.Count(log(), begun) == 2 })
	r.interrupt()
	gaveUp := func() bool { return strings.Contains(log(), "the run was interrupted") }
	eventually(r.w.t, "the provider gave a wait up", gaveUp)
}

// Engines and providers are interrupted and killed as a group of processes,
// which Unix alone has. Tests of that stand in files named *_unix_test.go.

// inOwnGroup makes signals to the engine's group reach no other process.
func inOwnGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// interrupt asks the engine to end, as Ctrl-C does.
func (r *running) interrupt() { _ = syscall.Kill(r.command.Process.Pid, syscall.SIGINT) }

// kill ends engine and provider at once.
func (r *running) kill() { _ = syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL) }
