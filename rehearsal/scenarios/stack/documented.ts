import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../twin/world/scripts";

/** A text that people may read, as a document has it. */
export interface DocumentedText {
  /** Heading that it stands under. */
  readonly section: string;
  /** With examples for names, versions and numbers, and `...` for anything. */
  readonly example: string;
  /** Cause and what to do, as the row of the table has them; empty for a quotation. */
  readonly advice: string;
  /** What fits the example. */
  readonly pattern: RegExp;
}

/** What people can do next: a command, or a statement for the database. */
const COMMAND =
  /\b(pulumi (config|up|cancel|refresh|stack rename)|npm run \w|npx rotation \w|kubectl -|az \w+ \w|psql -|kill -INT \d|(ALTER|DROP) (ROLE|DATABASE|TABLE|SCHEMA) |GRANT ["\w]+ )/;

/** Where a diagnosis of the engine begins: the resource that it is about. */
const RESOURCE = /^ {2}[\w:./-]+ \([^)]*\):$/m;
/** What the engine says of the run as a whole: it names no cause. */
const WHOLE_RUN = /^(update|preview) failed\s*$/;

/** Reads what `docs/runbook.md` and `docs/when-it-goes-wrong.md` say that people may read. */
export function readDocumentedTexts(): DocumentedText[] {
  const [runbook, trouble] = ["docs/runbook.md", "docs/when-it-goes-wrong.md"].map((file) =>
    readFileSync(join(ROOT, file), "utf8"),
  );
  return documentedTexts(runbook!, trouble!);
}

/**
 * The first columns of the tables of texts in the runbook's chapter "Error texts", and the texts
 * that `docs/when-it-goes-wrong.md` quotes.
 */
export function documentedTexts(runbook: string, trouble: string): DocumentedText[] {
  const sections = chapter(runbook, "Error texts").split(/^### /m).slice(1);
  const rows = sections.flatMap((section) => {
    const heading = section.slice(0, section.indexOf("\n"));
    return textRows(section).flatMap(([text, ...others]) =>
      codes(text!).map((example) => documented(heading, example, others.join("|"))),
    );
  });
  const quotations = trouble.matchAll(/^```text\n([\s\S]*?)^```$/gm);
  return [
    ...rows,
    ...[...quotations].map(([, text]) => documented("When it goes wrong", text!.trim())),
  ];
}

/** A chapter of a document. */
export function chapter(document: string, heading: string): string {
  const chapters = document.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`));
  assert.strictEqual(chapters.length, 1, `There are ${chapters.length} chapters "${heading}".`);
  return chapters[0]!;
}

/** The code in a text, one per pair of backticks; a pair of two may have single ones inside. */
export function codes(text: string): string[] {
  return [...text.matchAll(/(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code]) => code!);
}

/** The causes in what a user read that no document has. */
export function undocumented(text: string, documents: readonly DocumentedText[]): string[] {
  return causes(text).filter(
    (cause) => !documents.some(({ pattern }) => pattern.test(oneLine(cause))),
  );
}

/** Whether what a user read says how to go on. */
export function namesCommand(text: string): boolean {
  return diagnoses(text).some(({ said }) => COMMAND.test(oneLine(said)));
}

/**
 * Asserts that the documents have every cause in what `pulumi up` said, and that it says how to go
 * on. The engine may fail before the program can say anything: then the row of its text has to.
 *
 * @throws AssertionError that quotes the text
 */
export function assertDocumented(text: string): void {
  const ofUp = readDocumentedTexts().filter(({ section }) => section !== "Recover");
  const unknown = undocumented(text, ofUp);
  assert.deepStrictEqual(
    unknown,
    [],
    `This text is not among the error texts in docs/runbook.md:\n${unknown.join("\n")}`,
  );
  const rows = ofUp.filter(({ pattern }) =>
    causes(text).some((cause) => pattern.test(oneLine(cause))),
  );
  const isAdvised = namesCommand(text) || rows.some(({ advice }) => COMMAND.test(advice));
  assert.ok(isAdvised, `This text does not say which command comes next:\n${text}`);
}

/** The errors among the diagnoses, or the whole text where it comes from no engine. */
function causes(text: string): string[] {
  const said = diagnoses(text);
  const errors = said.filter(({ kind }) => kind === "error");
  return (errors.length > 0 ? errors : said)
    .map((diagnosis) => diagnosis.said)
    .filter((cause) => !WHOLE_RUN.test(cause));
}

/** Errors and warnings one by one, without what the engine tells besides. */
function diagnoses(text: string): { readonly kind: string; readonly said: string }[] {
  const found = text.split(RESOURCE).flatMap((part) => {
    const [, ...pieces] = part.split(/^\s*(error|warning): /m);
    return pieces.flatMap((kind, index) =>
      index % 2 === 0 ? [{ kind, said: pieces[index + 1]!.trim() }] : [],
    );
  });
  return found.length > 0 ? found : [{ kind: "text", said: text }];
}

/** Cells of all rows of the tables of texts. */
function textRows(section: string): string[][] {
  const tables = section.matchAll(/^\| Text +\|.*\n\|[ -]+\|.*\n((?:\|.*\n?)+)/gm);
  return [...tables].flatMap(([, rows]) =>
    rows!
      .trim()
      .split("\n")
      .map((row) => row.split("|").slice(1, -1)),
  );
}

/** Numbers stand for others, except where a text sets something to one: `Status=429`. */
function documented(section: string, example: string, advice = ""): DocumentedText {
  const pattern = oneLine(example)
    .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replaceAll("\\.\\.\\.", ".+?")
    .replaceAll(/(?<!=)-?\b\d+\b|\bnone\b/g, "(?:-?\\d+|none)")
    .replaceAll(/(?<![a-z])(?:blue|green)(?![a-z])/g, "(?:blue|green)");
  return { section, example, advice, pattern: new RegExp(pattern) };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
