import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { format } from "prettier";

/** What figures are of. */
export interface Circumstances {
  /** Day, ISO 8601. */
  readonly date: string;
  /** Processor and Node. */
  readonly machine: string;
  /** Load of the machine when it began and when it ended. */
  readonly loads: readonly [number, number];
}

/** docs/performance.md has two parts, each written by a command of its own. */
export type Part = "previews" | "rotations";

/** The first line of the second part. */
const SECOND = "## Rotations";
const PAGE = join(__dirname, "..", "..", "docs", "performance.md");

/** @returns what tells the circumstances when all is measured */
export function circumstances(): () => Circumstances {
  const before = loadavg()[0]!;
  return () => ({
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`,
    loads: [before, loadavg()[0]!],
  });
}

/** Prints a part of the page, and writes it where that is wanted. */
export async function publish(part: Part, markdown: string, write: boolean): Promise<void> {
  const text = await format(markdown, { parser: "markdown", printWidth: 100 });
  if (write) {
    await writeFile(PAGE, withPart(await readFile(PAGE, "utf8"), part, text));
  }
  process.stdout.write(text);
}

/** The page with another part, and the other part as it is. */
export function withPart(page: string, part: Part, text: string): string {
  const at = page.indexOf(`\n${SECOND}\n`);
  const [first, second] = at === -1 ? [page, ""] : [page.slice(0, at), page.slice(at + 1)];
  const parts = part === "previews" ? [text, second] : [first, text];
  return `${parts
    .map((each) => each.trim())
    .filter(Boolean)
    .join("\n\n")}\n`;
}
