#!/usr/bin/env bash
# Sets the output variable `stacks`: those that differ from a commit, or one that is named.
#   stacks.sh COMMIT [STACK]
set -euo pipefail
stacks=$(npm run -s stacks -- --since "$1" --only "${2:-}")
echo "$stacks"
echo "##vso[task.setvariable variable=stacks;isOutput=true]$stacks"
