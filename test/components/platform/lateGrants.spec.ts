import assert from "node:assert";
import { secondsLeft } from "../../../components/platform/lateGrants";

const NOW = Date.parse("2026-11-28T12:00:00Z");

describe("The wait for a role assignment", () => {
  for (const [what, createdOn, expected] of [
    ["is whole for one that was made just now", "2026-11-28T12:00:00Z", 600],
    ["is what is left of it after a run that was interrupted", "2026-11-28T11:54:00.5Z", 240.5],
    ["is none for one that has been there for long", "2025-01-01T00:00:00Z", 0],
    ["is never longer, by whatever clock", "2026-11-28T14:00:00Z", 600],
  ] as const) {
    it(what, () => assert.strictEqual(secondsLeft(createdOn, 600, NOW), expected));
  }
});
