#!/usr/bin/env bash
# Opens a pull request that makes a move, unless there is nothing to propose.
#   propose.sh STACK MOVE     with RECORDS: what records.sh has found
set -euo pipefail
stack=$1
move=$2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

printf '%s' "$RECORDS" >"$out/records.json"
git ls-remote --heads origin >"$out/branches"
npm run -s propose -- --stack "$stack" --move "$move" --out "$out" \
  --records "$out/records.json" --branches "$out/branches"
[ -f "$out/branch" ] || exit 0

branch=$(cat "$out/branch")
title=$(cat "$out/title")
git switch --create "$branch"
git -c user.name=rotation -c user.email=rotation@localhost commit --message "$title" -- \
  "stacks/Pulumi.$stack.yaml"
git push origin "$branch"
# The text is one argument per line: that is how the command takes it.
mapfile -t description <"$out/body.md"
az repos pr create --detect true --source-branch "$branch" --target-branch main \
  --title "$title" --description "${description[@]}" --delete-source-branch true --output none
