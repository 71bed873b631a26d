import assert from "node:assert";
import { type Plan, type SlotPlan, rotationPlan, SLOTS } from "../../components";
import { asSuperuser, tryLogin } from "../../rehearsal/checks";
import { slotOfUrn, isPlatform } from "../../rehearsal/operations";
import { APPLICATION, PRODUCTION_HOST, Rig } from "../../rehearsal/rig";
import type { Operation } from "../../rehearsal/workspace";

/** What a slot answers on one of the gateway's hosts; the status alone when it is no 200. */
type Answer = { status: number; generation?: number; sessionUser?: string; secretVersion?: string };

/** Requests per second that production has to answer while a spec moves traffic about. */
const RATE = 20;

/**
 * A stack under the real engine that a spec moves from plan to plan, with traffic on, and the means
 * to see from outside what came of it.
 */
export class MovedStack {
  private constructor(readonly rig: Rig) {}

  /** Starts a rig of its own and deploys at counter 0. */
  static async deploy(): Promise<MovedStack> {
    const rig = await Rig.start({
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    try {
      await rig.workspace.configure({ counter: 0 });
      const { outputs } = await rig.workspace.up();
      await rig.startLoad(outputs["gatewayAddress"] as string, RATE);
      return new MovedStack(rig);
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.rig.close();
  }

  /** Configures a plan and runs `up`. */
  async up(plan: Plan, options: { replace?: string[] } = {}): Promise<Operation[]> {
    await this.configure(plan);
    return (await apart(() => this.rig.workspace.up(options))).operations;
  }

  /** Configures a plan and runs `preview`; returns the operations that an `up` would have. */
  async preview(plan: Plan): Promise<Operation[]> {
    await this.configure(plan);
    return apart(() => this.rig.workspace.preview());
  }

  /** Asserts that `preview` refuses a plan, and that it says all of this. */
  async assertRefused(plan: Plan, ...texts: readonly RegExp[]): Promise<void> {
    await this.configure(plan);
    await assert.rejects(
      apart(() => this.rig.workspace.preview()),
      ({ message }: Error) => {
        texts.forEach((text) => assert.match(message, text));
        return true;
      },
    );
  }

  /** Asserts that `up` fails, and that it says this. */
  async assertFails(plan: Plan, text: RegExp): Promise<void> {
    await this.configure(plan);
    await assert.rejects(
      apart(() => this.rig.workspace.up()),
      text,
    );
  }

  /**
   * Asserts, without a look at the engine's state, that the cloud is as planned: who may log in,
   * which secrets can be read, and who answers production and the stage hosts. And that another
   * `up` finds nothing to do.
   */
  async assertInForce(plan: Plan): Promise<void> {
    const { slots, liveSlot } = rotationPlan(plan.counter, plan.live, plan.retired);
    for (const slot of SLOTS) {
      await this.assertSlot(slots[slot]);
    }
    const { version } = await this.rig.slotCredential(liveSlot.slot);
    assert.deepStrictEqual(await this.ask(PRODUCTION_HOST), {
      status: 200,
      generation: plan.live,
      sessionUser: `${APPLICATION}_${liveSlot.slot}`,
      secretVersion: version,
    });
    await this.configure(plan);
    await apart(() => this.rig.workspace.up({ expectNoChanges: true }));
  }

  /** Asserts that no request to production was lost so far. */
  async assertNothingLost(): Promise<void> {
    const { load } = this.rig;
    const now = load.mark();
    const { sent, reasons } = await load.between({ at: 0 }, now);
    assert.deepStrictEqual(reasons, {});
    assert.ok(sent > RATE, `only ${sent} requests`);
  }

  /** What is answered on a host of the gateway. */
  async ask(host: string): Promise<Answer> {
    const { status, body } = await this.rig.ask(host);
    if (status !== 200) {
      return { status };
    }
    const { generation, sessionUser, secretVersion } = JSON.parse(body) as Answer;
    return { status, generation, sessionUser, secretVersion };
  }

  /** The newest vault secret of a slot, tried as a login: SQLSTATE of the refusal, or empty. */
  async login(slot: string): Promise<string> {
    const { value: password } = await this.rig.slotCredential(slot);
    const user = `${APPLICATION}_${slot}`;
    const login = { user, password, database: APPLICATION };
    return (await tryLogin(await this.rig.superuser(), login)).sqlstate;
  }

  /** Runs a statement in the application's database, past the program. */
  async sql(statement: string): Promise<Record<string, unknown>[]> {
    const { rows } = await asSuperuser(await this.rig.superuser(), APPLICATION, statement);
    return rows as Record<string, unknown>[];
  }

  private async assertSlot({ slot, generation, state }: SlotPlan): Promise<void> {
    const active = state === "active";
    const [role] = await this.sql(
      `SELECT rolcanlogin FROM pg_roles WHERE rolname = '${APPLICATION}_${slot}'`,
    );
    const { enabled } = await this.rig.slotCredential(slot);
    const answer = await this.ask(stageHost(slot));
    assert.deepStrictEqual(
      {
        canLogin: role?.["rolcanlogin"],
        login: await this.login(slot),
        enabled,
        answers: answer.status === 200 ? answer.generation : "nothing",
      },
      {
        canLogin: active,
        login: active ? "" : "28000",
        enabled: active,
        answers: active ? generation : "nothing",
      },
      `${slot}, generation ${generation}, ${state}`,
    );
  }

  private configure({ counter, live, retired }: Plan): Promise<void> {
    // As a person would: keys that say nothing new are not there.
    return this.rig.workspace.configure({
      counter,
      live: live === counter ? undefined : live,
      retired: retired === -1 ? undefined : retired,
    });
  }
}

const UNCAUGHT = ["uncaughtException", "unhandledRejection"] as const;

/**
 * Runs the program without mocha's listeners. The program of a failed run ends in a rejection that
 * the Automation API takes from the process and tells the engine; mocha would take it for its own.
 */
async function apart<T>(run: () => Promise<T>): Promise<T> {
  const kept = UNCAUGHT.map((event) => ({ event, listeners: process.rawListeners(event) }));
  const taken: unknown[] = [];
  const take = (error: unknown) => taken.push(error);
  UNCAUGHT.forEach((event) => process.removeAllListeners(event).on(event, take));
  try {
    const result = await run();
    assert.deepStrictEqual(taken, []);
    return result;
  } finally {
    for (const { event, listeners } of kept) {
      process.off(event, take);
      listeners.forEach((listener) => process.on(event, listener as () => void));
    }
  }
}

/** The host that always leads to a slot, in the rehearsal's stack file. */
export function stageHost(slot: string): string {
  return `${slot}.${PRODUCTION_HOST}`;
}

/** The slots that operations are part of, sorted; `platform` for the platform. */
export function touched(operations: readonly Operation[]): string[] {
  const parts = operations.map(({ urn }) => (isPlatform(urn) ? "platform" : slotOfUrn(urn)));
  return [...new Set(parts.filter((part) => part !== undefined))].sort();
}
