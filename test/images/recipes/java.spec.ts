import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import { takesAway } from "../../support/takenAway";

describe("the recipe for Java", function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(600_000);
    await prepareRecipe("java");
  });

  takesAway({
    image: "registry.example/recipe-java:1.0.0",
    deliveries: ["secret", "file"],
    table: "orders",
    says: {
      disabled: /failed: 28000 .*is not permitted to log in/,
      wrongPassword: /failed: 28P01 .*password authentication failed/,
      limitReached: /too many connections for role/,
    },
    // A connection that was used within half a second is not asked again before it is used.
    lostWithSessions: 5,
    pool: "eager",
    variables: { CONNECTION_TIMEOUT_MS: "2000" },
    endsWith: 143,
  });
});
