#!/usr/bin/env bash
# Shows the provider at work against the fake API: accounts are declared, planned
# and applied, while the response to one request is lost; a second plan is empty;
# a rename is refused until a moved block explains it; a destroy only empties the state. It
# needs no account, key or network, and leaves nothing behind, also when it is
# interrupted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

engine=$(scripts/engine.sh)
. scripts/sandbox.sh

step() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() {
  printf '\033[1m$ %s\033[0m\n' "$(basename "$engine") $*"
  "$engine" "$@"
}

step "Building the provider and the fake API"
build_sandbox

step "Starting the fake API on a free loopback port"
start_fake
sed 's/^/  /' "$work/mockapi.out"

cp -R examples "$work/examples"
cd "$work/examples/demo"

step "The accounts of several clients, declared in a YAML file"
cat accounts.yaml

run init
run plan -out=demo.plan

step "The response to one request will be lost on its way back"
# By the shell itself, since there may be no curl.
body='{"method": "POST", "bodyContains": "Safety", "times": 1, "commit": true, "cut": "connection"}'
host=${THOUGHTINDUSTRIES_BASE_URL#http://}
exec 3<>"/dev/tcp/${host%:*}/${host##*:}"
printf 'POST /_control/fault HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' "$host" ${#body} "$body" >&3
head -n 1 <&3 | grep -q ' 20[04] ' || { echo "the fake API does not lose a response" >&2; exit 1; }
exec 3>&-
run apply demo.plan

step "A second plan is empty"
run plan -detailed-exitcode

step "A key is renamed: that would be a second account, so the plan is refused"
sed -i.before 's/^globex-onboarding:/globex-welcome:/' accounts.yaml
if run plan; then
  echo "the plan was not refused" >&2
  exit 1
fi

step "The way out: say that it is the same account"
tee moved.tf <<'MOVED'
moved {
  from = module.credits["globex-onboarding"]
  to   = module.credits["globex-welcome"]
}
MOVED
run apply -auto-approve

step "Destroy only removes the accounts from the state"
run destroy -auto-approve

step "The requests that the fake API received"
stop_fake
sed -n '2,$s/^/  /p' "$work/mockapi.out"
