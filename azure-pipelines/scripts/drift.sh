#!/usr/bin/env bash
# Fails when Azure is not as the program says.
#   drift.sh STACK
set -euo pipefail
pulumi preview --stack "$1" --non-interactive --refresh --expect-no-changes --diff --color never
