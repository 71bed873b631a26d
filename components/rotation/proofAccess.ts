import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import { namesOf, type SlotName, SLOTS } from "../plan";

/** As whom the proofs run, and what they may do in the cluster. */
export interface ProofAccess {
  /** Service account of each slot's proofs. */
  readonly serviceAccounts: Readonly<Record<SlotName, pulumi.Output<string>>>;
  /** Whoever lists pods comes after this. */
  readonly mayListPods: pulumi.Resource;
}

/** Service accounts of their own, so that an application's pod cannot do what a proof may do. */
export function proofAccess(
  name: string,
  environment: RotationEnvironment,
  opts: pulumi.CustomResourceOptions,
): ProofAccess {
  const { application, namespace } = environment;
  const account = (slot: SlotName) =>
    new kubernetes.core.v1.ServiceAccount(
      `${name}-${slot}`,
      {
        metadata: { name: namesOf(application).slot(slot).proofAccount, namespace },
        automountServiceAccountToken: false,
      },
      opts,
    ).metadata.name;
  const serviceAccounts = { blue: account("blue"), green: account("green") };

  // What the drain needs of the Kubernetes API, and no more.
  const metadata = { name: `${application}-proof`, namespace };
  const role = new kubernetes.rbac.v1.Role(
    `${name}-pods`,
    { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] },
    opts,
  );
  const mayListPods = new kubernetes.rbac.v1.RoleBinding(
    `${name}-pods`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: SLOTS.map((slot) => ({
        kind: "ServiceAccount",
        name: serviceAccounts[slot],
        namespace,
      })),
    },
    opts,
  );
  return { serviceAccounts, mayListPods };
}
