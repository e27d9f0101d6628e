#!/usr/bin/env bash
# Tries the provider on every engine in a folder and prints a table. It fails if an
# engine fails at something that it has.
#
#   scripts/engines.sh DIR    DIR has programs or links: terraform-1.5.7, tofu-1.10.6, ...
set -euo pipefail
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: $0 DIR" >&2; exit 2; }
engines=$(find -L "$(cd "$1" && pwd)" -maxdepth 1 -type f -perm -u+x | sort -V)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/sandbox.sh

client=6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02 # Globex, of the demo

# fails wants the engine to end with an error that says this.
fails() {
  local text=$1
  shift
  if "$engine" "$@" >"$work/output" 2>&1; then
    cat "$work/output"
    return 1
  fi
  cat "$work/output"
  grep -qF "$text" "$work/output"
}

main_job() {
  "$engine" init && "$engine" plan -out=demo.plan && "$engine" apply demo.plan && "$engine" plan -detailed-exitcode
}

refused_change() {
  cp accounts.yaml accounts.before
  sed 's/name: Safety/name: Security/' accounts.before >accounts.yaml
  fails "A credit account cannot be changed" plan -no-color && mv accounts.before accounts.yaml
}

# one_account declares the account in a folder of its own, with what comes before it.
one_account() {
  cat >main.tf <<CONFIG
terraform {
  required_providers {
    thoughtindustries = {
      source = "ti-community/thoughtindustries"
    }
  }
}

provider "thoughtindustries" {}

$1

resource "thoughtindustries_credit_account" "a" {
  client_id        = "$client"
  name             = "Onboarding"
  starting_balance = 500
  notify_emails    = []
  license_ids      = []
}
CONFIG
  "$engine" init
}

recorded() { "$engine" apply -auto-approve && "$engine" plan -detailed-exitcode; }

import_command() {
  one_account "" && "$engine" import thoughtindustries_credit_account.a "$client/$id" && recorded
}

import_block() {
  one_account "import {
  to = thoughtindustries_credit_account.a
  id = \"$client/$id\"
}" && recorded
}

import_identity() {
  one_account "import {
  to = thoughtindustries_credit_account.a
  identity = {
    client_id = \"$client\"
    id        = \"$id\"
  }
}" && recorded
}

import_for_each() { cp "$root"/examples/take-over/import-for-each/* . && "$engine" init && recorded; }

query() {
  cp "$root"/examples/take-over/query/* . && "$engine" init && "$engine" query -generate-config-out=accounts.tf &&
    grep -q '^import' accounts.tf && fails "license_ids is required" plan -no-color
}

destroy() { "$engine" destroy -auto-approve; }

# try runs a part of the job in a folder and adds a cell to the row: yes, no where
# the engine says that it does not know this, or FAILED.
try() {
  local part=$1 log=$folder/$1.log
  mkdir -p "$2"
  if (cd "$2" && "$part") >"$log" 2>&1; then
    cell=yes
  elif grep -qE 'not expected here|has no command named|Unsupported (Terraform|OpenTofu) Core version' "$log"; then
    cell=no
  else
    cell=FAILED failed=1
    { echo "$name, $part:"; cat "$log"; } >&2
  fi
  row="$row $cell |"
}

root=$PWD failed=0
build_sandbox
echo "| engine | main job | refused change | \`import\` command | \`import\` block | for_each in it | identity in it | \`terraform query\` | destroy | POSTs of accounts |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for engine in $engines; do
  name=$("$engine" version 2>/dev/null | sed -n 1p)
  folder=$work/$(basename "$engine")
  mkdir "$folder"
  cp -R examples "$folder"
  start_fake
  row="| $name |"
  demo=$folder/examples/demo
  try main_job "$demo"
  id=$(cd "$demo" && "$engine" output -json account_ids 2>/dev/null | sed -n 's/.*"globex-onboarding": *"\([^"]*\)".*/\1/p')
  try refused_change "$demo"
  for part in import_command import_block import_for_each import_identity query; do
    try "$part" "$folder/$part"
  done
  try destroy "$demo"
  grep -q 'Destroying only forgets' "$folder/destroy.log" && row="${row% |}, warns |"
  stop_fake
  echo "$row $(sed -n 's|^ *\([0-9]*\) *POST .*/creditAccounts$|\1|p' "$work/mockapi.out") |"
done
exit "$failed"
