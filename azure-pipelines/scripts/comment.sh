#!/usr/bin/env bash
# Puts what a preview said into the pull request. It has the token of the pipeline, so it runs as main
# has it and touches nothing of the pull request but the text.
#   comment.sh STACK REPORT     REPORT: what preview.sh has kept
set -euo pipefail

# A comment holds 150,000 characters; the end says what counts.
# shellcheck disable=SC2016 # what stands in quotes is JavaScript
thread=$(tail -c 100000 "$2/text" | STACK="$1" STATUS="$(cat "$2/status")" node -e '
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
