import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { GATEWAY_SECONDS, Twin } from "../twin/twin";
import { ROOT } from "../twin/world/scripts";

const command = new Command("twin")
  .description("Starts the local twin of the cloud for any Pulumi client, until Ctrl-C.")
  .option("--root <dir>", "folder that relative chart paths start from", ROOT);

/** Everything a plain `pulumi` needs, as lines for a shell. */
function exports(twin: Twin, directory: string): string {
  const variables = {
    ...twin.variables(),
    PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
    // For playing: the state goes when the twin goes.
    PULUMI_CONFIG_PASSPHRASE: "twin",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
}

command.action(async ({ root }: { root: string }) => {
  const directory = await mkdtemp(join(tmpdir(), "twin-"));
  // PostgreSQL does not run as root: its own user has to reach the folder below.
  await chmod(directory, 0o711);
  await mkdir(join(directory, "state"));
  let code = 0;
  try {
    const stopped = new Promise<void>((resolveStopped) => {
      process.once("SIGINT", resolveStopped);
      process.once("SIGTERM", resolveStopped);
    });
    const twin = await Twin.start({
      directory,
      root: resolve(root),
      gatewaySeconds: GATEWAY_SECONDS,
    });
    process.stdout.write(exports(twin, directory));
    process.stderr.write(
      "\nThe twin runs. Paste the lines above into another shell, then use pulumi there:\n" +
        "  pulumi stack init rehearsal && pulumi up\nCtrl-C ends it, with everything in it.\n",
    );
    await stopped;
    process.stderr.write("stopping\n");
    await twin.stop();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    code = 2;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit(code);
});
void command.parseAsync();
