#!/usr/bin/env bash
# Generates docs/ from the provider's schema, templates/ and examples/; with
# "check" it fails instead where docs/ is not what it would generate.
# It needs neither network nor engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd tools/docs && go run ./schema) >"$work/schema.json"
# The generator writes beside the templates, so it gets a copy.
mkdir "$work/tree"
cp -R examples templates "$work/tree/"
go tool -modfile=tools/docs/go.mod tfplugindocs generate --provider-dir "$work/tree" --provider-name thoughtindustries \
  --rendered-provider-name "Thought Industries" --providers-schema "$work/schema.json" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }

# What the registry would refuse.
go tool -modfile=tools/docs/go.mod tfplugindocs validate --provider-dir "$work/tree" --provider-name thoughtindustries \
  --providers-schema "$work/schema.json" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

case "${1:-}" in
"")
  rm -rf docs
  cp -R "$work/tree/docs" docs
  echo "Generated docs/: $(find docs -type f | wc -l | tr -d ' ') pages."
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
