import type { StackOptions } from "../state/stack";
import { stackValues } from "../state/stackValues";
import type { StackSettings } from "./asking";

/** Reads what is asked about and is no resource of Azure. */
export async function preflightSettings(options: StackOptions): Promise<StackSettings> {
  const valueOf = await stackValues(options);
  return {
    hosts: {
      production: valueOf("productionHost"),
      blue: valueOf("stageBlueHost"),
      green: valueOf("stageGreenHost"),
    },
    images: { appImage: valueOf("appImage"), toolsImage: valueOf("toolsImage") },
    serverConnections: Number(valueOf("serverConnections") || "0"),
    proofAddress: valueOf("proofAddress"),
  };
}
