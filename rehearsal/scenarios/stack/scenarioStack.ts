import assert from "node:assert";
import {
  planInWords,
  type Plan,
  type SlotName,
  type SlotPlan,
  rotationPlan,
  SLOTS,
} from "../../../components";
import { asSuperuser, tryLogin } from "../../clients/checks";
import { explain } from "../../up/explain";
import { isPlatform, slotOfUrn } from "../../result/operations";
import { APPLICATION, NAMES, PRODUCTION_HOST, stageHost } from "../../rig/stackFile";
import { type Rig, requestsOf } from "../../rig/rig";
import type { Operation } from "../../up/workspace";
import { assertDocumented } from "./documented";
import type { ScenarioResult } from "../../result/result";

/** What a slot answers on one of the gateway's hosts; the status alone when it is no 200. */
export type Answer = {
  status: number;
  generation?: number;
  sessionUser?: string;
  secretVersion?: string;
};

/** Options of one `up`. */
interface UpOptions {
  /** URNs to replace. */
  readonly replace?: string[];
}

/**
 * A stack under the real engine that is moved from plan to plan, with traffic on, and the means to
 * see from outside what came of it.
 */
export class ScenarioStack {
  private current: Plan;
  private result: ScenarioResult | undefined;

  private constructor(
    readonly rig: Rig,
    plan: Plan,
  ) {
    this.current = plan;
  }

  /**
   * Deploys on a rig at a counter and puts load on it.
   *
   * @param rate requests per second
   */
  static async deploy(rig: Rig, rate: number, counter = 0): Promise<ScenarioStack> {
    await rig.workspace.configure({ counter });
    const { outputs } = await rig.workspace.up();
    await rig.startLoad(outputs["gatewayAddress"] as string, rate, true);
    return new ScenarioStack(rig, { counter, live: counter, retired: -1 });
  }

  /** A stack that was not deployed yet, with load on what serves before. */
  static before(rig: Rig, plan: Plan): ScenarioStack {
    return new ScenarioStack(rig, plan);
  }

  /** The plan that was completed last. */
  get plan(): Plan {
    return this.current;
  }

  /** The plan that rotates and promotes from there. */
  get rotated(): Plan {
    const next = this.current.counter + 1;
    return { ...this.current, counter: next, live: next };
  }

  /** From now on moves are noted in this result. */
  noteIn(result: ScenarioResult): void {
    this.result = result;
  }

  /** Counts failed requests that any design would have lost; a scenario says which and why. */
  excuse(failed: number, why: string): void {
    this.noted.excused = { failed, why };
  }

  /** The result that moves are noted in. */
  get noted(): ScenarioResult {
    assert(this.result, "No scenario is under way.");
    return this.result;
  }

  /** Configures a plan and runs `up`. */
  async up(plan: Plan, options: UpOptions = {}): Promise<Operation[]> {
    await this.configure(plan);
    const { operations } = await this.rig.workspace.up(options);
    this.completed(plan);
    return operations;
  }

  /** An `up` to this plan came to its end. */
  completed(plan: Plan): void {
    this.note(plan, "done");
    this.current = plan;
    if (plan.retired >= 0) {
      // No counter ever comes back to it.
      this.rig.load.retire(plan.retired);
    }
  }

  /** Configures a plan and runs `preview`; returns the operations that an `up` would have. */
  async preview(plan: Plan): Promise<Operation[]> {
    await this.configure(plan);
    return this.rig.workspace.preview();
  }

  /** Asserts that `preview` refuses a plan, in a documented text that says all of this. */
  async assertRefused(plan: Plan, ...texts: readonly RegExp[]): Promise<void> {
    await this.configure(plan);
    await this.assertRejects(plan, "refused", () => this.rig.workspace.preview(), texts);
  }

  /** Asserts that `up` fails, in a documented text that says all of this. */
  async assertFails(plan: Plan, ...texts: readonly RegExp[]): Promise<void> {
    await this.configure(plan);
    await this.assertRejects(plan, "failed", () => this.rig.workspace.up(), texts);
  }

  /**
   * Asserts, without a look at the engine's state, that the cloud is as planned: who may log in,
   * which secrets can be read, and who answers production and the stage hosts. And that another
   * `up` finds nothing to do.
   */
  async assertInForce(plan: Plan = this.current): Promise<void> {
    const { slots, liveSlot } = rotationPlan(plan);
    for (const slot of SLOTS) {
      await this.assertSlot(slots[slot]);
    }
    const { version } = await this.rig.slotCredential(liveSlot!.slot);
    assert.deepStrictEqual(await this.ask(PRODUCTION_HOST), {
      status: 200,
      generation: plan.live,
      sessionUser: NAMES.slot(liveSlot!.slot).role,
      secretVersion: version,
    });
    await this.configure(plan);
    await this.rig.workspace.up({ expectNoChanges: true });
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
  async login(slot: SlotName): Promise<string> {
    const { value: password } = await this.rig.slotCredential(slot);
    const user = NAMES.slot(slot).role;
    const login = { user, password, database: APPLICATION };
    return (await tryLogin(await this.rig.superuser(), login)).sqlstate;
  }

  /** Runs a statement in the application's database, past the program. */
  async sql(statement: string): Promise<Record<string, unknown>[]> {
    const { rows } = await asSuperuser(await this.rig.superuser(), APPLICATION, statement);
    return rows as Record<string, unknown>[];
  }

  /** Sends the requests of a host to a slot, past the program. */
  async route(host: string, slot: SlotName): Promise<void> {
    const { twin } = this.rig;
    const ingress = await twin.call("get", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      namespace: APPLICATION,
      name: APPLICATION,
    });
    assert(ingress, "There is no Ingress.");
    const { rules } = ingress.spec as unknown as {
      rules: { host: string; http: { paths: { backend: { service: { name: string } } }[] } }[];
    };
    const rule = rules.find((each) => each.host === host);
    assert(rule, `The Ingress has no rule for ${host}.`);
    rule.http.paths[0]!.backend.service.name = NAMES.slot(slot).release;
    await twin.call("apply", ingress);
  }

  /** Writes the keys of a plan as a person would: those that say nothing new are not there. */
  configure({ counter, live, retired }: Plan): Promise<void> {
    return this.rig.workspace.configure({
      counter,
      live: live === counter ? undefined : live,
      retired: retired === -1 ? undefined : retired,
    });
  }

  note(plan: Plan, outcome: ScenarioResult["moves"][number]["outcome"], text = ""): void {
    this.result?.moves.push({
      from: planInWords(this.current),
      to: planInWords(plan),
      outcome,
      text,
    });
  }

  private async assertRejects(
    plan: Plan,
    outcome: "refused" | "failed",
    run: () => Promise<unknown>,
    texts: readonly RegExp[],
  ): Promise<void> {
    await assert.rejects(run, (error: Error) => {
      const text = explain(error);
      texts.forEach((expected) => assert.match(text, expected));
      assertDocumented(text);
      this.note(plan, outcome, text);
      return true;
    });
  }

  private async answersOnStage(slot: SlotName): Promise<number | string | undefined> {
    const answer = await this.ask(stageHost(slot));
    return answer.status === 200 ? answer.generation : "nothing";
  }

  private async assertSlot({ slot, generation, state }: SlotPlan): Promise<void> {
    const active = state === "active";
    const [role] = await this.sql(
      `SELECT rolcanlogin FROM pg_roles WHERE rolname = '${NAMES.slot(slot).role}'`,
    );
    const { enabled } = await this.rig.slotCredential(slot);
    assert.deepStrictEqual(
      {
        canLogin: role?.["rolcanlogin"],
        login: await this.login(slot),
        enabled,
        ...(!this.rig.hasOneRelease && { answers: await this.answersOnStage(slot) }),
      },
      {
        canLogin: active,
        login: active ? "" : "28000",
        enabled: active,
        ...(!this.rig.hasOneRelease && { answers: active ? generation : "nothing" }),
      },
      `${slot}, generation ${generation}, ${state}`,
    );
  }
}

/** Figures of the load since a moment. */
export async function requestsSince(rig: Rig, begin: { at: number }) {
  return requestsOf(await rig.load.between(begin, rig.load.mark()));
}

/** Sees to it that the previous generation is there and not retired. */
export async function previous(stack: ScenarioStack): Promise<void> {
  const { counter, retired } = stack.plan;
  if (retired === counter - 1) {
    await stack.up({ counter: counter + 1, live: counter + 1, retired });
  }
}

/** The slots that operations are part of, sorted; `platform` for the platform. */
export function touched(operations: readonly Operation[]): string[] {
  const parts = operations.map(({ urn }) => (isPlatform(urn) ? "platform" : slotOfUrn(urn)));
  return [...new Set(parts.filter((part) => part !== undefined))].sort();
}
