import { installPlugins, pinPlugins } from "../../operate/pipelines/plugins";
import { EXIT, type ExitCode } from "../exit";

interface Options {
  readonly cwd: string;
  readonly pulumi: string;
  readonly server?: string;
  readonly pin?: true;
}

export async function plugins({ cwd, pulumi, server, pin }: Options): Promise<ExitCode> {
  if (pin) {
    await pinPlugins(cwd, server);
    return EXIT.ok;
  }
  const project = { command: pulumi, folder: cwd, environment: process.env };
  const installed = await installPlugins(project, server);
  process.stdout.write(installed.map(({ name, version }) => `${name} ${version}\n`).join(""));
  return EXIT.ok;
}
