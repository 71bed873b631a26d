import { rotationPlan } from "../../components";
import { asSuperuser, tryLogin } from "../clients/checks";
import type { Load, LoadFigures } from "../clients/load";
import { outcomeOf, whyNotJudged } from "../result/judging";
import { Novelties } from "../progress/novelties";
import { belongsToPlatform, isPlatform, servingPart, stepOf } from "../result/operations";
import { APPLICATION, NAMES } from "../rig/stackFile";
import { requestsOf, type Rig } from "../rig/rig";
import type {
  ForeignChanges,
  ProofLine,
  ProofMeans,
  RehearsalResult,
  RotationResult,
} from "../result/result";
import type { Operation } from "../up/operationLog";
import { PhaseClock, timed } from "../result/timeline";
import { carriedRate, LEAST_RATE } from "./carriedRate";

export interface RotateSettings {
  /** How many rotations, each with its retirement. */
  readonly rotations: number;
  /** Requests per second; what the machine carries when undefined. */
  readonly rate: number | undefined;
  /** Told what goes on, in a few words. */
  readonly step: (text: string) => void;
}

/**
 * Deploys at counter 0 and rotates and retires in turn, with the load on. The same configuration
 * changes and the same `up` that a person would do.
 */
export async function rotateInTurn(rig: Rig, asked: RotateSettings): Promise<RehearsalResult> {
  const novelties = new Novelties(asked.step);
  const settings = { ...asked, step: novelties.part };
  const { rotations, step } = settings;
  const result = rig.result("rotate");
  rig.workspace.onOperation((operation) => {
    const text = stepOf(operation);
    if (text !== undefined) {
      novelties.step(text);
    }
  });

  if (rig.findsPlatform) {
    step("making the platform that is there first");
    await rig.makePlatform();
    result.existingPlatform = watchPlatform(rig);
  }
  step("deploying at counter 0");
  await rig.workspace.configure({ counter: 0 });
  const { outputs } = await rig.workspace.up();
  if (!rig.application.makesTables) {
    await migrate(rig);
  }
  const load = await loadOn(rig, result, outputs["gatewayAddress"] as string, settings);
  const begin = load.mark();
  for (let counter = 1; counter <= rotations; counter++) {
    result.rotations.push(await rotateOnce(rig, counter, begin.at, settings));
  }
  step("load off");
  const end = load.mark();
  result.timeline = await rig.timeline(begin, end);
  noteLoad(result, await load.between(begin, end));
  result.proofs = meansIn(result.evidence);
  await load.stop();
  step("searching for leaks");
  Object.assign(result, await rig.searchLeaks(result));
  result.existingPlatform?.writes.push(...rig.foreignWrites);
  result.problems = problemsOf(result);
  result.ok = outcomeOf([result]) === "ok";
  return result;
}

/** Notes what the application's stack does to a platform that it found. */
function watchPlatform(rig: Rig): ForeignChanges {
  const operations: string[] = [];
  rig.workspace.onOperation(({ op, urn }) => {
    if (belongsToPlatform(urn)) {
      operations.push(`${op} ${urn}`);
    }
  });
  return { operations, writes: [] };
}

/** Puts load on the stack: as many requests as were asked for, or as the machine carries. */
export async function loadOn(
  rig: Rig,
  result: RehearsalResult,
  address: string,
  { rate, step }: RotateSettings,
): Promise<Load> {
  step("load on");
  const load = await rig.startLoad(address, rate ?? LEAST_RATE, true);
  const up = () => rig.workspace.up({ expectNoChanges: true });
  const tried = rate === undefined ? await carriedRate(load, up, step) : [];
  result.rate = { perSecond: rate ?? tried.at(-1)!.perSecond, tried };
  step(`${result.rate.perSecond} requests per second from here on`);
  return load;
}

/** Writes into a result what the load says. */
export function noteLoad(result: RehearsalResult, figures: LoadFigures): void {
  result.requests = requestsOf(figures);
  result.behind = figures.behind;
  result.cannotJudge = whyNotJudged(figures, result.rate.perSecond);
}

/** One rotation to `counter`, its retirement, and an `up` that must find nothing to do. */
async function rotateOnce(
  rig: Rig,
  counter: number,
  startedAt: number,
  { step }: RotateSettings,
): Promise<RotationResult> {
  const { load, workspace } = rig;
  const plan = rotationPlan({ counter });
  const before = plan.standbySlot.slot;
  const old = await rig.slotCredential(before);
  const begin = load.mark();
  const operations: Operation[] = [];
  const clock = new PhaseClock(startedAt);
  const up = async () => operations.push(...(await workspace.up()).operations);

  step(`rotating ${counter - 1} -> ${counter}`);
  await workspace.configure({ counter, retired: counter >= 2 ? counter - 2 : undefined });
  await clock.measure("rotate", up);

  step(`retiring generation ${counter - 1}`);
  await workspace.configure({ counter, retired: counter - 1 });
  load.retire(counter - 1);
  await clock.measure("retire", up);
  const end = load.mark();

  const attempt = await tryLogin(await rig.superuser(), {
    user: NAMES.slot(before).role,
    password: old.value,
    database: APPLICATION,
  });
  step("running again without a change");
  await clock.measure("check", () => workspace.up({ expectNoChanges: true }));
  return {
    from: counter - 1,
    to: counter,
    liveBefore: before,
    liveAfter: plan.liveSlot!.slot,
    seconds: (end.at - begin.at) / 1000,
    phases: clock.phases,
    operations: timed(operations, startedAt),
    operationsOnLiveSlot: rig.serving.onServingSlot(operations).length,
    operationsOnPlatform: operations.filter(({ urn }) => isPlatform(urn)).length,
    requests: requestsOf(await load.between(begin, end)),
    newCredential: await rig.production(),
    oldCredential: attempt,
  };
}

/** What a team's own migration would do, as a member of the owner: a table both slots can use. */
async function migrate(rig: Rig): Promise<void> {
  await asSuperuser(
    await rig.superuser(),
    APPLICATION,
    `SET ROLE ${NAMES.owner};
     CREATE TABLE ${APPLICATION}.orders (id bigint GENERATED ALWAYS AS IDENTITY, what text);`,
  );
}

/** By what the last proof after a switch knew who answered. */
export function meansIn(evidence: readonly ProofLine[]): ProofMeans {
  const said = evidence.findLast(({ proof }) => proof === "after-promotion");
  const facts = (["by", "identity"] as const).map((fact) => [fact, said?.[fact]] as const);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

/** What is not as promised, in sentences. */
export function problemsOf(result: RehearsalResult): string[] {
  const problems: string[] = [];
  const expect = (met: boolean, text: string) => {
    if (!met) {
      problems.push(text);
    }
  };
  expect(result.requests.sent > 0, "No request was sent.");
  expect(result.requests.failed === 0, `${result.requests.failed} requests failed.`);
  const { operations = [], writes = [] } = result.existingPlatform ?? {};
  for (const each of [...operations, ...writes]) {
    problems.push(`The application's stack changed the platform that was there: ${each}.`);
  }
  for (const rotation of result.rotations) {
    const name = `Rotation ${rotation.from} -> ${rotation.to}`;
    const { newCredential, oldCredential, operationsOnLiveSlot, operationsOnPlatform } = rotation;
    expect(
      operationsOnLiveSlot === 0,
      `${name} had ${operationsOnLiveSlot} operations on ${servingPart(result.strategy)}.`,
    );
    expect(
      operationsOnPlatform === 0,
      `${name} had ${operationsOnPlatform} operations on platform and application.`,
    );
    const { by, slot, sessionUser } = newCredential;
    expect(
      slot === rotation.liveAfter,
      by === "answer"
        ? `${name}: production is answered by ${slot}.`
        : `${name}: the gateway sends production to ${slot || "neither slot"}.`,
    );
    expect(
      sessionUser === NAMES.slot(rotation.liveAfter).role,
      by === "answer"
        ? `${name}: production is answered as "${sessionUser}".`
        : `${name}: requests to production were served as "${sessionUser}".`,
    );
    expect(
      oldCredential.sqlstate === "28000",
      `${name}: the old credential ended with "${oldCredential.sqlstate}", not with 28000.`,
    );
  }
  for (const { place, file, credential } of result.leaks) {
    problems.push(`${credential} appears in clear text in ${place}: ${file}.`);
  }
  for (const { place, canaryFound } of result.leakSearch) {
    expect(canaryFound, `The search for leaks did not find the text planted in ${place}.`);
  }
  return problems;
}
