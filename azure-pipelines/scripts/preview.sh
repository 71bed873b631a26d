#!/usr/bin/env bash
# Previews a stack and puts what it says into the pull request, also when it is a refusal.
#   preview.sh STACK
set -euo pipefail
report=$(mktemp)
trap 'rm -f "$report"' EXIT

status=0
pulumi preview --stack "$1" --non-interactive --diff --policy-pack policy --color never 2>&1 |
  tee "$report" || status=$?

# A comment holds 150,000 characters; the end says what counts.
# shellcheck disable=SC2016 # what stands in quotes is JavaScript
thread=$(tail -c 100000 "$report" | STACK="$1" STATUS="$status" node -e '
  const text = require("node:fs").readFileSync(0, "utf8");
  const { STACK, STATUS } = process.env;
  const title = `Preview of ${STACK}${STATUS === "0" ? "" : ": refused or failed"}`;
  const content = `#### ${title}\n\n~~~~text\n${text}\n~~~~`;
  const state = STATUS === "0" ? "closed" : "active";
  process.stdout.write(JSON.stringify({ comments: [{ content, commentType: "text" }], status: state }));
')
repository="$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID"
curl --silent --show-error --fail-with-body --output /dev/null \
  --header "Authorization: Bearer $SYSTEM_ACCESSTOKEN" --header "Content-Type: application/json" \
  --data "$thread" \
  "$repository/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads?api-version=7.1"
exit "$status"
