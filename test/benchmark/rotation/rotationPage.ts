import { plainNameOf, slotOf } from "../../../components/plan";
import type { Circumstances } from "../page";
import { figure, median, spread, table, verdict } from "../tables";
import { type Comparison, ROTATED } from "./againstScript";
import type { Rotation } from "./manyRotations";
import type { Taken } from "./script";
import type { Up } from "./stack";
import { leastSeconds, type Step, waitsOf } from "./waits";

/** The most that a rotation may take, in parts of a script that makes the same calls. */
const MOST_OF_SCRIPT = 1.2;
/** The most that the last rotations may take, in parts of the first. */
const MOST_GROWTH = 1.1;
/** Rotations at either end whose median counts: the time of one alone scatters by more than the goal. */
const AT_EITHER_END = 3;

/** The part of the page about rotations, in Markdown. */
export function rotationPage(
  comparison: Comparison,
  rotations: readonly Rotation[],
  { date, loads, machine }: Circumstances,
): string {
  const { engine, script } = comparison;
  const first = rotations.slice(0, AT_EITHER_END);
  const last = rotations.slice(-AT_EITHER_END);
  const slower = (by: "seconds" | "cpu") =>
    median(last.map(({ rotate }) => rotate[by])) / median(first.map(({ rotate }) => rotate[by]));
  const larger = (what: "state" | "added") => rotations.at(-1)![what] / rotations[0]![what];
  const ends = `${namesOf(last)} against ${namesOf(first)}`;
  const extremes = `${namesOf(rotations.slice(-1))} against ${namesOf(rotations.slice(0, 1))}`;
  const seconds = median(engine.map((up) => up.seconds));
  return `## Rotations

<!-- Written by \`npm run benchmark:rotation\`, with \`--write\`: run it again instead of editing. -->

What a rotation costs, as it was measured on ${date}: ${machine}; load of the machine ${figure(loads[0])} at the beginning and
${figure(loads[1])} at the end. The engine's time is that of \`pulumi up --skip-preview\`, from the command to its end, without Node's
compile cache. The cloud is the twin with the rehearsal's short waits, and nothing sends requests.

### Goals

${table(
  ["", "at most", "measured", ""],
  [
    [
      "a rotation against a script that makes the same calls, wall clock",
      ...verdict(MOST_OF_SCRIPT, seconds / median(script.map(sumOf))),
    ],
    [`${ends}, wall clock`, ...verdict(MOST_GROWTH, slower("seconds"))],
    [`${ends}, CPU`, ...verdict(MOST_GROWTH, slower("cpu"))],
    [`${extremes}, size of the state`, ...verdict(MOST_GROWTH, larger("state"))],
    [`${extremes}, what it adds to the history`, ...verdict(MOST_GROWTH, larger("added"))],
  ],
)}

### Against a script

The script makes the calls to the providers that create, update or delete something in a rotation, one after another, in the order
in which the engine began them, and waits for each as the engine does: until the release is rolled out, a proof has succeeded, the
gateway has an address. The calls were recorded in an earlier rotation of the same stack; ids and versions that the cloud gives out
are those of this time. What it does not do makes the yardstick a strict one: it checks and compares nothing, reads no facts, keeps
no state and no record, and uses the recorded passwords, whose verifiers it would have to compute. Its time begins when it opens its
first connection.

Each rotation is the same one: between two of them the stack rolls back and withdraws. The engine goes first (${engine.length} of them), then the
script (${script.length}).

${table(
  ["", "wall s: least **median** most", "CPU s of engine and program", "peak MB of the program"],
  [
    [
      "rotation by the engine",
      spread(engine.map((up) => up.seconds)),
      figure(median(engine.map(({ cpu }) => cpu))),
      String(Math.round(median(engine.map(({ peak }) => peak)))),
    ],
    ["script, one call after another", spread(script.map(sumOf)), "", ""],
    [
      "script, each call as early as the graph allows (computed)",
      spread(script.map((taken) => leastSeconds(taken, comparison.graph))),
      "",
      "",
    ],
  ],
)}

### What waits on what

${waits(comparison)}

### ${rotations.length} in a row

Each rotation is retired before the next, by an \`up\` of its own. History is all that the backend, a folder, keeps of earlier runs.

${table(
  [
    ...["rotation", "rotate: wall s", "CPU s", "peak MB", "retire: wall s", "CPU s", "peak MB"],
    ...["state kB", "history kB", "Helm revisions", "vault versions", "other objects"],
  ],
  rotations.map(({ counter, rotate, retire, state, history, left }) => [
    String(counter),
    ...[rotate, retire].flatMap(({ seconds: wall, cpu, peak }) => [
      figure(wall),
      figure(cpu),
      String(Math.round(peak)),
    ]),
    ...[state, history].map((bytes) => String(Math.round(bytes / 1000))),
    ...[left.helmRevisions, left.vaultVersions, left.objects].map(String),
  ]),
)}
`;
}

/** The run whose time is the median, step by step. */
function waits({ engine, script, graph }: Comparison): string {
  const run = medianRun(engine);
  const all = waitsOf(run.steps, graph);
  const critical = all.filter(({ isCritical }) => isCritical);
  const sum = (figures: readonly number[]) => figures.reduce((total, each) => total + each, 0);
  const [before = 0, ...between] = critical.map(({ waited }) => waited);
  const parts = [
    ["before the first step: CLI, program, facts, guard", before],
    ["between two steps: engine, SDK, what is checked and compared", sum(between)],
    ["in steps", sum(critical.map(({ step: { begin, end } }) => end - begin))],
    ["after the last step", run.seconds - (critical.at(-1)?.step.end ?? 0)],
  ] as const;
  return `The rotation by the engine whose time is the median. The critical path is what kept it from ending earlier:

${table(
  ["part of the critical path", "s"],
  parts.map(([name, seconds]) => [name, figure(seconds)]),
)}

Every step, those of the critical path in bold. A step waits for the last of what it needs, and then for engine, SDK and machine. The last column is the
median of the same call in the script; what only the engine does, such as a record, has none.

${table(
  ["step", "waits for", "and then, s", "takes s", "in the script s"],
  all.map(({ step, after, waited, isCritical }) => [
    isCritical ? `**${nameOf(step)}**` : nameOf(step),
    after === undefined ? "" : nameOf(after),
    figure(waited),
    figure(step.end - step.begin),
    inScript(step, script),
  ]),
)}`;
}

function inScript({ urn, op }: Step, script: readonly (readonly Taken[])[]): string {
  const calls = script.flat().filter((call) => call.urn === urn && op.startsWith(call.op));
  return calls.length === 0 ? "" : figure(median(calls.map(({ seconds }) => seconds)));
}

/** `update postgresql:Role rotation-new-role`. */
function nameOf({ op, urn }: Step): string {
  return `${op.replace(/-replace(d|ment)$/, "")} ${plainNameOf(urn, slotOf(ROTATED.counter))}`;
}

function medianRun(engine: readonly Up[]): Up {
  const middle = median(engine.map(({ seconds }) => seconds));
  return engine.find(({ seconds }) => seconds === middle)!;
}

/** Seconds of all calls. */
function sumOf(taken: readonly Taken[]): number {
  return taken.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** `rotation 1`, or `rotations 1 to 3 (median)`. */
function namesOf(rotations: readonly Rotation[]): string {
  const [from, to] = [rotations[0]!.counter, rotations.at(-1)!.counter];
  return from === to ? `rotation ${from}` : `rotations ${from} to ${to} (median)`;
}
