#!/usr/bin/env bash
# Prints the path of the engine that make targets use.
#
#   scripts/engine.sh             $ENGINE, else terraform or tofu on PATH, else OpenTofu, built
#   scripts/engine.sh opentofu    OpenTofu, built where it is not on PATH
#   scripts/engine.sh all         every engine that is there, one a line; built where there is none
#
# The build takes its version from tools/opentofu and is done once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

built=$PWD/.build/tofu

build_tofu() {
  if [ ! -x "$built" ] || [ tools/opentofu/go.mod -nt "$built" ]; then
    local version began=$SECONDS
    version=$(sed -n 's|.*github.com/opentofu/opentofu \(v[^ ]*\).*|\1|p' tools/opentofu/go.mod | head -n 1)
    echo "Building OpenTofu $version from source: about 4 minutes on two cores the first time, then it is there." >&2
    # Without the flag the version would be that of a development build, which satisfies no version constraint.
    go build -C tools/opentofu -trimpath -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
      -o "$built" github.com/opentofu/opentofu/cmd/tofu >&2
    echo "Built OpenTofu $version in $((SECONDS - began)) s." >&2
  fi
  echo "$built"
}

on_path() { command -v "$1" 2>/dev/null; }

case "${1:-}" in
"")
  if [ -n "${ENGINE:-}" ]; then
    command -v "$ENGINE" || { echo "ENGINE=$ENGINE is no program" >&2; exit 1; }
  else
    on_path terraform || on_path tofu || build_tofu
  fi
  ;;
opentofu)
  on_path tofu || build_tofu
  ;;
all)
  found=$(on_path terraform || true)
  tofu=$(on_path tofu || true)
  if [ -z "$tofu" ] && { [ -x "$built" ] || [ -z "$found" ]; }; then
    tofu=$(build_tofu)
  fi
  printf '%s\n' $found $tofu
  ;;
*)
  echo "usage: $0 [opentofu|all]" >&2
  exit 2
  ;;
esac
