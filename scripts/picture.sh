#!/usr/bin/env bash
# Draws assets/demo.svg, the picture in README.md, from a run of the demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT

scripts/demo.sh >"$work/demo.out" 2>&1 || { cat "$work/demo.out" >&2; exit 1; }
go run -C tools/picture . <"$work/demo.out" >"$work/demo.svg"
mkdir -p assets
cp "$work/demo.svg" assets/demo.svg
echo "Drew assets/demo.svg: $(wc -c <assets/demo.svg | tr -d ' ') bytes."
