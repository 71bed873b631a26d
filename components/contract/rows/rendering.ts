import { differences, entriesOf, type Rendered, title } from "../rendered";
import { type Row, withStrategy } from "../row";
import type { Subject } from "../subject";

/** Annotations that only repeat what another object holds. */
const CHECKSUM = /^checksum\//;

export const rendering: readonly Row[] = [
  {
    id: "R2",
    holds: "two renders are the same",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: (subject) =>
      pairs(subject.renders.blue, subject.renders.again).flatMap(([one, other]) => {
        if (one.kind === "Secret") {
          const keys = differences(entriesOf(one), entriesOf(other));
          return keys.length === 0
            ? []
            : [
                {
                  why:
                    `${title(one)} is new in each render (${keys.join(", ")}): ` +
                    withStrategy(subject, {
                      blueGreen:
                        "each slot would get its own, and neither reads what the other encrypts.",
                      rolling:
                        "each rotation would make another, which cannot read what this one encrypted.",
                    }),
                  repair:
                    "Make this Secret once, outside the release, and give the chart its name " +
                    "(existingSecret and the like).",
                },
              ];
        }
        const paths = differences(withoutChecksums(one), withoutChecksums(other));
        return paths.length === 0
          ? []
          : [
              {
                why: `${title(one)} differs in each render (${paths.join(", ")}).`,
                repair: "Give the chart a value for it, so that it generates none.",
              },
            ];
      }),
  },
  {
    id: "R3",
    holds: "the chart's own Secrets are the same in both slots",
    level: { blueGreen: "warns" },
    judge: (subject) => {
      const own = (slot: "blue" | "green") =>
        subject.renders[slot].filter(({ kind }) => kind === "Secret");
      const others = new Map(own("green").map((secret) => [named(subject, secret), secret]));
      return own("blue").flatMap((secret) => {
        const other = others.get(named(subject, secret));
        const keys = differences(
          slotless(subject, entriesOf(secret)),
          slotless(subject, other ? entriesOf(other) : {}),
        );
        return keys.length === 0
          ? []
          : [
              {
                why:
                  `${title(secret)} holds something else in each slot (${keys.join(", ")}): sessions ` +
                  "end at a switch, and each slot refuses what the other signs.",
                repair: "Give the chart the same value for both slots.",
              },
            ];
      });
    },
  },
  {
    id: "R4",
    holds: "no template asks the cluster",
    level: { blueGreen: "warns", rolling: "warns" },
    judge: ({ templates }) =>
      Object.entries(templates)
        .filter(([, text]) => /\{\{[^}]*\blookup\b/.test(text))
        .map(([file]) => ({
          why: `${file} uses \`lookup\`: what is rendered here may differ in the cluster.`,
          repair: "Set the value that it would look up.",
        })),
  },
];

/** The objects that two renders have both, side by side. */
function pairs(one: readonly Rendered[], other: readonly Rendered[]): [Rendered, Rendered][] {
  const others = new Map(other.map((object) => [title(object), object]));
  return one.flatMap((object) => {
    const found = others.get(title(object));
    return found ? [[object, found] satisfies [Rendered, Rendered]] : [];
  });
}

function withoutChecksums(object: Rendered): unknown {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) =>
    CHECKSUM.test(key) ? undefined : value,
  );
}

/** What is left of a value when the names of a slot are taken out of it. */
function slotless<T>({ names }: Subject, value: T): T {
  const words = Object.values(names)
    .flatMap((each) => Object.values(each) as string[])
    // Longer ones first, because they hold the shorter ones.
    .sort((a, b) => b.length - a.length);
  const text = words.reduce((left, word) => left.replaceAll(word, "<slot>"), JSON.stringify(value));
  return JSON.parse(text) as T;
}

function named(subject: Subject, { kind, metadata }: Rendered): string {
  return slotless(subject, `${kind}/${metadata.name}`);
}
