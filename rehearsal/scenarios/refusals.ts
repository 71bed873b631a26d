import { slotOf, type Plan } from "../../components";
import { previous } from "./stack/scenarioStack";
import type { Scenario } from "./stack/scenario";

/** Every kind of change that the guard refuses, with what it says. */
const refused: Scenario = {
  name: "refused",
  line: "anything that is not a move is refused before anything is touched",
  async run(stack) {
    await previous(stack);
    const { counter: R, retired: T } = stack.plan;
    const refuse = (plan: Plan, ...texts: RegExp[]) => stack.assertRefused(plan, ...texts);

    await refuse(
      { counter: R + 2, live: R + 2, retired: T },
      new RegExp(`rotation:counter may rise by one, from ${R} to ${R + 1}, not to ${R + 2}`),
      /last completed plan is counter \d+, live \d+, retired/,
      new RegExp(`rotate \\(.*\\): pulumi config set rotation:counter -- ${R + 1} && .*pulumi up`),
    );
    await refuse({ counter: R - 1, live: R - 1, retired: T }, /rotation:counter/);
    await refuse({ counter: R + 1, live: R + 1, retired: T + 1 }, /rotation:retired|retire/);

    await stack.up({ counter: R + 1, live: R, retired: T });
    await refuse(
      { counter: R + 2, live: R + 2, retired: T },
      new RegExp(`rotation:counter cannot rise from ${R + 1} to ${R + 2} while generation ${R} is`),
      /promote \(.*\): pulumi config set/,
      /withdraw \(.*\): pulumi config set/,
    );
    await stack.up({ counter: R + 1, live: R + 1, retired: T });
    await stack.up({ counter: R + 1, live: R + 1, retired: R });
    await refuse(
      { counter: R + 1, live: R + 1, retired: R - 1 },
      new RegExp(`rotation:retired cannot go down from ${R} to ${R - 1}: what is retired stays`),
    );
    await refuse({ counter: R + 1, live: R, retired: R }, /rotation:retired must be below/);
    await stack.assertInForce();
  },
};

/** A right that only one slot has: the proof before promotion names it and fails at once. */
const GRANT = "GRANT CREATE ON SCHEMA app TO";
const REVOKE = "REVOKE CREATE ON SCHEMA app FROM";

const finish: Scenario = {
  name: "finish",
  line: "a proof before promotion fails; once the cause is fixed, the same plan finishes the run",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    const role = `app_${slotOf(counter)}`;
    await stack.sql(`${GRANT} ${role}`);
    const plan = { counter: next, live: next, retired };
    await stack.assertFails(plan, new RegExp(`before-promotion-${next}-live-${next}`));
    await stack.assertRefused(
      { counter: next, live: next, retired: counter },
      new RegExp(`A run to counter ${next}, live ${next}, retired .* did not complete`),
      new RegExp(`finish \\(.*\\): pulumi config set rotation:counter -- ${next}`),
      new RegExp(`go back \\(.*\\): pulumi config set .*rotation:live -- ${counter}`),
    );
    const { version } = await stack.rig.slotCredential(slotOf(next));
    await stack.sql(`${REVOKE} ${role}`);
    await stack.up(plan);
    await stack.assertInForce();
    const after = await stack.rig.slotCredential(slotOf(next));
    if (after.version !== version) {
      throw new Error("Finishing a run made a new credential.");
    }
  },
};

const goBack: Scenario = {
  name: "go-back",
  line: "a proof before promotion fails; going back leaves the slot staged, withdraw disables it",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    const role = `app_${slotOf(counter)}`;
    await stack.sql(`${GRANT} ${role}`);
    const text = new RegExp(`before-promotion-${next}-live-${next}`);
    await stack.assertFails({ counter: next, live: next, retired }, text);
    await stack.sql(`${REVOKE} ${role}`);
    await stack.up({ counter: next, live: counter, retired });
    await stack.assertInForce();
    await stack.up({ counter, live: counter, retired: counter - 1 });
    await stack.assertInForce();
  },
};

const broken: Scenario = {
  name: "broken",
  line: "a new slot can never pass its proof; withdraw still completes",
  async run(stack) {
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    const role = `app_${slotOf(counter)}`;
    await stack.sql(`${GRANT} ${role}`);
    const fails = (live: number) =>
      stack.assertFails(
        { counter: next, live, retired },
        new RegExp(`before-promotion-${next}-live-${live}`),
      );
    await fails(next);
    await fails(counter);
    await stack.up({ counter, live: counter, retired: counter - 1 });
    await stack.sql(`${REVOKE} ${role}`);
    await stack.assertInForce();
  },
};

const emergencyBack: Scenario = {
  name: "emergency-back",
  line: "an emergency stops after the switch; going back works there too",
  async run(stack) {
    await previous(stack);
    const { counter, retired } = stack.plan;
    const next = counter + 1;
    const administrators = await stack.sql(
      "SELECT member::regrole::text AS name FROM pg_auth_members " +
        `WHERE roleid = 'app_${slotOf(counter)}'::regrole AND admin_option`,
    );
    const names = administrators.map(({ name }) => String(name)).join(", ");
    const role = `app_${slotOf(counter)}`;
    // Nobody but the superuser may change the role, so that the retirement stops there.
    await stack.sql(`REVOKE ADMIN OPTION FOR ${role} FROM ${names} CASCADE`);
    await stack.assertFails(
      { counter: next, live: next, retired: counter },
      new RegExp(`rotation-${slotOf(counter)}-role`),
    );
    await stack.sql(`GRANT ${role} TO ${names} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`);
    await stack.up({ counter: next, live: counter, retired });
    await stack.assertInForce();
    await stack.up({ counter: next, live: next, retired });
    await stack.assertInForce();
  },
};

export const refusals: readonly Scenario[] = [refused, finish, goBack, broken, emergencyBack];
