import assert from "node:assert";
import { DATABASE_SIZES } from "../../azure";
import { connectionsOf } from "../../operate/preflight/checks/database";
import { STATEMENT_KINDS, statementsOfCode, unknownStatements } from "./statements";

/**
 * Proves that sizes, regions, versions, roles, categories and parameters of Azure's that stand in
 * profiles, rules, the preflight and the twin are in Microsoft's tables, besides what stacks register.
 */
describe("What code says of Azure, besides what stacks register", () => {
  it("stands in a table of Microsoft's", () => {
    assert.deepStrictEqual(unknownStatements(statementsOfCode()), []);
  });

  for (const kind of STATEMENT_KINDS) {
    it(`is found where it is wrong: ${kind}`, () => {
      const statements = statementsOfCode();
      const at = statements.findIndex((statement) => statement.kind === kind);
      assert.notStrictEqual(at, -1);
      const planted = statements.map((statement, index) =>
        index === at ? { ...statement, value: `${statement.value}x` } : statement,
      );
      assert.deepStrictEqual(unknownStatements(planted), [
        `${planted[at]!.where}: no table has the ${kind} ${planted[at]!.value}`,
      ]);
    });
  }

  it("has as many connections for memory as the table has for each size, but for the smallest", () => {
    for (const [size, { memoryGB, maxConnections }] of Object.entries(DATABASE_SIZES)) {
      const counted = connectionsOf(memoryGB * 1024);
      assert.ok(counted === maxConnections || size === "Standard_B1ms", `${size}: ${counted}`);
    }
  });
});
