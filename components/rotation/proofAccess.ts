import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartShape } from "../chart";
import { proofBy, type RotationEnvironment } from "./environment";
import { ingressOf, namesOf, type SlotName, SLOTS } from "../plan";

/** As whom a proof runs, and what it comes after: without that it may do less than it needs. */
export interface ProofAccount {
  readonly serviceAccount: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];
}

/** Proofs that ask about one slot, in its identity, and those that ask about either. */
type Accounts = Readonly<Record<SlotName, ProofAccount>>;

/** The account of each proof; what each may read is in `SlotIdentities` and in here. */
export interface ProofAccess {
  readonly "before-promotion": Accounts;
  readonly "after-promotion": Accounts;
  /** Undefined where no application is adopted. */
  readonly "legacy-serves": ProofAccount | undefined;
  readonly rolled: ProofAccount;
  readonly vacated: ProofAccount;
  readonly drained: ProofAccount;
  readonly free: ProofAccount;
  readonly refused: ProofAccount;
}

/**
 * A service account for each proof, so that none can do what another one may do, and no pod of the
 * application what a proof may do.
 */
export function proofAccess(
  name: string,
  environment: RotationEnvironment,
  shapes: readonly ChartShape[],
  opts: pulumi.CustomResourceOptions,
): ProofAccess {
  const { adopted, application, namespace, strategy = "blueGreen" } = environment;
  const slots = shapes.flatMap(({ slots }) => SLOTS.map((slot) => slots[slot]));
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
  const before = {
    blue: account("blue", names.slot("blue").proofAccount),
    green: account("green", names.slot("green").proofAccount),
  };
  const rolled = account("rolled", names.proofAccounts.rolled);
  const vacator = account("vacator", names.proofAccounts.vacated);
  const drained = account("drained", names.proofAccounts.drained);
  const holdersServe = strategy !== "blueGreen";
  const answers = {
    blue: account("answers-blue", names.slot("blue").answersAccount),
    green: account("answers-green", names.slot("green").answersAccount),
  };
  // Of these two Deployments and of pods: what the proofs look at, and no more.
  const pods = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
  const resourceNames = [...new Set(slots.map(({ deployment }) => deployment))];
  const deployments = { apiGroups: ["apps"], resourceNames };
  const look = [pods, { ...deployments, resources: ["deployments"], verbs: ["get"] }];
  const workers = [...new Set(slots.flatMap((slot) => slot.workers ?? []))];
  const scaled = { ...deployments, resourceNames: [...resourceNames, ...workers] };
  const scale = { ...scaled, resources: ["deployments/scale"], verbs: ["patch"] };
  // Its name has a version that is not known yet; there is nothing secret in one.
  const classes = {
    apiGroups: ["secrets-store.csi.x-k8s.io"],
    resources: ["secretproviderclasses"],
    verbs: ["get"],
  };
  const ingress = {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses"],
    resourceNames: [ingressOf(environment)],
    verbs: ["get"],
  };
  const mayLook = allow("pods", [before.blue, before.green, rolled], look, `${application}-proof`);
  // No other proof may: whoever scales a slot can take production down.
  const mayScale = allow(
    "vacator",
    [vacator],
    [pods, { ...scaled, resources: ["deployments"], verbs: ["get"] }, scale, classes],
    names.proofAccounts.vacated,
  );
  // Jobs, too, where what holds a credential is production: a finished rollout says nothing of them.
  const jobs = { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: ["list"] };
  const readers = holdersServe ? [pods, jobs] : [pods];
  const mayList = allow("drained", [drained], readers, names.proofAccounts.drained);
  const looking = (serviceAccount: pulumi.Output<string>) => ({ serviceAccount, ready: [mayLook] });
  const maySee =
    proofBy(environment) === "status"
      ? [allow("answers", [answers.blue, answers.green], [ingress], `${application}-answers`)]
      : [];
  const legacy = adopted && account("legacy", names.proofAccounts.legacy);
  const asking = (slot: SlotName) => ({ serviceAccount: answers[slot], ready: maySee });
  return {
    "before-promotion": { blue: looking(before.blue), green: looking(before.green) },
    "after-promotion": { blue: asking("blue"), green: asking("green") },
    "legacy-serves": legacy && {
      serviceAccount: legacy,
      ready: [allow("legacy", [legacy], [ingress], names.proofAccounts.legacy)],
    },
    rolled: looking(rolled),
    vacated: { serviceAccount: vacator, ready: [mayScale] },
    drained: { serviceAccount: drained, ready: [mayList] },
    free: { serviceAccount: drained, ready: [mayList] },
    refused: {
      serviceAccount: account("refused", names.proofAccounts.refused),
      ready: [],
    },
  };
}
