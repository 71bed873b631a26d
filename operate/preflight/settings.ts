import { join } from "node:path";
import { contractFileOf, OWN_CHART, roomIn, valuesBeside } from "../../components/chart";
import { type NodeDemand, replicasOf, type Strategy } from "../../components/plan";
import type { StackOptions } from "../state/stack";
import { stackValues } from "../state/stackValues";
import type { StackSettings } from "./asking";

/**
 * Reads what is asked about and is no resource of Azure.
 *
 * @throws Error for a stack on a platform that is there: the checks are of what a stack would make
 */
export async function preflightSettings(options: StackOptions): Promise<StackSettings> {
  const valueOf = await stackValues(options);
  if (valueOf("platform") === "existing") {
    throw new Error(
      "The preflight checks what a stack would make of a platform, and this one is there " +
        "(rotation:platform existing): `pulumi preview` looks it up and says everything that does not fit.",
    );
  }
  return {
    hosts: ["productionHost", "stageBlueHost", "stageGreenHost"]
      .map(valueOf)
      .filter((host) => host !== ""),
    images: { appImage: valueOf("appImage"), toolsImage: valueOf("toolsImage") },
    serverConnections: Number(valueOf("serverConnections") || "0"),
    demand: demandOf(valueOf, options.cwd),
    proofAddress: valueOf("proofAddress"),
  };
}

function demandOf(valueOf: (key: string) => string, cwd: string): NodeDemand | undefined {
  const values =
    valueOf("values") ||
    valuesBeside(valueOf("chart") || OWN_CHART, valueOf("strategy") as Strategy);
  const room = roomIn(join(cwd, contractFileOf(values)));
  const maxReplicas = Number(valueOf("maxReplicas") || "0");
  return (
    room && {
      room,
      replicas: replicasOf(Number(valueOf("replicas") || "0"), maxReplicas),
      ...(maxReplicas > 0 && { maxReplicas }),
    }
  );
}
