#!/usr/bin/env bash
# Generates docs/ from the provider's schema, templates/ and examples/; with
# "check" it fails instead where docs/ is not what it would generate.
# It needs no network: the schema comes from an engine that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

engine=$(scripts/engine.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -o "$work/bin/terraform-provider-thoughtindustries" .
cat >"$work/cli.tfrc" <<CONFIG
provider_installation {
  dev_overrides {
    "registry.terraform.io/ti-community/thoughtindustries" = "$work/bin"
  }
  direct {}
}
CONFIG
mkdir "$work/schema"
cat >"$work/schema/main.tf" <<'CONFIG'
terraform {
  required_providers {
    thoughtindustries = {
      source = "registry.terraform.io/ti-community/thoughtindustries"
    }
  }
}
CONFIG
(cd "$work/schema" && TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1 "$engine" providers schema -json >"$work/schema.json")
# The generator looks the provider up by its short name.
sed -i.bak 's|"registry.terraform.io/ti-community/thoughtindustries"|"thoughtindustries"|' "$work/schema.json"

mkdir "$work/tree"
cp -R examples templates "$work/tree/"
go tool -modfile=tools/docs/go.mod tfplugindocs generate --provider-dir "$work/tree" --provider-name thoughtindustries \
  --rendered-provider-name "Thought Industries" --providers-schema "$work/schema.json" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }

case "${1:-}" in
"")
  rm -rf docs
  cp -R "$work/tree/docs" docs
  echo "Generated docs/ with $(find docs -type f | wc -l | tr -d ' ') pages."
  ;;
check)
  diff -ru docs "$work/tree/docs" || { echo "docs/ is stale: run \`make generate\` and commit what it changes." >&2; exit 1; }
  echo "docs/ is fresh."
  ;;
*)
  echo "usage: $0 [check]" >&2
  exit 2
  ;;
esac
