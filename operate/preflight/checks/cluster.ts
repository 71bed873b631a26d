import { type Check, READER } from "../asking";
import { ok, wrong } from "../finding";
import { textAt } from "../planned";

interface Version {
  readonly version: string;
  readonly isPreview?: boolean | null;
  readonly capabilities?: { readonly supportPlan?: readonly string[] };
}

/** The support that every tier but Premium has. */
const ORDINARY = "KubernetesOfficial";

/** The cluster's version: AKS makes no cluster of one that it no longer supports. */
export const clusterVersion: Check = {
  what: "Kubernetes",
  role: READER,
  async ask({ arm, planned }) {
    const cluster = planned.one("containerservice:ManagedCluster");
    const version = textAt(cluster.inputs, "kubernetesVersion");
    const what = `Kubernetes ${version}`;
    if (planned.isMade(cluster)) {
      return [ok(what, "the cluster exists")];
    }
    const path = `${planned.subscription}/providers/Microsoft.ContainerService/locations/${planned.location}/kubernetesVersions`;
    const { values } = (await arm.get(path, "2025-09-01")) as { values: readonly Version[] };
    const supported = values
      .filter(
        ({ isPreview, capabilities }) =>
          !isPreview && capabilities?.supportPlan?.includes(ORDINARY),
      )
      .map((each) => each.version);
    return [
      supported.includes(version)
        ? ok(what, `AKS supports it in ${planned.location}`)
        : wrong(
            what,
            `AKS does not support it in ${planned.location}; it supports ${supported.sort().join(", ")}`,
            `az aks get-versions --location ${planned.location} --output table`,
            "git pull   # the program sets the version: KUBERNETES_VERSION in " +
              "components/platform/cluster.ts",
          ),
    ];
  },
};
