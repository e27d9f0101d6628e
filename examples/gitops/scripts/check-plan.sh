#!/bin/sh
# Fails for a saved plan that costs money or loses sight of it, until a reviewer
# agrees:
#   - an account that is created beside others of its client and name, or in
#     their place (create_alongside): both have balances then;
#   - an account or a credit batch that is forgotten, by a destroy, a replacement
#     or a removed block: it stays, with its balance;
#   - a credit batch of more than CREDITS_LARGEST_BATCH credits (1000), or of a
#     number that is not known yet.
#   scripts/check-plan.sh tfplan
# With CREDITS_REVIEWED=true these are shown and pass. An entry without an id,
# whose creation had an unknown outcome, may be taken out: nothing is lost by that.
set -eu
plan=$("${TERRAFORM:-terraform}" show -json "$1")
found=$(printf '%s' "$plan" | jq -r --argjson largest "${CREDITS_LARGEST_BATCH:-1000}" '
  if has("resource_changes") or has("planned_values") or has("format_version") then . else error("this is no plan") end
  | .resource_changes[]?
  | select(.type == "thoughtindustries_credit_account" or .type == "thoughtindustries_credit_batch")
  | .address as $address
  | .change.actions as $actions
  | (.change.after.create_alongside? // []) as $alongside
  | (select(($actions | index("create")) and ($alongside | length > 0))
      | "  creates \($address) although there is \($alongside | join(", "))"),
    (select($actions | index("create")) | select(.type == "thoughtindustries_credit_batch") | .change.after.starting_balance?
      | select(. == null or . > $largest)
      | "  gives \(. // "an unknown number of") credits by \($address)"),
    (select(($actions | index("delete") or index("forget")) and .change.before.id != null)
      | "  forgets \($address) (\(.change.before.id))")')
[ -n "$found" ] || exit 0
echo "This plan leaves balances where no configuration sees them, or gives a second one or many credits:" >&2
echo "$found" >&2
if [ "${CREDITS_REVIEWED:-false}" != true ]; then
  echo "A reviewer agrees by the label credits-reviewed, and the check runs again." >&2
  exit 1
fi
echo "It was reviewed." >&2
