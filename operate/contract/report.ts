import { needsRolling, fails, type RowVerdict } from "../../components/contract";
import type { Strategy } from "../../components/plan";

const GAP = "  ";
const WIDTH = "warns".length;

/**
 * The verdicts as a table, with what repairs them below their rows, and in the end what that means.
 *
 * @param written what the findings were written to
 */
export function contractReport(
  chart: string,
  strategy: Strategy,
  verdicts: readonly RowVerdict[],
  written: readonly string[],
): string {
  const idWidth = Math.max(...verdicts.map(({ id }) => id.length));
  const indent = " ".repeat(WIDTH + GAP.length + idWidth);
  const rows = verdicts.flatMap(({ id, holds, shortfalls }) =>
    shortfalls.length === 0
      ? [["ok".padEnd(WIDTH), id.padEnd(idWidth), holds].join(GAP)]
      : shortfalls.flatMap(({ level, why, repair }) => [
          [level.padEnd(WIDTH), id.padEnd(idWidth), why].join(GAP),
          `${indent}${GAP}-> ${repair}`,
        ]),
  );
  const commit = written.length > 1 ? "commit both" : "commit it";
  const end =
    written.length > 0 ? [`Written to ${written.join(" and ")}; ${commit} with the values.`] : [];
  return [...rows, "", `${chart}: ${summary(strategy, verdicts)}`, ...end, ""].join("\n");
}

function summary(strategy: Strategy, verdicts: readonly RowVerdict[]): string {
  const count = (level: "fails" | "warns") =>
    verdicts.flatMap(({ shortfalls }) => shortfalls).filter((each) => each.level === level).length;
  const counts = `${count("fails")} to repair, ${count("warns")} to know.`;
  if (!fails(verdicts)) {
    return `${counts} It can be rotated.`;
  }
  return strategy === "blueGreen" && needsRolling(verdicts)
    ? `${counts} Two slots cannot have it: this needs one release that rolls (strategy rolling).`
    : `${counts} It cannot be rotated yet.`;
}
