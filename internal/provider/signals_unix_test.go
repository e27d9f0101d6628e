//go:build unix

package provider

import (
	"os/exec"
	"syscall"
)

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
