import { copyFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Puts the newest whole copy of a stack's state into its place: a backend in a folder writes in
 * place, so a full disk cuts the file off. Beside it lies the state before the last write, and in
 * `backups` the one of the end of each run that was not killed.
 *
 * @returns the copy that was taken
 */
export async function restoreState(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const files = names.map((name) => join(folder, name));
  const state = files.find((file) => /\/stacks\/rotation\/rehearsal\.json$/.test(file));
  const copies = files.filter((file) => /\/rehearsal(\.\d+)?\.json(\.bak)?$/.test(file));
  const whole: { file: string; at: number }[] = [];
  for (const file of copies.filter((each) => !each.includes("/history/"))) {
    if (await isWhole(file)) {
      whole.push({ file, at: (await stat(file)).mtimeMs });
    }
  }
  const [newest] = whole.sort((a, b) => b.at - a.at);
  if (state === undefined || newest === undefined) {
    throw new Error(`There is no intact copy of the state among ${copies.join(", ")}.`);
  }
  if (newest.file !== state) {
    await copyFile(newest.file, state);
  }
  return newest.file.slice(folder.length);
}

async function isWhole(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
