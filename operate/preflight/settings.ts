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
