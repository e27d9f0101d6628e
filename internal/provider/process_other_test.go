//go:build !unix

package provider

import "os/exec"

// inOwnGroup does nothing where processes have no groups.
func inOwnGroup(*exec.Cmd) {}
