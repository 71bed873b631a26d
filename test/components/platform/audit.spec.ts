import assert from "node:assert";
import { loadsLater, restartProblem } from "../../../components/platform/audit";

const COMMAND =
  /`az postgres flexible-server restart --resource-group rg-app-dev --name psql-app-dev-abc123`.*`pulumi refresh`/;

describe("the audit of a server", () => {
  it("says that a restart is still to come, that it ends connections, and how to do it", () => {
    const text = loadsLater("psql-app-dev-abc123", "rg-app-dev");
    assert.match(text, COMMAND);
    assert.match(text, /drops every connection/);
    assert.match(text, /next restart, which this run does not trigger/);
  });

  it("reminds in every run until the server has been restarted", () => {
    const problem = (pending: boolean | undefined) =>
      restartProblem(pending, "psql-app-dev-abc123", "rg-app-dev");
    assert.strictEqual(problem(false), undefined);
    assert.strictEqual(problem(undefined), undefined);
    assert.match(problem(true) ?? "", COMMAND);
  });
});
