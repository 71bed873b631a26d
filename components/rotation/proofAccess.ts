import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import { namesOf, type SlotName, SLOTS } from "../plan";

/** As whom the proofs run, and what they may do in the cluster. */
export interface ProofAccess {
  /** Service account of each slot's proofs. */
  readonly serviceAccounts: Readonly<Record<SlotName, pulumi.Output<string>>>;
  /** Whoever looks at pods and Deployments comes after this. */
  readonly mayLook: pulumi.Resource;
  /** Service account of the proof that empties a slot; whoever uses it comes after `mayScale`. */
  readonly vacator: pulumi.Output<string>;
  readonly mayScale: pulumi.Resource;
}

/** Service accounts of their own, so that an application's pod cannot do what a proof may do. */
export function proofAccess(
  name: string,
  environment: RotationEnvironment,
  opts: pulumi.CustomResourceOptions,
): ProofAccess {
  const { application, namespace } = environment;
  const names = namesOf(application);
  const account = (part: string, accountName: string) =>
    new kubernetes.core.v1.ServiceAccount(
      `${name}-${part}`,
      { metadata: { name: accountName, namespace }, automountServiceAccountToken: false },
      opts,
    ).metadata.name;
  const allow = (
    part: string,
    accounts: readonly pulumi.Output<string>[],
    rules: kubernetes.types.input.rbac.v1.PolicyRule[],
    roleName: string,
  ) => {
    const metadata = { name: roleName, namespace };
    const role = new kubernetes.rbac.v1.Role(`${name}-${part}`, { metadata, rules }, opts);
    return new kubernetes.rbac.v1.RoleBinding(
      `${name}-${part}`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: accounts.map((of) => ({ kind: "ServiceAccount", name: of, namespace })),
      },
      opts,
    );
  };
  const serviceAccounts = {
    blue: account("blue", names.slot("blue").proofAccount),
    green: account("green", names.slot("green").proofAccount),
  };
  const vacator = account("vacator", names.vacatorAccount);
  // Of these two Deployments and of pods: what the proofs look at, and no more.
  const pods = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
  const resourceNames = SLOTS.map((slot) => names.slot(slot).release);
  const deployments = { apiGroups: ["apps"], resourceNames };
  const look = [pods, { ...deployments, resources: ["deployments"], verbs: ["get"] }];
  const scale = { ...deployments, resources: ["deployments/scale"], verbs: ["patch"] };
  return {
    serviceAccounts,
    mayLook: allow(
      "pods",
      SLOTS.map((slot) => serviceAccounts[slot]),
      look,
      `${application}-proof`,
    ),
    vacator,
    // No other proof may: whoever scales a slot can take production down.
    mayScale: allow("vacator", [vacator], [...look, scale], names.vacatorAccount),
  };
}
