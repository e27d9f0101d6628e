#!/usr/bin/env bash
# Builds what the bench needs and runs it: everything side by side, in one go.
#
#   scripts/bench.sh                      measure all and write bench/README.md and bench/chart.svg
#   scripts/bench.sh -only client,pacer   some parts, printed and not written
#   scripts/bench.sh -quick               see that it works
#   scripts/bench.sh -profile DIR         leave profiles of the provider in DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

engine=$(scripts/engine.sh)
built=$PWD/.build/bench
plugin() { go build -C "$1" -o "$built/$2/terraform-provider-$3" "$4"; }
plugin . thoughtindustries thoughtindustries .
plugin bench nothing nothing ./nothing
plugin bench lookalike lookalike ./lookalike
plugin bench profiled thoughtindustries ./profiled
go build -C bench -o "$built/bench" .

[ $# -gt 0 ] || set -- -write bench
exec "$built/bench" -engine "$engine" -plugins "$built" "$@"
