import type { ForeignChanges, RehearsalResult, ScenariosResult } from "../result/result";
import { servingPart } from "../result/operations";
import { scenariosSummaryOf, sentencesOf, verdictOf } from "./summary";
import { comparedFigures, rotationFigures } from "./figures";
import { type Content, type Html, html, Html as Raw } from "./html";
import { scenarioSections } from "./scenarios";
import { STYLE } from "./style";
import {
  comparisonTable,
  count,
  evidenceTable,
  leakTable,
  milliseconds,
  rotationTable,
} from "./tables";

/**
 * The result of a rehearsal as one HTML page that needs nothing else, with the naive run beside it
 * where there is one. A function of what is in the result files and of nothing else.
 */
export function reportOf(
  result: RehearsalResult | ScenariosResult,
  naive?: RehearsalResult,
): string {
  return result.kind === "scenarios" ? scenariosPage(result) : rehearsalPage(result, naive);
}

function rehearsalPage(result: RehearsalResult, naive: RehearsalResult | undefined): string {
  const { kind, requests, rotations, timeline, leaks, problems } = result;
  const sum = (key: "operationsOnLiveSlot" | "operationsOnPlatform") =>
    rotations.reduce((all, rotation) => all + rotation[key], 0);
  const control = kind === "naive";
  const title = control ? "The naive order, as a control" : "Rehearsal of a rotation";
  return page(
    title,
    html`
      ${verdict(control ? requests.failed > 0 : result.ok, verdictOf(result), [...problems, ...result.cannotJudge])}
      <dl class="tiles">
        ${tile("Requests", count(requests.sent))}
        ${tile("Failed requests", count(requests.failed), requests.failed > 0)}
        ${tile("p50 latency", milliseconds(requests.p50Ms))}
        ${tile("p99 latency", milliseconds(requests.p99Ms))}
        ${tile(`Operations on ${servingPart(result.strategy)}`, sum("operationsOnLiveSlot"), sum("operationsOnLiveSlot") > 0)}
        ${tile("Operations on platform and application", sum("operationsOnPlatform"), sum("operationsOnPlatform") > 0)}
        ${result.existingPlatform && existingPlatformTile(result.existingPlatform)}
        ${tile("Rotations", rotations.length)}
        ${tile("Credentials in clear text", leaks.length, leaks.length > 0)}
      </dl>
      <section>
        <h2>Summary</h2>
        <ul>
          ${sentencesOf(result).map((sentence) => html`<li>${sentence.trim()}</li>`)}
        </ul>
        ${rotationTable(result)}
      </section>
      ${naive && comparison(result, naive)}
      ${
        timeline &&
        rotations.map(
          (rotation) =>
            html`<section>
              <h2>
                ${control ? "Naive rotation" : "Rotation"} ${rotation.from} → ${rotation.to}:
                ${rotation.liveBefore} → ${rotation.liveAfter}
              </h2>
              <p class="soft">
                ${rotation.phases.map(
                  ({ name, begin, end }, index) =>
                    html`${index === 0 ? "" : " · "}${PHASES[name] ?? name}:
                    ${(end - begin).toFixed(0)} s`,
                )}
              </p>
              ${rotationFigures(result, timeline, rotation)}
            </section>`,
        )
      }
      <section>
        <h2>Evidence</h2>
        ${result.evidence.length > 0 ? evidenceTable(result) : html`<p>No proof reported anything.</p>`}
        ${result.leakSearch.length > 0 ? leakTable(result) : undefined}
      </section>
      <section>
        <h2>What it ran on</h2>
        <p>
          Pulumi ${result.engine.version} (${result.engine.source}). Providers:
          ${Object.entries(result.providers)
            .map(([name, which]) => `${name} (${which})`)
            .join(", ")}.
          A twin stands for Azure and Kubernetes here; it is not Azure, and its waits are shorter.
        </p>
      </section>
    `,
    timeline?.startedAt,
  );
}

/** What the phases of a rotation are called on the page. */
const PHASES: Readonly<Record<string, string>> = {
  rotate: "first up, rotate",
  retire: "second up, retire",
  check: "third up, nothing to do",
  prepare: "up that prepares the new slot",
  again: "the other slot, prepared again",
  switch: "switch, removal and disabling of the role at once",
  after: "afterwards",
};

function comparison(result: RehearsalResult, naive: RehearsalResult): Html {
  const sides = [
    { name: "program", title: "This program", of: result },
    { name: "naive", title: "Naive order", of: naive },
  ];
  return html`<section>
    <h2>Compared with the naive order</h2>
    <p>
      The naive order switches traffic, removes the old slot and disables its role at once. Same
      machine, same load generator; run as a control, to show that lost requests would be seen.
    </p>
    ${comparisonTable(result, naive)}
    <div class="beside">
      ${sides.map(({ name, title, of: { timeline, rotations }, of }) => {
        const [rotation] = rotations;
        return (
          timeline &&
          rotation &&
          html`<div>
            <h3>${title}</h3>
            ${comparedFigures(of, timeline, rotation, name)}
          </div>`
        );
      })}
    </div>
  </section>`;
}

function scenariosPage(result: ScenariosResult): string {
  const last = scenariosSummaryOf(result).trim().split("\n").at(-1) ?? "";
  return page(
    "Rehearsal of scenarios",
    html`${verdict(result.ok, last, [])} ${scenarioSections(result)}`,
  );
}

function verdict(good: boolean, text: string, problems: readonly string[]): Html {
  return html`<div class="verdict ${good ? "good" : "bad"}">
    <strong>${text}</strong>
    ${
      problems.length > 0
        ? html`<ul>
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
        : undefined
    }
  </div>`;
}

function existingPlatformTile({ operations, writes }: ForeignChanges): Html {
  const changes = operations.length + writes.length;
  return tile("Changes of the platform that was there", changes, changes > 0);
}

function tile(name: string, value: string | number, bad = false): Html {
  return html`<div class="tile ${bad ? "bad" : ""}">
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Nothing may be loaded from anywhere: the policy has the browser see to it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

function page(title: string, content: Content, at?: number): string {
  const when = at === undefined ? undefined : new Date(at).toISOString();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${
            when &&
            html`<p class="soft">
              Load on since
              <time datetime="${when}">${when.replace("T", " ").replace(/\..*/, " UTC")}</time>
            </p>`
          }
          ${content}
        </main>
      </body>
    </html> `.text;
}
