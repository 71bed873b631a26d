import type * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as pulumi from "@pulumi/pulumi";

/**
 * Who decides what a server loads: the program, which loads pgaudit beside what Azure loads anyhow;
 * or `own`, whoever keeps other libraries on that server, and has to load pgaudit with them.
 */
export type Audit = "own" | "pgaudit";

export const AUDITS: readonly Audit[] = ["pgaudit", "own"];

/**
 * Every change of a role, of what a role may do, and of the schema. A password in one is written as
 * `<REDACTED>` (pgaudit, `log_audit_event`; tried with 18.0, ADR 45), and ours are verifiers.
 */
export const AUDIT_PARAMETERS: readonly (readonly [name: string, value: string])[] = [
  ["pgaudit.log", "role,ddl"],
  ["pgaudit.log_parameter", "off"],
  ["pgaudit.log_client", "off"],
  // Statistics would keep the same statements whole, and show them to all of `pg_read_all_stats`.
  ["pg_stat_statements.track_utility", "off"],
  ["pg_qs.track_utility", "off"],
];

/** Name of the parameter that waits for a restart. */
export const PRELOADED = "shared_preload_libraries";

/** What Azure loads by default, by major version, and pgaudit. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  "17": "pg_stat_statements,pgaudit",
  "18": "pg_cron,pg_stat_statements,pgaudit",
};

/** What whoever makes or changes the list of libraries has to know. */
export function loadsLater(server: string, group: string): string {
  return (
    `The server ${server} loads pgaudit at its next restart, which this run does not trigger: ` +
    `until then its log does not record role changes. ${restart(server, group)}`
  );
}

/** What is left to do on a server that has not been restarted since; undefined when nothing is. */
export function restartProblem(
  isPending: boolean | undefined,
  server: string,
  group: string,
): string | undefined {
  return isPending === true
    ? `The server ${server} has not loaded pgaudit yet. ${restart(server, group)}`
    : undefined;
}

/** "Set the value of one or more server parameters": what is static is saved, and works later. */
function restart(server: string, group: string): string {
  return (
    "A restart drops every connection and pods reconnect: at a convenient time, not during a " +
    `move, run \`az postgres flexible-server restart --resource-group ${group} --name ${server}\`, then ` +
    "`pulumi refresh`."
  );
}

/** Tells it in the preview already, whenever the list is made or changed. */
export function auditHook(name: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-audit`,
    async ({ newInputs }) => {
      const { resourceGroupName, serverName } = newInputs as Record<string, unknown>;
      await pulumi.log.warn(loadsLater(known(serverName), known(resourceGroupName)));
    },
    { onDryRun: true },
  );
}

/** A name, or in the preview of a new server a mark for it. */
function known(name: unknown): string {
  return typeof name === "string" && name !== "" ? name : "<name>";
}

/** Reminds in every run, as long as Azure says that the change waits. */
export function watchRestart(
  preloaded: dbforpostgresql.Configuration,
  server: pulumi.Input<string>,
  group: pulumi.Input<string>,
): void {
  void pulumi
    .all([preloaded.isConfigPendingRestart, server, group])
    .apply(([isPending, serverName, groupName]) => {
      const problem = restartProblem(isPending, serverName, groupName);
      return problem === undefined ? undefined : pulumi.log.warn(problem, preloaded);
    });
}
