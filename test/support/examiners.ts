import * as assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Examiner, WAIVERS } from "../../policy/waivers";

/** What a linter of others found, and where. */
export interface Found {
  readonly id: string;
  readonly where: string;
}

/** Whether a program can be started here. */
export function isThere(command: string, argument: string): boolean {
  try {
    execFileSync(command, [argument], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * What a linter writes to standard output as JSON.
 *
 * @throws Error with what it says when it could not look: it ends with 1 when it has found something
 */
export function examine(command: string, args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && error.code !== 1) {
        reject(new Error(`${command}: ${stderr || error.message}`));
      } else {
        resolve(JSON.parse(stdout));
      }
    });
  });
}

/** Asserts that everything found is waived, and that every waiver for this linter is needed. */
export function assertWaived(examiner: Examiner, found: readonly Found[]): void {
  const own = WAIVERS.filter((waiver) => waiver.examiner === examiner);
  const isWaived = (id: string) =>
    WAIVERS.some((waiver) => waiver.id === id && [examiner, undefined].includes(waiver.examiner));
  assert.deepEqual(
    found.filter(({ id }) => !isWaived(id)),
    [],
  );
  assert.deepEqual(
    own.filter(({ id }) => !found.some((each) => each.id === id)),
    [],
  );
}

/** Uses a folder that is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "examined-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
