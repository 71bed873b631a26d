#!/usr/bin/env bash
# Sets the output variable `records`: what the state says about the rotation.
#   records.sh STACK
set -euo pipefail
records=$(npm run -s records -- --stack "$1")
echo "##vso[task.setvariable variable=records;isOutput=true]$records"
