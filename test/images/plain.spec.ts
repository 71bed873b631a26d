import { takesAway } from "../support/takenAway";

describe("the plain application", function () {
  this.timeout(120_000);

  takesAway({
    image: "registry.example/plain:1.0.0",
    deliveries: ["secret", "file"],
    table: "visitors",
    says: {
      disabled: /is not permitted to log in/,
      wrongPassword: /password authentication failed/,
      limitReached: /too many connections for role/,
    },
    lostWithSessions: 0,
    pool: "lazy",
    endsWith: 0,
  });
});
