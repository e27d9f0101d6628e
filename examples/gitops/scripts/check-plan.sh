#!/bin/sh
# Refuses a saved plan that forgets a credit account, and asks a reviewer about
# one that creates an account beside others of the same client and name, or in
# their place: both have balances then.
#   scripts/check-plan.sh tfplan
# With SECOND_ACCOUNTS_REVIEWED=true the latter are shown and pass. An entry
# without an id, whose creation had an unknown outcome, may be taken out: nothing
# is lost by that.
set -eu
plan=$("${TERRAFORM:-terraform}" show -json "$1")
accounts='.resource_changes[]?
  | select(.type == "thoughtindustries_credit_account")
  | ((.change.after.create_alongside // []) | map(ascii_downcase)) as $alongside'
second=$(printf '%s' "$plan" | jq -r "$accounts"'
  | select(.change.actions | index("create"))
  | select($alongside | length > 0)
  | "\(.address) (create_alongside: \($alongside | join(", ")))"')
forgotten=$(printf '%s' "$plan" | jq -r "$accounts"'
  | select(.change.actions | index("delete"))
  | select(.change.before.id != null)
  | select(.change.before.id | ascii_downcase | IN($alongside[]) | not)
  | "\(.address) (\(.change.before.id))"')
failed=0
if [ -n "$second" ]; then
  echo "The plan creates credit accounts although their clients have others of the same name, which stay with their balances:" >&2
  echo "$second" >&2
  if [ "${SECOND_ACCOUNTS_REVIEWED:-false}" != true ]; then
    echo "A reviewer has to agree: see SECOND_ACCOUNTS_REVIEWED." >&2
    failed=1
  fi
fi
if [ -n "$forgotten" ]; then
  echo "The plan forgets credit accounts, which would stay with their balances:" >&2
  echo "$forgotten" >&2
  failed=1
fi
exit "$failed"
