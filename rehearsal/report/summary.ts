import type {
  RehearsalResult,
  RotationResult,
  ScenariosResult,
  ScenarioResult,
} from "../result/result";
import type { Strategy } from "../../components/plan";
import { outcomeOf } from "../result/judging";
import { servingPart } from "../result/operations";

/** The result in words. */
export function summaryOf(result: RehearsalResult): string {
  const lines = [
    "",
    ...sentencesOf(result),
    "",
    verdictOf(result),
    ...[...result.problems, ...result.cannotJudge].map((sentence) => `  - ${sentence}`),
    "",
  ];
  return lines.join("\n");
}

/** What was seen, a sentence each. */
export function sentencesOf(result: RehearsalResult): string[] {
  const { engine, providers, requests, rotations } = result;
  const twins = Object.keys(providers).filter((name) => providers[name] === "twin");
  return [
    ...rotations.map((rotation) => rotationLine(rotation, result.strategy)),
    `${requests.sent} requests, ${requests.failed} failed; ` +
      `p50 ${requests.p50Ms.toFixed(0)} ms, p99 ${requests.p99Ms.toFixed(0)} ms.`,
    ...kindLines(result),
    rateLine(result),
    ...(result.behind > 0
      ? [
          `${result.behind} requests were late, ${requests.unsent} of which were never sent: ` +
            "this machine was too busy.",
        ]
      : []),
    ...Object.entries(requests.reasons).map(([reason, count]) => `  ${count} x ${reason}`),
    applicationLine(result),
    ...platformLines(result),
    `Pulumi ${engine.version} (${engine.source}); stand-ins for ${twins.join(", ")}.`,
    ...(result.leakSearch.length > 0
      ? [
          `Clear-text credentials: ${result.leaks.length} found in ` +
            `${result.leakSearch.map(({ place }) => place).join(", ")}.`,
        ]
      : []),
  ];
}

/** What the result comes to, in a sentence. */
export function verdictOf(result: RehearsalResult): string {
  const { kind, requests } = result;
  if (kind === "naive") {
    return requests.failed > 0
      ? "The negative control lost requests, as expected:"
      : "The negative control lost no requests, so this rig measures nothing.";
  }
  return VERDICTS[outcomeOf([result])];
}

const VERDICTS = {
  ok: "As promised.",
  amiss: "Not as promised:",
  unjudged: "Cannot judge on this machine:",
};

const DELIVERED_IN: Readonly<Record<string, string>> = {
  file: "a file",
  secret: "a Secret",
  "secret-from-vault": "a Secret that the vault's driver writes",
};

const MOVED_BY: Readonly<Record<Strategy, string>> = {
  blueGreen: "two slots and a switch",
  rolling: "one release that rolls",
};

/** What was rotated, and how well it is known who answered. */
function applicationLine(result: RehearsalResult) {
  const {
    application,
    delivery,
    proofs: { by, identity },
    strategy,
  } = result;
  const means = by === undefined ? "" : ` The proofs knew answers by ${by}`;
  const weaker =
    identity === undefined ? "" : `, and who answered by ${identity}: the weaker proof`;
  return (
    `Application ${application}, its password in ${DELIVERED_IN[delivery] ?? delivery}, ` +
    `${MOVED_BY[strategy]}.` +
    (means && `${means}${weaker}.`)
  );
}

/** What was done to a platform that was there. */
function platformLines({ existingPlatform }: RehearsalResult): string[] {
  return existingPlatform === undefined
    ? []
    : [
        "Platform of another stack: " +
          `${existingPlatform.operations.length} operations on it since the first deployment, ` +
          `${existingPlatform.writes.length} writes of what was there.`,
      ];
}

/** What the run did to each kind of request. */
function kindLines({ requests: { byKind } }: RehearsalResult): string[] {
  const kinds = Object.entries(byKind).map(
    ([kind, { sent, failed, cut }]) => `${kind} ${sent} (${failed} failed, ${cut} cut)`,
  );
  return kinds.length === 0 ? [] : [`By kind: ${kinds.join(", ")}.`];
}

/** How the rate was found. */
function rateLine({ rate: { perSecond, tried } }: RehearsalResult): string {
  if (tried.length === 0) {
    return `${perSecond} requests per second, as requested.`;
  }
  const refused = tried.filter(({ held }) => !held).map((one) => one.perSecond);
  const found = tried.at(-1)?.held
    ? "which this machine sustains during an up"
    : "the lowest rate tried";
  const why =
    refused.length === 0 ? "" : `; it does not sustain ${refused.join(", ")} with headroom`;
  return `${perSecond} requests per second, ${found}${why}.`;
}

function rotationLine(rotation: RotationResult, strategy: Strategy): string {
  const { from, to, liveBefore, liveAfter, seconds, requests, oldCredential } = rotation;
  const end = oldCredential.refused
    ? `the old credential is refused (${oldCredential.sqlstate || "no code"})`
    : "the old credential STILL LOGS IN";
  return (
    `Rotation ${from} -> ${to}: ${liveBefore} -> ${liveAfter} in ${seconds.toFixed(0)} s, ` +
    `${requests.sent} requests, ${requests.failed} failed, ${rotation.operations.length} operations ` +
    `(${rotation.operationsOnLiveSlot} on ${servingPart(strategy)}, ` +
    `${rotation.operationsOnPlatform} on platform and application), ${end}.`
  );
}

/** The result of scenarios in words. */
export function scenariosSummaryOf({ ok, scenarios }: ScenariosResult): string {
  const good = scenarios.filter((scenario) => scenario.ok).length;
  return [
    "",
    ...scenarios.flatMap((scenario) => [
      scenarioLine(scenario),
      ...figureLines(scenario),
      ...excuseLines(scenario),
      ...[...scenario.problems, ...scenario.cannotJudge].map(
        (sentence) => `    ${sentence.replaceAll("\n", "\n    ")}`,
      ),
    ]),
    "",
    ok ? `All ${good} scenarios as promised.` : `${good} of ${scenarios.length} as promised.`,
    "",
  ].join("\n");
}

/** What was measured, three figures to a line. */
function figureLines({ figures = {} }: ScenarioResult): string[] {
  const texts = Object.entries(figures).map(
    ([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(2)}`,
  );
  const rows = Math.ceil(texts.length / FIGURES_PER_LINE);
  return Array.from(
    { length: rows },
    (_, row) =>
      `    ${texts.slice(row * FIGURES_PER_LINE, (row + 1) * FIGURES_PER_LINE).join(", ")}`,
  );
}

const FIGURES_PER_LINE = 3;

function excuseLines({ excused }: ScenarioResult): string[] {
  return excused && excused.failed > 0
    ? [`    ${excused.failed} of them are expected: ${excused.why}`]
    : [];
}

function scenarioLine(scenario: ScenarioResult): string {
  const { name, seconds, requests, moves, killPoints } = scenario;
  const refused = moves.filter(({ outcome }) => outcome === "refused").length;
  return (
    `${MARKS[outcomeOf([scenario])]} ${name}: ${moves.length - refused} moves, ${refused} refused, ` +
    (killPoints ? `${killPoints.converged} of ${killPoints.tried} kills converged, ` : "") +
    `${requests.failed} of ${requests.sent} requests failed, ${seconds.toFixed(0)} s`
  );
}

const MARKS = { ok: "ok    ", amiss: "NOT OK", unjudged: "BUSY  " };
