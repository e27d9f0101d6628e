#!/usr/bin/env bash
# Prints a CLI configuration with which engines use the provider in a folder,
# without `init`.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
cat <<CONFIG
provider_installation {
  dev_overrides {
    "ti-community/thoughtindustries" = "$1"
  }
  direct {}
}
CONFIG
