import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { armTemplate } from "../export/armTemplate";
import { programResources } from "../export/programResources";

const STACKS = readdirSync(join(__dirname, "..", "stacks")).flatMap(
  (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
);

const command = new Command("export")
  .description("Writes what the program would create in Azure as an ARM template.")
  .requiredOption("--stack <name>", `stack file to take: ${STACKS.join(", ")}`)
  .option("--out <file>", "file to write; standard output when not given");

command.action(async ({ stack, out }: { stack: string; out?: string }) => {
  if (!STACKS.includes(stack)) {
    command.error(`There is no stacks/Pulumi.${stack}.yaml; there are ${STACKS.join(", ")}.`);
  }
  // What the program says is for people; standard output is for the template.
  console.log = console.error;
  const { group, resources } = await programResources(stack);
  const template = armTemplate(group, resources);
  const text = `${JSON.stringify(template, null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  await writeFile(out, text);
  process.stderr.write(`${template.resources.length} resources of stack ${stack} in ${out}\n`);
});

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
