import * as pulumi from "@pulumi/pulumi";
import type { Connections } from "../facts/connections";
import type { Run } from "../plan/moves";

/** Outputs of this very stack, as its last successful run left them. */
export interface LastRun {
  /** The completed record; undefined before the first run that completed. */
  readonly completed?: Run;
  /** The record of what is in force. */
  readonly live?: { readonly secretVersion: string };
  readonly connections?: Connections;
  readonly gatewayAddress?: string;
}

const NAMES = ["completed", "live", "connections", "gatewayAddress"] as const;

/** Reads what the last run that completed exported. */
export async function lastRun(): Promise<LastRun> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const reference = new pulumi.StackReference("last-completed", { name: self });
  const values = await Promise.all(
    NAMES.map(async (name) => [name, (await reference.getOutputDetails(name)).value] as const),
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
