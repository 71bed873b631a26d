import type { ScenariosResult, ScenarioResult } from "../result/result";
import { folded, type Html, html, table } from "./html";
import { count } from "./tables";

/** The results of scenarios as a table, and the moves of each with what a person read. */
export function scenarioSections({ scenarios }: ScenariosResult): Html {
  return html`<section>
    <h2>Scenarios</h2>
    ${table(
      "Scenarios run under load",
      ["Scenario", "Outcome", "Moves", "Refused", "Kills that converged", "Failed", "Took"],
      scenarios.map((scenario) => [
        scenario.name,
        scenario.ok
          ? "as promised"
          : html`<span class="bad-text"
                >${scenario.problems.length > 0 ? "not as promised" : "cannot judge"}</span
              >
              <ul class="facts">
                ${[...scenario.problems, ...scenario.cannotJudge].map(
                  (sentence) => html`<li>${sentence}</li>`,
                )}
              </ul>`,
        scenario.moves.length - refused(scenario),
        refused(scenario),
        scenario.killPoints
          ? `${scenario.killPoints.converged} of ${scenario.killPoints.tried}`
          : "none tried",
        `${count(scenario.requests.failed)} of ${count(scenario.requests.sent)}`,
        `${scenario.seconds.toFixed(0)} s`,
      ]),
    )}
    <h3>Moves</h3>
    ${scenarios.map(({ name, moves }) =>
      folded(
        `${name}: ${moves.length} moves`,
        table(
          `Moves of ${name}`,
          ["To", "From", "Outcome", "Texts that were shown"],
          moves.map(({ from, to, outcome, text }) => [
            to,
            from,
            outcome,
            text === "" ? "nothing" : html`<pre>${text}</pre>`,
          ]),
        ),
      ),
    )}
  </section>`;
}

function refused({ moves }: ScenarioResult): number {
  return moves.filter(({ outcome }) => outcome === "refused").length;
}
