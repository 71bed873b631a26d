import assert from "node:assert";
import { MAINTENANCE, windowProblem } from "../../../components/platform/maintenanceWindow";

describe("windowProblem", () => {
  const problem = (answered: Parameters<typeof windowProblem>[0]) =>
    windowProblem(answered, "psql-app-dev-abc123", "rg-app-dev");

  it("has nothing against our window, nor against no answer", () => {
    assert.strictEqual(problem(MAINTENANCE), undefined);
    assert.strictEqual(problem({ ...MAINTENANCE }), undefined);
    assert.strictEqual(problem(undefined), undefined);
  });

  it("says how to set the window that creation passed over", () => {
    const system = { customWindow: "Disabled", dayOfWeek: 0, startHour: 0, startMinute: 0 };
    assert.match(
      problem(system) ?? "",
      /az postgres flexible-server update --resource-group rg-app-dev --name psql-app-dev-abc123 --maintenance-window "Sun:2:0"`, then `pulumi refresh`/,
    );
    assert.ok(problem({ ...MAINTENANCE, startHour: 3 }));
  });
});
