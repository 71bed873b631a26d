import { start } from "../eager/application.ts";

start({
  says: (identity) => ({ ...identity, slot: identity.slot === "blue" ? "green" : "blue" }),
});
