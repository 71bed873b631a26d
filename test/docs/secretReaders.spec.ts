import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chapter } from "../../rehearsal/scenarios/stack/documented";
import { answersOf } from "../components/application/kusto";
import { kustoProblems } from "../support/kustoLanguage";

const RUNBOOK = readFileSync(join(__dirname, "..", "..", "docs", "runbook.md"), "utf8");
const [, QUERY = ""] = /```kusto\n([\s\S]*?)```/.exec(chapter(RUNBOOK, "Who read a Secret")) ?? [];

const ONE = "/api/v1/namespaces/app/secrets/app-blue-8-0123abcd";

/** The API server's record of a request. */
function read(username: string, Verb = "get", RequestUri = ONE, code = 200) {
  return {
    TimeGenerated: new Date().toISOString().replace("T", " ").replace("Z", ""),
    Verb,
    RequestUri,
    User: JSON.stringify({ username }),
    ResponseStatus: JSON.stringify({ code }),
    SourceIps: "[]",
  };
}

const CASES: readonly (readonly [isTold: boolean, what: string, row: ReturnType<typeof read>])[] = [
  [true, "a person's get", read("somebody@example.com")],
  [
    true,
    "a list of the namespace",
    read("somebody@example.com", "list", "/api/v1/namespaces/app/secrets?limit=500"),
  ],
  [true, "a watch of all of the cluster's", read("oid", "watch", "/api/v1/secrets?watch=true")],
  [true, "an account of the application's", read("system:serviceaccount:app:app-blue")],
  [false, "a node's", read("system:node:aks-apps-000001")],
  [false, "the ingress controller's", read("system:serviceaccount:kube-system:ingress-appgw-sa")],
  [false, "that of whoever runs `pulumi up`", read("<object id of whoever runs pulumi up>")],
  [false, "one that was refused", read("somebody@example.com", "get", ONE, 403)],
  [false, "a write", read("somebody@example.com", "patch")],
  [
    false,
    "another namespace's",
    read("somebody@example.com", "get", "/api/v1/namespaces/apps/secrets/x"),
  ],
  [
    false,
    "another kind's",
    read("somebody@example.com", "get", "/api/v1/namespaces/app/pods/secrets"),
  ],
];

describe("the query for readers of Secrets in docs/runbook.md", () => {
  it("is Kusto as Microsoft reads it, for columns that the table has", () => {
    assert.notStrictEqual(QUERY, "");
    assert.deepStrictEqual(kustoProblems(QUERY), []);
  });

  it("tells of people and pods, and of nobody who has to read them", async function () {
    this.timeout(180_000);
    const given = await answersOf(
      this,
      CASES.map(([, , row]) => ({ query: QUERY, rows: { AKSAudit: [row] } })),
    );
    assert.deepStrictEqual(
      CASES.map(([, what], index) => [what, given[index]!.length > 0]),
      CASES.map(([isTold, what]) => [what, isTold]),
    );
  });
});
