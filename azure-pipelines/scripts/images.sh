#!/usr/bin/env bash
# Builds, signs and verifies both images, with the login that the AzureCLI task has made.
#   images.sh
set -euo pipefail
az acr login --name "$REGISTRY"
bash images/publish.sh "$REGISTRY" "$SIGNING_KEY" "${BUILD_SOURCEVERSION::12}" | tee images.txt
