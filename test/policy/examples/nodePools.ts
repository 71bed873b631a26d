import type { Values } from "../../../policy/rules";
import { POOL } from "../../../policy/rules/nodePools";
import { type Example, type Examples, having, pair, type Pair } from "./example";

const ZONES = ["1", "2", "3"];

export const NODE_POOL_EXAMPLES: Examples = {
  "AZR-000018": pool("maxPods", 60, 30),
  "AZR-000019": pool("enableAutoScaling", true, false),
  "AZR-000017": pool("type", "VirtualMachineScaleSets", "AvailabilitySet"),
  "AZR-000021": pool("availabilityZones", ZONES, ["1"]),
  "AZR-000287": pool("osDiskType", "Ephemeral", "Managed"),
  CKV_AZURE_227: pool("enableEncryptionAtHost", true, false),
  CKV_AZURE_143: pool("enableNodePublicIP", false, true),
  CKV_AZURE_232: pool("nodeTaints", ["CriticalAddonsOnly=true:NoSchedule"], [], "System"),
  "AZR-000412": pool("minCount", 3, 1, "User"),
  "APRL-005ccbbd": pool("count", 3, 1, "User"),
  "APRL-7f7ae535": pool("minCount", 3, 1, "System"),
  "AZR-000024": {
    good: { props: { agentPoolProfiles: [{ mode: "System", count: 3, minCount: 3 }] } },
    bad: { props: { agentPoolProfiles: [{ mode: "System", count: 3, minCount: 1 }] } },
  },
  "APRL-5ee083cd": {
    good: {
      props: { agentPoolProfiles: [{ mode: "System" }] },
      others: [{ type: POOL, name: "user", props: { mode: "User" } }],
    },
    bad: { props: { agentPoolProfiles: [{ mode: "System" }] } },
  },
  "AZR-000016": {
    good: example({ mode: "User" }),
    bad: example({ mode: "User", orchestratorVersion: "1.30.1" }),
  },
};

function pool(path: string, good: unknown, bad: unknown, mode?: "System" | "User"): Pair {
  const given = mode === undefined ? {} : { mode };
  return pair((value) => example(having(path, value, given)), good, bad);
}

/** A pool in both places where one may be written. */
function example(pool: Values): Example {
  return { props: { ...pool, agentPoolProfiles: [pool] } };
}
