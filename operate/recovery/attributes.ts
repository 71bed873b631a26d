import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Finding, mended } from "./findings";
import type { StatePlace } from "./stateFolder";

/** Beside each file of a backend in a folder: its type and checksum, which nobody needs to read it. */
const ENDING = ".attrs";

/**
 * Takes away descriptions of files that a killed engine has left empty or cut off: Pulumi writes them
 * in place, reads no file without them, and says only `failed to load checkpoint: EOF`. A file without
 * one is read as it is (gocloud.dev/blob/fileblob, getAttrs).
 */
export async function removeCutOffAttributes(place: StatePlace): Promise<Finding[]> {
  if (!place.inFolder) {
    return [];
  }
  const folders = [dirname(place.file), place.locks, join(dirname(place.file), "..", "..")];
  const files = (await Promise.all(folders.map(attributesIn))).flat();
  const cutOff = await Promise.all(
    files.map(async (file) => ((await isWhole(file)) ? [] : [file])),
  );
  return Promise.all(
    cutOff.flat().map(async (file) => {
      await rm(file);
      return mended(
        "state",
        `${file} is cut off, so that Pulumi reads nothing beside it`,
        "taken away: it described a file that is whole, and the next write makes it anew",
      );
    }),
  );
}

async function attributesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return [];
  });
  return names.filter((name) => name.endsWith(ENDING)).map((name) => join(folder, name));
}

async function isWhole(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return false;
    }
    throw error;
  }
}
