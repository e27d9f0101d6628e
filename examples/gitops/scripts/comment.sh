#!/bin/sh
# Makes a comment for the pull request of what `terraform plan` printed, cut
# where GitHub would refuse it (65,536 characters).
#   scripts/comment.sh plan.txt > comment.md
# Plan without the key, so that nothing can show it.
set -eu
limit=65000
result=$(grep -E -m 1 '^(Plan: [0-9a-z, ]+|No changes)\.' "$1" || echo "The plan changes no resource, or failed.")
printf '**%s**\n\n<details><summary>All of it</summary>\n\n~~~~~~~~~~text\n' "$result"
# Lines are kept whole, and with them their characters.
LC_ALL=C awk -v limit="$limit" '
  { size += length($0) + 1 }
  size > limit { exit }
  { print }' "$1"
printf '~~~~~~~~~~\n\n</details>\n'
if [ "$(wc -c <"$1")" -gt "$limit" ]; then
  printf '\nThe plan is too long for a comment: the log of the run has the rest.\n'
fi
