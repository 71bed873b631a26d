import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";

export interface GatewayWriteArgs {
  /** What the run would do to the gateway where the hook is bound. */
  readonly write: "replace" | "update";
  /** This run may do so. */
  readonly maintenance: boolean;
}

/** A hook that refuses an update, in the preview already, because it writes the gateway. */
export function refuseGatewayWrite(
  name: string,
  { write, maintenance }: GatewayWriteArgs,
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    ({ oldInputs, newInputs }) => {
      if (!maintenance) {
        throw new Error(refusal(write, changed(oldInputs, newInputs)));
      }
    },
    { onDryRun: true },
  );
}

type Inputs = Readonly<Record<string, unknown>>;

/** Names of the arguments that differ. */
function changed(oldInputs: Inputs = {}, newInputs: Inputs = {}): string[] {
  return [...new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)])]
    .filter((key) => !isDeepStrictEqual(oldInputs[key], newInputs[key]))
    .sort();
}

function refusal(write: GatewayWriteArgs["write"], properties: readonly string[]): string {
  // An update without a change is how the engine mends what an earlier run left incomplete.
  const reason =
    properties.length > 0 ? `of a change of ${properties.join(", ")}` : "it is incomplete";
  return (
    `This run would ${write} the application gateway, because ${reason}. Any such write ` +
    "replaces the routes, pools and certificates that the ingress controller wrote and cuts " +
    "traffic until the controller's next update.\n" +
    "Revert the change, or declare maintenance and expect an interruption:\n" +
    "  pulumi config set rotation:maintenance gateway\n" +
    "  pulumi up\n" +
    "  pulumi config rm rotation:maintenance"
  );
}
