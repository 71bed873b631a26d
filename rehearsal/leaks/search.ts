import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync, constants } from "node:zlib";
import type { Leak, SearchedPlace } from "../result/result";

/** A text that must not be anywhere in clear but in the vault and in its mount. */
export interface ClearText {
  /** Of what it is, without a hint at its value. */
  readonly name: string;
  readonly value: string;
  /** Where it belongs nevertheless. */
  readonly belongsIn?: readonly Belonging[] | undefined;
}

/** A place where a text belongs: all of it, or one file, or the lines that a pattern knows. */
export interface Belonging {
  readonly place: string;
  readonly file?: string;
  readonly lines?: RegExp;
}

/** Where clear text must not be. */
export interface LeakPlace {
  /** In words: `state files`. */
  readonly name: string;
  /** Files, or folders with all that is in them. */
  readonly paths: readonly string[];
  /** Puts a text where a leak would be found, so that the search is known to see this place. */
  plant(canary: string): Promise<void>;
  /** Gathers what is to be searched, after everything was planted. */
  collect?(): Promise<void>;
  /** Files that did not change since are left out; milliseconds since the epoch. */
  readonly since?: number;
  /** Lines that the engine prints whatever the program does; they are counted apart. */
  readonly engineLines?: RegExp;
}

/** What is shorter is no credential but the placeholder of a secret without one. */
export const SHORTEST_CREDENTIAL = 16;

/** Finds credentials in places. Texts are compared as they are and as base64. */
export async function searchLeaks(
  places: readonly LeakPlace[],
  credentials: readonly ClearText[],
  canary: string,
): Promise<{ leaks: Leak[]; leakSearch: SearchedPlace[] }> {
  const searched = credentials.filter(({ value }) => value.length >= SHORTEST_CREDENTIAL);
  const leaks: Leak[] = [];
  const leakSearch: SearchedPlace[] = [];
  for (const place of places) {
    const { name, paths, engineLines } = place;
    const found: SearchedPlace = { place: name, canaryFound: false };
    for (const path of paths) {
      for (const file of await filesIn(path, place.since)) {
        const all = await contentOf(file, place);
        if (all === undefined) {
          continue;
        }
        found.canaryFound ||= all.includes(canary);
        const content = engineLines === undefined ? all : without(all, engineLines);
        const at = relative(path, file) || file.split("/").at(-1)!;
        for (const credential of searched) {
          const leak = { place: name, file: at, credential: credential.name };
          if (holds(besidesOwn(content, credential, leak), credential)) {
            leaks.push(leak);
          } else if (engineLines !== undefined && holds(all, credential)) {
            found.printedByEngine = (found.printedByEngine ?? 0) + 1;
          }
        }
      }
    }
    leakSearch.push(found);
  }
  return { leaks, leakSearch };
}

/** Unpacked; undefined where the engine has removed its oldest logs since they were listed. */
async function contentOf(file: string, { since }: LeakPlace): Promise<Buffer | undefined> {
  try {
    return unpacked(await readFile(file));
  } catch (error) {
    if (since === undefined || (error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    return undefined;
  }
}

/** The content of a file, without what may hold the credential. */
function besidesOwn(
  content: Buffer,
  { belongsIn = [] }: ClearText,
  { place, file }: Pick<Leak, "place" | "file">,
): Buffer {
  const own = belongsIn.filter((one) => one.place === place && (one.file ?? file) === file);
  return own.reduce(
    (rest, { lines }) => (lines === undefined ? Buffer.alloc(0) : without(rest, lines)),
    content,
  );
}

function holds(content: Buffer, { value }: ClearText): boolean {
  return (
    content.includes(value) || ALIGNMENTS.some((bytes) => content.includes(within(value, bytes)))
  );
}

/** Bytes of a longer text before the value, as far as they change how base64 writes it. */
const ALIGNMENTS = [0, 1, 2] as const;

/** What of the value is in the base64 of any text that has it after so many bytes, modulo 3. */
function within(value: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  const [first, beyond] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
  return bytes.toString("base64").slice(first, beyond);
}

function without(content: Buffer, lines: RegExp): Buffer {
  const kept = content.toString("utf8").split("\n");
  return Buffer.from(kept.filter((line) => !lines.test(line)).join("\n"));
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/** A log that is still written to has no end yet. */
function unpacked(content: Buffer): Buffer {
  return content.subarray(0, GZIP.length).equals(GZIP)
    ? gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH })
    : content;
}

async function filesIn(path: string, since = 0): Promise<string[]> {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const fresh = await Promise.all(
    // The engine removes its oldest logs.
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs >= since,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => fresh[index]);
}
