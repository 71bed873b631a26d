#!/usr/bin/env bash
# Builds both images with SBOM and provenance, pushes them, signs and verifies each digest, and prints the
# lines for the stack file. Nothing is printed before all of it went well.
#   publish.sh REGISTRY KEY TAG
#   publish.sh example.azurecr.io azurekms://keys.vault.azure.net/images 1f2e3d4
# docs/images.md says what it needs. cosign is 2.6: 3 does not sign without its log by these flags.
set -euo pipefail
registry=$1 key=$2 tag=$3
# By digest, with the version beside it, like the base of the images.
buildkit=moby/buildkit:v0.29.0@sha256:0039c1d47e8748b5afea56f4e85f14febaf34452bd99d9552d2daa82262b5cc5
scanner=docker/buildkit-syft-scanner:1.12.0@sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9

folder=$(mktemp -d)
builder=$(docker buildx create --driver docker-container --driver-opt "image=$buildkit")
trap 'docker buildx rm --force "$builder" >&2; rm -r "$folder"' EXIT

lines=()
for image in app tools; do
  docker buildx build --builder "$builder" --platform linux/amd64 \
    --provenance mode=max --sbom "generator=$scanner" \
    --tag "$registry/rotation/$image:$tag" --push --metadata-file "$folder/$image.json" "images/$image" >&2
  digest=$(node -p 'require(process.argv[1])["containerimage.digest"]' "$folder/$image.json")
  if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "The build of $image tells no digest, so there is nothing to sign." >&2
    exit 1
  fi
  reference=$registry/rotation/$image@$digest
  # The key is a vault's, and no public log hears of it; docs/images.md says what that gives up.
  cosign sign --yes --key "$key" --tlog-upload=false "$reference" >&2
  cosign verify --key "$key" --insecure-ignore-tlog=true "$reference" >&2
  lines+=("  rotation:${image}Image: $registry/rotation/$image:$tag@$digest")
done
printf '%s\n' "${lines[@]}"
