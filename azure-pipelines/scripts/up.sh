#!/usr/bin/env bash
# Brings a stack to what its file says.
#   up.sh STACK
set -euo pipefail
pulumi up --stack "$1" --yes --non-interactive --diff --policy-pack policy --color never
