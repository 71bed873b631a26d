import { type Finding, type State, STATES } from "./finding";

const GAP = "  ";

/** The findings as a table, with the commands that help below their rows. */
export function preflightReport(stack: string, findings: readonly Finding[]): string {
  const width = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
  const stateWidth = width(STATES);
  const whatWidth = width(findings.map(({ what }) => what));
  const rows = findings.flatMap(({ state, what, why, help }) => [
    [state.padEnd(stateWidth), what.padEnd(whatWidth), why].join(GAP),
    ...help.map((command) => `${" ".repeat(stateWidth)}${GAP}-> ${command}`),
  ]);
  return [...rows, "", summary(stack, findings), ""].join("\n");
}

/** How a summary counts what is in a state. */
const COUNTED: Readonly<Record<State, string>> = {
  wrong: "wrong",
  "could not ask": "not asked",
  later: "for later",
  ok: "ok",
};

function summary(stack: string, findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length;
  const counts = STATES.map((state) => `${count(state)} ${COUNTED[state]}`).join(", ");
  const verdict =
    count("wrong") > 0
      ? "Fix what is wrong before `pulumi up`."
      : count("could not ask") > 0
        ? "Nothing is wrong, as far as it could be checked."
        : "Nothing stands in the way of `pulumi up`.";
  return `Stack ${stack}: ${counts}. ${verdict}`;
}
