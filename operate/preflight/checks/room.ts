import { allocatable, demandInWords, lessRoom, nodeRoom, nodesInWords } from "../../../components";
import { type Check, READER } from "../asking";
import { ok, unasked, wrong } from "../finding";
import { nodePools } from "../nodePools";
import { capability, skusOf } from "./sizes";

const WHAT = "room on the nodes";

/** Whether the nodes of the application can hold it in a rotation and in an update, by its pods' requests. */
export const roomForPods: Check = {
  what: WHAT,
  role: READER,
  async ask(asking) {
    const { demand } = asking.settings;
    if (demand === undefined) {
      return [
        unasked(
          WHAT,
          "the contract's file beside the chart's values does not say what pods ask for",
          `npx rotation contract --stack ${asking.stack} --write`,
        ),
      ];
    }
    const skus = await skusOf(asking);
    const pools = nodePools(asking.planned).filter(({ isUser }) => isUser);
    const nodes = pools.flatMap(({ size, mostScaled, mostPods }) => {
      const sku = skus.get(size);
      const machine = {
        cores: Number(capability(sku, "vCPUs") ?? 0),
        memoryGB: Number(capability(sku, "MemoryGB") ?? 0),
      };
      return sku === undefined ? [] : [allocatable({ size, count: mostScaled, mostPods }, machine)];
    });
    // That the region has no such size is told by the size's own row.
    if (nodes.length < pools.length) {
      return [];
    }
    const room = nodeRoom(demand, nodes);
    const why = `${demandInWords(room)}; the nodes hold ${room.placed} of them (${nodesInWords(nodes)})`;
    return room.placed === room.pods
      ? [ok(WHAT, why)]
      : [
          wrong(
            WHAT,
            `${why}. ${lessRoom(demand)}, or take a larger size`,
            `az vm list-skus --location ${asking.planned.location} --resource-type virtualMachines --zone --output table`,
            "pulumi config set rotation:nodeSize <a larger size>",
          ),
        ];
  },
};
