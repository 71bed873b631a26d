import assert from "node:assert";
import type { Step, UpEnd, UpStarter } from "../../../../rehearsal/up/killableUp";
import {
  EVERYWHERE,
  KillPoints,
  type Wanted,
} from "../../../../rehearsal/scenarios/kill/killPoints";
import type { Entry } from "../../../../twin/world/journal";
import type { TwinClient } from "../../../../twin/client";

const urn = (type: string, name: string) =>
  `urn:pulumi:prod::rotation::rotation:index:X$${type}::${name}`;
const ROLE = urn("postgresql:index/role:Role", "role");
const RELEASE = urn("kubernetes:helm.sh/v3:Release", "release");
const STASH = urn("pulumi:index:Stash", "record");
const COMPONENT = urn("rotation:index:Slot", "slot");
const PROVIDERS = { kubernetes: "twin", postgresql: "twin" } as const;

const update = (of: string, moment: Step["moment"] = "before"): Step => ({
  op: "update",
  urn: of,
  moment,
});

/** What one engine does: steps that it tells, and operations at which the twin holds it. */
type Event = Step | { readonly held: "before" | "during" | "after"; readonly urn: string };

/** Plays engines one after another. */
async function play(wanted: readonly Wanted[], ...runs: readonly (readonly Event[])[]) {
  let hold: (entry: Entry) => void = () => undefined;
  const twin = {
    onEntry: (listener: typeof hold) => {
      hold = listener;
      return () => undefined;
    },
    call: () => Promise.resolve(),
  };
  const events = [...runs];
  const starter = {
    start: () => {
      let tell: (step: Step) => void = () => undefined;
      let killed = false;
      return {
        onStep: (listener: typeof tell) => (tell = listener),
        kill: () => (killed = true),
        ended: (): Promise<UpEnd> => {
          for (const event of events.shift() ?? []) {
            if ("held" in event) {
              const detail = { when: event.held, op: "update", urn: event.urn };
              hold({ source: "engine", event: "operation hold", detail } as unknown as Entry);
            } else {
              tell(event);
            }
          }
          return Promise.resolve({ outcome: killed ? "killed" : "completed", text: "" });
        },
      };
    },
  };
  const points = new KillPoints(
    twin as unknown as TwinClient,
    starter as unknown as UpStarter,
    wanted,
    PROVIDERS,
  );
  const ends: string[] = [];
  while (events.length > 0) {
    ends.push((await points.up()).end.outcome);
  }
  return { points, ends };
}

describe("the points at which engines are killed", () => {
  it("are missed where no engine was killed", async () => {
    const { points, ends } = await play(
      EVERYWHERE,
      [update(ROLE), { held: "before", urn: ROLE }],
      [update(ROLE), update(ROLE, "after"), update(RELEASE), update(RELEASE, "after")],
    );
    assert.deepStrictEqual(ends, ["killed", "completed"]);
    assert.deepStrictEqual(points.missed, [
      "before the update of release",
      "during the update of release",
      "after the update of role",
      "after the update of release",
    ]);
  });

  it("are missed as well when nothing began", async () => {
    const { points } = await play(EVERYWHERE, []);
    assert.deepStrictEqual(points.missed, [
      'before anything of ""',
      'during anything of ""',
      'after anything of ""',
    ]);
  });

  it("are not of steps that ask no provider for anything", async () => {
    const same: Step = { op: "same", urn: ROLE, moment: "before" };
    const { points } = await play([{ moment: "before", urn: "" }], [same, update(COMPONENT)]);
    assert.deepStrictEqual(points.missed, ['before anything of ""']);
  });

  it("are of what the engine does by itself as well", async () => {
    const { points, ends } = await play(
      [
        { moment: "before", urn: "" },
        { moment: "after", urn: "" },
      ],
      [update(STASH)],
      [update(STASH), update(STASH, "after")],
    );
    assert.deepStrictEqual([points.missed, ends], [[], ["killed", "killed"]]);
  });

  it("are those that were wanted, and no others", async () => {
    const { points } = await play(
      [{ moment: "before", urn: "::role" }],
      [update(ROLE), { held: "before", urn: ROLE }],
      [update(ROLE), update(ROLE, "after"), update(RELEASE), update(RELEASE, "after")],
    );
    assert.deepStrictEqual(points.missed, []);
  });

  it("may be met by a kill for another operation, when that ended without its engine", async () => {
    const wanted: Wanted[] = [{ moment: "after", urn: "::role" }];
    const first = [update(ROLE)];
    assert.deepStrictEqual((await play(wanted, first, [])).points.missed, []);
    const again = [update(ROLE), update(ROLE, "after")];
    assert.deepStrictEqual((await play(wanted, first, again)).points.missed, [
      "after the update of role",
    ]);
  });
});
