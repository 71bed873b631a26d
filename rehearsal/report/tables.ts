import { servingPart } from "../result/operations";
import { secondsBetween } from "../result/timeline";
import type { ProofLine, RehearsalResult } from "../result/result";
import { type Html, html, table } from "./html";

/** What the proofs said. */
export function evidenceTable({ evidence, timeline }: RehearsalResult): Html {
  const began = timeline?.startedAt ?? 0;
  return table(
    "Evidence from the proofs, as they reported it",
    ["Proof", "When", "Outcome", "Facts"],
    evidence.map(({ at, proof, ok, started: _started, seconds, ...facts }) => [
      String(proof),
      at < began ? "before the load" : `second ${secondsBetween(began, at).toFixed(0)}`,
      html`<span class="${ok === true ? "" : "bad-text"}"
          >${ok === true ? "proved" : "not proved"}</span
        >${byWhat(facts)}${typeof seconds === "number" ? ` in ${seconds.toFixed(1)} s` : ""}`,
      factsOf(facts),
    ]),
    "reflow",
  );
}

/** The weaker proof is told from the others at first sight. */
function byWhat({ identity }: Omit<ProofLine, "at">): string {
  return identity === "configuration" ? " by the configuration only" : "";
}

function factsOf(facts: Omit<ProofLine, "at">): Html {
  return html`<ul class="facts">
    ${Object.entries(facts).map(
      ([name, value]) =>
        html`<li>
          ${name}: <span>${typeof value === "string" ? value : JSON.stringify(value)}</span>
        </li>`,
    )}
  </ul>`;
}

/** Where clear text was looked for. */
export function leakTable({ leakSearch, leaks }: RehearsalResult): Html {
  return table(
    "Places searched for clear-text credentials",
    ["Place", "Planted text", "Credentials found"],
    leakSearch.map(({ place, canaryFound }) => [
      place,
      canaryFound ? "found" : html`<span class="bad-text">not found</span>`,
      leaks
        .filter((leak) => leak.place === place)
        .map(({ file, credential }) => `${credential} in ${file}`)
        .join(", ") || "none",
    ]),
  );
}

/** The login with the old credential and who serves, of every rotation. */
export function rotationTable({ rotations, strategy }: RehearsalResult): Html {
  return table(
    `Rotations, with their operations: all, on ${servingPart(strategy)}, and on platform and application`,
    [
      "Rotation",
      "Slots",
      "Took",
      "Requests",
      "Failed",
      "p50",
      "p99",
      "Operations",
      "Live slot",
      "Platform",
      "Served as",
      "Old credential",
    ],
    rotations.map((rotation) => [
      `${rotation.from} → ${rotation.to}`,
      `${rotation.liveBefore} → ${rotation.liveAfter}`,
      `${rotation.seconds.toFixed(0)} s`,
      count(rotation.requests.sent),
      count(rotation.requests.failed),
      milliseconds(rotation.requests.p50Ms),
      milliseconds(rotation.requests.p99Ms),
      rotation.operations.length,
      rotation.operationsOnLiveSlot,
      rotation.operationsOnPlatform,
      rotation.newCredential.sessionUser,
      rotation.oldCredential.refused
        ? `refused, ${rotation.oldCredential.sqlstate || "no code"}`
        : html`<span class="bad-text">still logs in</span>`,
    ]),
  );
}

/** The same figures of two runs. */
export function comparisonTable(run: RehearsalResult, naive: RehearsalResult): Html {
  const sum = (result: RehearsalResult, key: "operationsOnLiveSlot" | "operationsOnPlatform") =>
    result.rotations.reduce((all, rotation) => all + rotation[key], 0);
  const worst = ({ timeline }: RehearsalResult) => Math.max(0, ...(timeline?.load.failed ?? []));
  const rows: [string, (result: RehearsalResult) => string][] = [
    ["Requests", ({ requests }) => count(requests.sent)],
    ["Failed requests", ({ requests }) => count(requests.failed)],
    ["Failed in the worst second", (result) => count(worst(result))],
    ["p50 latency", ({ requests }) => milliseconds(requests.p50Ms)],
    ["p99 latency", ({ requests }) => milliseconds(requests.p99Ms)],
    ["Operations on the live slot", (result) => count(sum(result, "operationsOnLiveSlot"))],
    [
      "Operations on platform and application",
      (result) => count(sum(result, "operationsOnPlatform")),
    ],
  ];
  return table(
    "This run and the naive order",
    ["Figure", "This program", "Naive order"],
    rows.map(([name, figure]) => [name, figure(run), figure(naive)]),
  );
}

/** A count as people read it. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

export function milliseconds(value: number): string {
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
}
