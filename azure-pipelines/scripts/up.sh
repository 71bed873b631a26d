#!/usr/bin/env bash
# Brings a stack to what its file says.
#   up.sh STACK
set -euo pipefail
npm run -s vet -- --stack "$1"
pulumi up --stack "$1" --yes --non-interactive --diff --policy-pack policy --color never
