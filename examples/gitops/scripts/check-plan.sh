#!/bin/sh
# Refuses a saved plan that forgets or replaces a credit account.
#   scripts/check-plan.sh tfplan
# An entry without an id, whose creation had an unknown outcome, may be taken
# out: nothing is lost by that.
set -eu
plan=$("${TERRAFORM:-terraform}" show -json "$1")
found=$(printf '%s' "$plan" | jq -r '
  .resource_changes[]?
  | select(.type == "thoughtindustries_credit_account")
  | select(.change.actions | index("delete"))
  | select(.change.before.id != null)
  | "\(.address) (\(.change.before.id))"')
[ -z "$found" ] && exit 0
echo "The plan forgets or replaces credit accounts, which would stay with their balances:" >&2
echo "$found" >&2
exit 1
