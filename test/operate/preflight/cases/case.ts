import type { Finding } from "../../../../operate/preflight/finding";
import { GIVEN } from "../../../../twin/azure/given";
import type { Properties } from "../../../../twin/plugin/provider";
import { textOf } from "../../../support/azureCloud";
import type { Change, PreflightBench } from "../../../support/preflight";

/** One thing that can be wrong: how it comes to be so, and what is said of it. */
export interface Case {
  readonly title: string;
  /** Makes it so; @returns what else is asked, and how it is undone */
  readonly make: (bench: PreflightBench) => MadeWrong | Promise<MadeWrong>;
  readonly state?: Finding["state"];
  readonly what: string;
  readonly why: RegExp;
  /** Commands, in this order, as far as they are told here. */
  readonly help: readonly RegExp[];
}

export type MadeWrong = (Change & { readonly undo?: () => Promise<unknown> }) | void;

/** Names and ids of stack prod. */
export const GROUP_NAME = "rg-app-prod";
export const LOCATION = "westeurope";
export const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
export const RUNNERS = `${SUBSCRIPTION}/resourceGroups/${GIVEN.group}/providers/Microsoft.Network/virtualNetworks/${GIVEN.network}`;

/** Makes resources, in this order, and takes them away again. */
export async function given(
  { bench }: PreflightBench,
  ...resources: readonly (readonly [type: string, inputs: Properties])[]
): Promise<() => Promise<void>> {
  const made: (() => Promise<void>)[] = [];
  for (const [type, inputs] of resources) {
    const resource = await bench.create(type, inputs);
    made.unshift(() => bench.delete(type, resource));
  }
  return async () => {
    for (const undo of made) {
      await undo();
    }
  };
}

/** Where a host leads that does not lead to the gateway. */
export const ELSEWHERE = "203.0.113.99";

/** The gateway's address, once there is one. */
export async function withGateway(
  bench: PreflightBench,
): Promise<{ undo: () => Promise<void>; ip: string }> {
  const undo = await given(
    bench,
    ["resources:ResourceGroup", { resourceGroupName: GROUP_NAME, location: LOCATION }],
    [
      "network:PublicIPAddress",
      {
        resourceGroupName: GROUP_NAME,
        publicIpAddressName: "pip-app-prod-gateway",
        location: LOCATION,
        sku: { name: "Standard" },
        publicIPAllocationMethod: "Static",
      },
    ],
  );
  const found = bench.bench.cloud.resources.find(
    `${SUBSCRIPTION}/resourceGroups/${GROUP_NAME}/providers/Microsoft.Network/publicIPAddresses/pip-app-prod-gateway`,
  )!;
  return { undo, ip: textOf(found.outputs["ipAddress"]) };
}
