import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import { takesAway } from "../../support/takenAway";

describe("the recipe for Python", function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(300_000);
    await prepareRecipe("python");
  });

  takesAway({
    image: "registry.example/recipe-python:1.0.0",
    deliveries: ["file", "secret"],
    table: "books",
    says: {
      disabled: /failed: .*is not permitted to log in/,
      wrongPassword: /failed: .*password authentication failed/,
      limitReached: /too many connections for role/,
    },
    lostWithSessions: 0,
    pool: "lazy",
    endsWith: 0,
  });
});
