#!/usr/bin/env bash
# Measures and prints; nothing passes or fails. bench/README.md explains it.
#
#   scripts/bench.sh                        all of it
#   scripts/bench.sh -sizes 300 -rounds 5   under an engine alone, with these flags
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ $# -eq 0 ]; then
  echo "The client beside a bare request, to a server that responds at once:"
  go test ./internal/thoughtindustries -run '^$' -bench '^BenchmarkCreate$' | grep '^Benchmark'
  echo
  echo "The gate beside the least time that a limit allows, in simulated time:"
  go test ./internal/thoughtindustries -count=1 -run '^TestGate_' -v | sed -n 's/^.*_test.go:[0-9]*: /  /p'
  echo
fi

engine=$(scripts/engine.sh)
built=$PWD/.build/bench
go build -o "$built/thoughtindustries/terraform-provider-thoughtindustries" .
go build -C bench -o "$built/nothing/terraform-provider-nothing" ./nothing
go build -C bench -o "$built/bench" .
exec "$built/bench" -engine "$engine" -plugins "$built" "$@"
