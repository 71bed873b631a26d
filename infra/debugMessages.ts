import * as pulumi from "@pulumi/pulumi";

/**
 * Keeps the SDK's debug messages from the engine, which shows them to nobody: three for each
 * resource, each a call that waits for the one before, are three quarters of all calls that the
 * program makes (ADR 50).
 *
 * They are sent where `--debug` comes from the environment (`PULUMI_OPTION_DEBUG`), which a program
 * sees, as it does not see the CLI's arguments.
 */
export function skipDebugMessages(): void {
  if (!["1", "true"].includes(process.env["PULUMI_OPTION_DEBUG"]?.toLowerCase() ?? "")) {
    Object.assign(pulumi.log, { debug: () => Promise.resolve() });
  }
}
