import { escape } from "../../rehearsal/report/html";
import { type Chunk, SIZE } from "./recording";
import { type Run, Terminal } from "./terminal";

/** Seconds of the film: typing begins, the command starts, the run is over, it begins anew. */
const AT = { typing: 0.6, start: 2.2, over: 15, end: 21 } as const;
const PICTURES_PER_SECOND = 8;

/** Lengths in pixels; a character is as wide as that of most monospaced fonts at 14 pixels. */
const CHARACTER = 8.43;
const LINE = 19;
const PAD = 16;
const BAR = 38;
const WIDTH = Math.round(SIZE.columns * CHARACTER + 2 * PAD);
const HEIGHT = BAR + SIZE.rows * LINE + PAD;

const LOOK = `
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d5dce6}
.bold{font-weight:700;fill:#f3f6fa}.blue{fill:#6ea4ff}.green{fill:#3fc48b}.red{fill:#ff6d60}.soft{fill:#9aa6b8}
.gone{visibility:hidden}`;

/** What a line shows from one moment of the film until another. */
interface Shown {
  readonly row: number;
  readonly runs: readonly Run[];
  readonly from: number;
  to: number | undefined;
}

export interface Film {
  readonly title: string;
  readonly description: string;
  readonly command: string;
  readonly chunks: readonly Chunk[];
}

/**
 * A recording as an SVG that plays by itself, over and over, without scripts. Whoever wants no motion
 * sees the end of it, and so does whatever shows SVG without playing it.
 */
export function filmOf({ title, description, command, chunks }: Film): string {
  const { shown, scrolls } = played(command, chunks);
  const factor = Math.round((chunks.at(-1)?.[0] ?? 0) / (AT.over - AT.start));
  const still = shown.map(
    ({ row, runs, to }, index) =>
      `<text id="t${index}"${to === undefined ? "" : ' class="gone"'} x="${PAD}" y="${row * LINE + 14}" ` +
      `textLength="${(lengthOf(runs) * CHARACTER).toFixed(1)}">${runs.map(spanOf).join("")}</text>`,
  );
  const moves = shown.map(({ from, to }, index) =>
    to === undefined
      ? `@keyframes t${index}{0%{visibility:hidden}${percent(from)}{visibility:visible}}`
      : `@keyframes t${index}{${percent(from)}{visibility:visible}${percent(to)}{visibility:hidden}}`,
  );
  const up = (row: number) => `{transform:translateY(${-row * LINE}px)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc" xml:space="preserve">
<title id="title">${escape(title)}</title>
<desc id="desc">${escape(description)}</desc>
<style>${LOOK}
#lines${up(scrolls.at(-1)?.row ?? 0)}
@media (prefers-reduced-motion:no-preference){
#lines,#lines text{animation:${AT.end}s step-end infinite}
#lines{animation-name:lines}${shown.map((_, index) => `#lines #t${index}{animation-name:t${index}}`).join("")}
}
@keyframes lines{0%${up(0)}${scrolls.map(({ at, row }) => `${percent(at)}${up(row)}`).join("")}}
${moves.join("\n")}
</style>
<clipPath id="screen"><path d="M0 ${BAR}H${WIDTH}V${HEIGHT - PAD / 2}H0Z"/></clipPath>
<rect x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="9.5" fill="#11151c" stroke="#333d4b"/>
<g fill="#333d4b"><circle cx="20" cy="19" r="6"/><circle cx="40" cy="19" r="6"/><circle cx="60" cy="19" r="6"/></g>
<text class="soft" x="${WIDTH / 2}" y="24" text-anchor="middle">~/rotation</text>
<text class="soft" x="${WIDTH - PAD}" y="24" text-anchor="end">${factor} times as fast</text>
<g clip-path="url(#screen)"><g transform="translate(0 ${BAR})"><g id="lines">
${still.join("\n")}
</g></g></g>
</svg>
`;
}

/** Plays a recording, and notes what each line shows when. */
function played(
  command: string,
  chunks: readonly Chunk[],
): { shown: Shown[]; scrolls: { at: number; row: number }[] } {
  const terminal = new Terminal(SIZE.columns);
  const shown: Shown[] = [];
  const scrolls: { at: number; row: number }[] = [];
  const current: (Shown | undefined)[] = [];
  const take = (at: number) => {
    const lines = terminal.lines();
    lines.forEach((runs, row) => {
      const before = current[row];
      if (JSON.stringify(before?.runs ?? []) === JSON.stringify(runs)) {
        return;
      }
      if (before !== undefined) {
        before.to = at;
      }
      current[row] = undefined;
      if (runs.length > 0) {
        shown.push((current[row] = { row, runs, from: at, to: undefined }));
      }
    });
    const row = Math.max(0, lines.length - SIZE.rows);
    if (row !== (scrolls.at(-1)?.row ?? 0)) {
      scrolls.push({ at, row });
    }
  };
  let next = 0;
  for (const [at, text] of timed(command, chunks)) {
    if (at >= next) {
      take(next);
      next = Math.floor(at * PICTURES_PER_SECOND + 1) / PICTURES_PER_SECOND;
    }
    terminal.write(text);
  }
  take(AT.over);
  return { shown, scrolls };
}

/** The typed command and what came of it, at seconds of the film. */
function timed(command: string, chunks: readonly Chunk[]): Chunk[] {
  const rest = AT.start - AT.typing;
  const last = chunks.at(-1)?.[0] ?? 1;
  return [
    [0, "\u001b[32m$\u001b[39m "],
    ...[...command].map((key, index): Chunk => [AT.typing + (rest * index) / command.length, key]),
    [AT.start, "\r\n"],
    ...chunks.map(([seconds, text]): Chunk => [
      AT.start + (seconds / last) * (AT.over - AT.start),
      text,
    ]),
    [AT.over, "\u001b[32m$\u001b[39m "],
  ];
}

function spanOf({ text, look }: Run): string {
  return look === "" ? escape(text) : `<tspan class="${look}">${escape(text)}</tspan>`;
}

function lengthOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { text }) => sum + [...text].length, 0);
}

function percent(at: number): string {
  return `${Number(((at / AT.end) * 100).toFixed(2))}%`;
}
