import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { format } from "prettier";
import { STACKS } from "../support/stacks";
import { asked, listFile, listOf } from "./list";

/** Writes the lists of what the program asks for; `git diff` shows what has changed. */
async function main(): Promise<void> {
  for (const [stack] of STACKS) {
    const file = listFile(stack);
    await mkdir(dirname(file), { recursive: true });
    const text = JSON.stringify(listOf(await asked(stack)));
    await writeFile(file, await format(text, { parser: "json", printWidth: 100 }));
    process.stdout.write(`${file}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
