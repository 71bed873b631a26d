import * as pulumi from "@pulumi/pulumi";
import type { LastRun } from "../facts";
import { ownStack } from "../facts/ownStack";

const NAMES = ["completed", "live", "connections", "gatewayAddress"] as const;

/** Reads what the last completed run exported. */
export async function lastRun(): Promise<LastRun> {
  const reference = new pulumi.StackReference("last-completed", { name: ownStack() });
  const values = await Promise.all(
    NAMES.map(async (name) => [name, (await reference.getOutputDetails(name)).value] as const),
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
