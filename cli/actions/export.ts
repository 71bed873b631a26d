import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { armTemplate } from "../../export/armTemplate";
import { programResources } from "../../export/programResources";
import { EXIT, type ExitCode } from "../exit";
import { PROJECT } from "../options";

interface Options {
  readonly stack: string;
  readonly out?: string;
  readonly quiet?: true;
}

export async function exportTemplate({ stack, out, quiet }: Options): Promise<ExitCode> {
  const files = await readdir(join(PROJECT, "stacks"));
  const stacks = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
  if (!stacks.includes(stack)) {
    process.stderr.write(
      `There is no stacks/Pulumi.${stack}.yaml; there are ${stacks.join(", ")}.\n`,
    );
    return EXIT.amiss;
  }
  // The program's messages are for people; standard output is for the template.
  console.log = quiet ? () => undefined : console.error;
  const { group, resources } = await programResources(stack);
  const template = armTemplate(group, resources);
  const text = `${JSON.stringify(template, null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return EXIT.ok;
  }
  await writeFile(out, text);
  if (!quiet) {
    process.stderr.write(`${template.resources.length} resources of stack ${stack} in ${out}\n`);
  }
  return EXIT.ok;
}
