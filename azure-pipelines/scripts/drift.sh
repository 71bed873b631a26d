#!/usr/bin/env bash
# Fails when Azure is not as the program says.
#   drift.sh STACK
set -euo pipefail
npm run -s vet -- --stack "$1"
pulumi preview --stack "$1" --non-interactive --refresh --expect-no-changes --diff --color never
