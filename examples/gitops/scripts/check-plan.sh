#!/bin/sh
# Fails for a saved plan that costs money or loses sight of it, until a reviewer agrees with CREDITS_REVIEWED=true:
#   - an account is created beside others of its name, or in their place (create_alongside);
#   - an account or a batch is removed from the state: it stays, with its balance;
#   - an account or a batch gets more than CREDITS_LARGEST credits (1000), or a number that is not known yet.
#   scripts/check-plan.sh tfplan
# An entry without an id, whose creation had an unknown outcome, may be removed.
set -eu
plan=$("${TERRAFORM:-terraform}" show -json "$1")
found=$(printf '%s' "$plan" | jq -r --argjson largest "${CREDITS_LARGEST:-1000}" '
  if has("format_version") then . else error("this is no plan") end
  | .resource_changes[]?
  | select(.type == "thoughtindustries_credit_account" or .type == "thoughtindustries_credit_batch")
  | .address as $address
  | .change as $change
  | ($change.actions | index("create")) as $creates
  | ($change.actions | index("delete") or index("forget")) as $removes
  | ($change.after.create_alongside? // []) as $alongside
  | $change.after.starting_balance? as $credits
  | if $creates and ($alongside | length > 0)
      then "  creates \($address) although there is \($alongside | join(", "))" else empty end,
    if $creates and ($credits == null or $credits > $largest)
      then "  gives \($credits // "an unknown number of") credits by \($address)" else empty end,
    if $removes and $change.before.id != null
      then "  removes \($address) (\($change.before.id)) from the state" else empty end')
[ -n "$found" ] || exit 0
echo "This plan gives a second balance or many credits, or leaves a balance that nothing manages:" >&2
echo "$found" >&2
if [ "${CREDITS_REVIEWED:-false}" != true ]; then
  echo "If that is meant, a reviewer sets the label credits-reviewed, and the check runs again." >&2
  exit 1
fi
echo "It was reviewed." >&2
