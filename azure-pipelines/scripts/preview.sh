#!/usr/bin/env bash
# Previews a stack and keeps what it says, also when it is a refusal.
#   preview.sh STACK REPORT     REPORT: folder for the text and for how it ended
set -euo pipefail
mkdir -p "$2"
npm run -s vet -- --stack "$1"

status=0
pulumi preview --stack "$1" --non-interactive --diff --policy-pack policy --color never 2>&1 |
  tee "$2/text" || status=$?
echo "$status" >"$2/status"
exit "$status"
