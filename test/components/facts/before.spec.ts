import assert from "node:assert";
import { factsBefore, type FactsSettings } from "../../../components/facts";
import type { Run } from "../../../components/plan";

const SETTINGS: FactsSettings = {
  accepted: ["vault"],
  application: "app",
  actAs: "owner",
  hosts: { production: "a.example", blue: "b.example", green: "g.example" },
  own: { vault: /^kv\.example$/, database: /^psql\.example$/, cluster: /^aks\.example$/ },
  images: { app: "app:1.1.0" },
  release: {
    replicas: 6,
    autoscaling: { minReplicas: 2, maxReplicas: 6 },
    serverConnections: 859,
  },
};

const COMPLETED: Run = {
  plan: { counter: 5, live: 5, retired: 3 },
  settings: "s",
  attempt: "a",
  template: "0123456789ab",
};

describe("what a move builds on", () => {
  it("is what the last run recorded, and what the settings say of pods and connections", () => {
    const live = { secretVersion: "v5", images: { app: "app:1.0.0" } };
    const before = factsBefore(SETTINGS, { completed: COMPLETED, live });
    assert.deepStrictEqual(before?.expected, {
      application: "app",
      actAs: "owner",
      namespace: "app",
      vault: "",
      secretVersion: "v5",
      image: "app:1.0.0",
      template: "0123456789ab",
      hosts: SETTINGS.hosts,
      replicas: 6,
      minReplicas: 2,
      maxReplicas: 6,
      connections: 417,
    });
    assert.deepStrictEqual([before?.image, before?.accepted], ["app:1.1.0", ["vault"]]);
  });

  it("is no image where the record has none, whatever is asked for now", () => {
    const before = factsBefore(SETTINGS, { completed: COMPLETED, live: { secretVersion: "v5" } });
    assert.strictEqual(before?.expected.image, undefined);
  });

  it("is nothing on a stack without a completed run", () => {
    assert.strictEqual(factsBefore(SETTINGS, {}), undefined);
  });
});
