import * as assert from "node:assert/strict";
import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import { takesAway } from "../../support/takenAway";

describe("the recipe for Node", function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(300_000);
    await prepareRecipe("node");
  });

  const strangers = takesAway({
    image: "registry.example/recipe-node:1.0.0",
    deliveries: ["uri", "file", "secret"],
    table: "tasks",
    says: {
      disabled: /failed: 28000/,
      wrongPassword: /failed: 28P01/,
      limitReached: /: 53300/,
    },
    lostWithSessions: 0,
    pool: "lazy",
    endsWith: 0,
  });

  it("starts although somebody was killed in a migration", async () => {
    const { database } = strangers();
    await database.sql("update app.knex_migrations_lock set is_locked = 1");
    const app = strangers().run("app_blue", "uri");
    await app.up();
    assert.equal((await app.get("/")).status, 200);
  });
});
