import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GATEWAY_SECONDS, Twin } from "../../twin/twin";
import { setVariables, variablesForElsewhere } from "../../twin/world/environment";
import { temporaryFolder } from "../../twin/world/folder";
import { EXIT, type ExitCode } from "../exit";

export async function twin({ root }: { root: string }): Promise<ExitCode> {
  setVariables(variablesForElsewhere());
  const directory = await temporaryFolder("twin-");
  await mkdir(join(directory, "state"));
  try {
    const stopped = new Promise<void>((resolveStopped) => {
      process.once("SIGINT", resolveStopped);
      process.once("SIGTERM", resolveStopped);
    });
    const cloud = await Twin.start({
      directory,
      root: resolve(root),
      gatewaySeconds: GATEWAY_SECONDS,
    });
    process.stdout.write(exports(cloud, directory));
    process.stderr.write(
      "\nThe twin is running. Paste the lines above into another shell and use pulumi there:\n" +
        "  pulumi stack init rehearsal && pulumi up\n" +
        "Ctrl-C stops it and discards everything in it.\n",
    );
    await stopped;
    process.stderr.write("stopping\n");
    await cloud.stop();
    return EXIT.ok;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Everything a plain `pulumi` needs, as lines for a shell. */
function exports(cloud: Twin, directory: string): string {
  const variables = {
    ...cloud.variables(),
    PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
    // For experiments: the state disappears with the twin.
    PULUMI_CONFIG_PASSPHRASE: "twin",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
}
