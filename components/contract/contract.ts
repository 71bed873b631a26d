import type { ChartKeys, ChartShape } from "../chart";
import type { WorkloadRoom } from "../plan";
import type { Rendered } from "./rendered";
import type { Row, Shortfall } from "./row";
import { credential } from "./rows/credential";
import { declared } from "./rows/declared";
import { life } from "./rows/life";
import { oneRelease } from "./rows/oneRelease";
import { pods } from "./rows/pods";
import { rendering } from "./rows/rendering";
import { sideBySide } from "./rows/sideBySide";
import { traffic } from "./rows/traffic";
import { roomOf } from "./room";
import { shapeOf } from "./shape";
import { namesIn, serviceOf, SITUATIONS } from "./situations";
import type { Render, RenderName, Subject } from "./subject";

/** The rows that are judged by what the chart renders to, in the order of docs/contract.md. */
export const ROWS: readonly Row[] = [
  ...rendering,
  ...credential,
  ...sideBySide,
  ...oneRelease,
  ...traffic,
  ...life,
  ...pods,
  ...declared,
];

/** What came of one row. */
export interface RowVerdict {
  readonly id: string;
  readonly holds: string;
  readonly shortfalls: readonly Required<Shortfall>[];
}

/** The row about the renders themselves, without which no other can be judged. */
export const RENDERED = {
  id: "R1",
  holds: "it renders for both slots, in each of their states",
} as const;

/** A chart with its values, rendered, and what a team says of it. */
export interface ContractSource extends Pick<Subject, "saidIn" | "templates" | "values"> {
  readonly keys: ChartKeys;
  /** Those that its strategy has. */
  readonly renders: Readonly<Partial<Record<RenderName, Render>>>;
}

/** What the contract says of a chart. */
export interface Judgement {
  /** Every row that matters with its strategy; only R1 when something does not render. */
  readonly rows: readonly RowVerdict[];
  /** Undefined when it does not render, or a row says what the program cannot find in it. */
  readonly shape?: ChartShape | undefined;
  /** What the pods of a slot ask of the nodes; undefined when it does not render. */
  readonly room?: readonly WorkloadRoom[] | undefined;
}

/** Judges a chart with its values. */
export function judgeContract(source: ContractSource): Judgement {
  const { strategy } = source.keys;
  const errors = new Map<string, RenderName[]>();
  const objects: Partial<Record<RenderName, readonly Rendered[]>> = {};
  for (const [name, render] of Object.entries(source.renders) as [RenderName, Render][]) {
    if ("error" in render) {
      errors.set(render.error, [...(errors.get(render.error) ?? []), name]);
    } else {
      objects[name] = render.objects;
    }
  }
  const rendered: RowVerdict = {
    ...RENDERED,
    shortfalls: [...errors].map(([error, names]) => unrendered(error, names)),
  };
  if (errors.size > 0) {
    return { rows: [rendered] };
  }
  const subject = subjectOf(source, objects as Subject["renders"]);
  const judged = ROWS.flatMap(({ id, holds, level, judge }) => {
    const usual = level[strategy];
    return usual === undefined
      ? []
      : [
          {
            id,
            holds,
            shortfalls: distinct(judge(subject)).map((each) => ({
              ...each,
              level: each.level ?? usual,
            })),
          },
        ];
  });
  return { rows: [rendered, ...judged], shape: shapeOf(subject), room: roomOf(subject) };
}

/** Where both slots have one release, what is wrong with it is found twice. */
function distinct(shortfalls: readonly Shortfall[]): Shortfall[] {
  return [...new Map(shortfalls.map((each) => [`${each.why} ${each.repair}`, each])).values()];
}

function subjectOf(
  { keys, saidIn, templates, values }: ContractSource,
  renders: Subject["renders"],
): Subject {
  return {
    declared: { ...keys, service: serviceOf(keys) },
    saidIn,
    values,
    names: {
      blue: namesIn(keys, SITUATIONS.blue),
      green: namesIn(keys, SITUATIONS.green),
    },
    renders,
    templates,
  };
}

/** Helm's own words for what is not in the folder. */
const MISSING = /found in Chart\.yaml, but missing in charts\/ directory: (.*)/;

function unrendered(error: string, names: readonly RenderName[]): Required<Shortfall> {
  const [, parts] = MISSING.exec(error) ?? [];
  return parts === undefined
    ? {
        why: `It does not render (${names.join(", ")}): ${error}`,
        repair: "Correct its values.",
        level: "fails",
      }
    : {
        why: `This chart needs ${parts}, which it does not contain.`,
        repair: "Run `helm dependency build` in its folder.",
        level: "fails",
      };
}

/** Whether anything keeps a chart from being used. */
export function fails(verdicts: readonly RowVerdict[]): boolean {
  return verdicts.some(({ shortfalls }) => shortfalls.some(({ level }) => level === "fails"));
}

/**
 * Rows that no value repairs for two slots and that do not stop one release that rolls: data of its
 * own, and work that must not run twice.
 */
const ONLY_ROLLING: readonly string[] = ["S3", "S4"];

/** Whether a chart that two slots cannot have can be one release that rolls. */
export function needsRolling(verdicts: readonly RowVerdict[]): boolean {
  const failing = verdicts.filter((verdict) => fails([verdict])).map(({ id }) => id);
  return failing.some((id) => ONLY_ROLLING.includes(id));
}
