import type * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import * as pulumi from "@pulumi/pulumi";

/** Sunday night, in the server's own time, UTC. */
export const MAINTENANCE = {
  customWindow: "Enabled",
  dayOfWeek: 0,
  startHour: 2,
  startMinute: 0,
} as const;

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** When Azure may interrupt a server, as it answers. */
export type Window = Partial<Record<keyof typeof MAINTENANCE, string | number>>;

/**
 * What to do where Azure answers with another window than ours; undefined when there is nothing.
 * Creation passes it over (Terraform azurerm sets it afterwards for that reason), and azure-native
 * compares what was sent, so no later run would notice.
 */
export function windowProblem(
  answered: Window | undefined,
  server: string,
  group: string,
): string | undefined {
  const keys = Object.keys(MAINTENANCE) as (keyof typeof MAINTENANCE)[];
  if (answered === undefined || keys.every((key) => answered[key] === MAINTENANCE[key])) {
    return undefined;
  }
  const { dayOfWeek, startHour, startMinute } = MAINTENANCE;
  return (
    `Azure may interrupt the server ${server} at any time: it ignored the configured ` +
    "maintenance window when it created the server. Set it once: `az postgres flexible-server " +
    `update --resource-group ${group} --name ${server} ` +
    `--maintenance-window "${DAYS[dayOfWeek]}:${startHour}:${startMinute}"\`, then \`pulumi refresh\`.`
  );
}

/** Warns of another window than ours, in every run until it is set. */
export function watchWindow(
  server: dbforpostgresql.Server,
  group: pulumi.Input<string>,
  parent: pulumi.Resource,
): void {
  void pulumi
    .all([server.maintenanceWindow, server.name, group])
    .apply(([answered, name, groupName]) => {
      const problem = windowProblem(answered, name, groupName);
      return problem === undefined ? undefined : pulumi.log.warn(problem, parent);
    });
}
