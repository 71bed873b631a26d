#!/usr/bin/env bash
# Runs another script with the login that the AzureCLI task has made, for Azure's provider.
#   azure.sh SCRIPT [ARGUMENT...]
set -euo pipefail
# A state can name a plugin and where to get it.
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
# shellcheck disable=SC2154 # the task sets these three, in these letters
export ARM_USE_OIDC=true ARM_CLIENT_ID="$servicePrincipalId" ARM_TENANT_ID="$tenantId" ARM_OIDC_TOKEN="$idToken"
ARM_SUBSCRIPTION_ID=$(az account show --query id --output tsv)
export ARM_SUBSCRIPTION_ID
exec bash "$@"
