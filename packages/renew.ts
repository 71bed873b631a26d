import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { askedAdvisories, type Snapshot } from "./advisories";

/** Asks the registry's service about every lock file, and writes down what it says and when. */
async function main(): Promise<void> {
  const advisories = await askedAdvisories();
  if (advisories === undefined) {
    console.error("No service answers `npm audit` here: packages/snapshot.json is left as it is.");
    process.exitCode = 1;
    return;
  }
  const snapshot: Snapshot = { asked: new Date().toISOString().slice(0, 10), advisories };
  const file = join(__dirname, "snapshot.json");
  await writeFile(
    file,
    await format(JSON.stringify(snapshot), { parser: "json", printWidth: 100 }),
  );
  console.log(`${file}: ${advisories.length} advisories`);
}

void main();
