#!/usr/bin/env bash
# Says how an engine finds the provider that `make install` installed.
set -euo pipefail
bin=$(go env GOBIN)
[ -n "$bin" ] || bin=$(go env GOPATH)/bin
cat <<TEXT

Installed into $bin. To use it instead of a released version, put this into
~/.terraformrc (Terraform) or ~/.tofurc (OpenTofu), and leave out \`init\`. Where the
configuration has modules, run \`terraform get\` or \`tofu get\` once instead:

provider_installation {
  dev_overrides {
    "ti-community/thoughtindustries" = "$bin"
  }
  direct {}
}
TEXT
