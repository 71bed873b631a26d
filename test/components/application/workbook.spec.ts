import assert from "node:assert";
import { workbook, workbookContent } from "../../../components/application/workbook";
import { type Figure, FIGURES } from "../../../components/application/workbookQueries";
import { kustoProblems } from "../../support/kustoLanguage";
import { LOG_TABLES } from "../../support/logTables";
import { MockProgram, type Registration } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const WORKSPACE = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-app-test`;
const TOKEN = "azure-native:applicationinsights:Workbook";

interface Part {
  readonly type: number;
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

async function registered(): Promise<Registration> {
  const program = await MockProgram.start();
  workbook(
    "workbook",
    { scope: platformScope("prod"), workspaceId: WORKSPACE, namespace: "team" },
    {},
  );
  await program.drained();
  return program.find(TOKEN, "workbook");
}

const PLACE = { application: "app", namespace: "team" };

const figures = Object.entries<Figure>(FIGURES);
const { items } = workbookContent(PLACE, WORKSPACE) as { items: Part[] };

describe("the workbook", () => {
  for (const [name, { query }] of figures) {
    it(`asks for ${name} in Kusto as Microsoft reads it, for columns that the tables have`, () => {
      assert.deepStrictEqual(kustoProblems(query("app", "team")), []);
      assert.notDeepStrictEqual(
        kustoProblems(`${query("app", "team")} | where NoSuchColumn == 1`),
        [],
      );
    });
  }

  it("shows what a rotation is seen by: gateway, database, vault, proofs and pods", () => {
    const asked = figures.map(([, { query }]) => query("app", "team")).join("\n");
    const tables = Object.keys(LOG_TABLES).filter((table) => asked.includes(table));
    assert.deepStrictEqual(tables.sort(), [
      "AGWAccessLogs",
      "AZKVAuditLogs",
      "AzureMetrics",
      "ContainerLogV2",
      "KubePodInventory",
      "PGSQLPgStatActivitySessions",
      "PGSQLServerLogs",
    ]);
  });

  it("asks the stack's own workspace for the application's rows, over the time that is chosen", () => {
    const queries = items.filter(({ type }) => type === 3);
    assert.deepStrictEqual(
      queries.map(({ name }) => name),
      figures.map(([name]) => name),
    );
    for (const { content } of queries) {
      assert.deepStrictEqual(content["crossComponentResources"], [WORKSPACE]);
      assert.strictEqual(content["timeContextFromParameter"], "TimeRange");
    }
    const [, parameters] = items;
    assert.match(JSON.stringify(parameters), /"name":"TimeRange"/);
    assert.ok(
      !JSON.stringify(
        workbookContent({ application: "shop", namespace: "team" }, WORKSPACE),
      ).includes('"app-'),
    );
  });

  it("has a UUID for a name, the same in every run, and belongs to the workspace", async () => {
    const [{ inputs }, again] = [await registered(), await registered()];
    assert.match(
      String(inputs["resourceName"]),
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.deepStrictEqual(again.inputs, inputs);
    assert.strictEqual(inputs["sourceId"], WORKSPACE.toLowerCase());
    assert.strictEqual(inputs["category"], "workbook");
    assert.strictEqual(inputs["serializedData"], JSON.stringify(workbookContent(PLACE, WORKSPACE)));
  });
});
