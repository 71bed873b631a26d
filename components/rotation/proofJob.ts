import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PROOF_REQUESTS } from "../plan";
import type { RotationEnvironment } from "./environment";

/** Labels of pods that the network policies of the namespace know: whom a proof asks. */
export const ASKS = { cluster: "rotation/asks-cluster", gateway: "rotation/asks-gateway" } as const;

/** Seconds for a pod to be scheduled, on a node that is still to come, to pull and to mount. */
export const START_SECONDS = 600;

/** What a pod of the program's own may do on its node: as good as nothing. */
export const CONFINED = {
  pod: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  container: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
};

/**
 * Label of the pods of the program's own, such as those of proofs, where others have pods in the same
 * namespace: its value is the application's name.
 */
export const POD_OF = "rotation/pod-of";

/** Labels by which policies select the program's own pods where they are not alone. */
export function ownLabels({
  application,
  isShared = false,
}: Pick<RotationEnvironment, "application" | "isShared">): Readonly<Record<string, string>> {
  return isShared ? { [POD_OF]: application } : {};
}

/** Where a proof finds what it mounts. */
export const MOUNTS = {
  slot: "/mnt/slot",
  rotator: "/mnt/rotator",
  retired: "/mnt/retired",
  token: "/mnt/token",
} as const;

export type Mount = keyof typeof MOUNTS;

/** What a pod mounts: the files of a SecretProviderClass, or keys of a Secret as files. */
export type Mounted =
  | { readonly secretProviderClass: pulumi.Input<string> }
  | {
      readonly secret: pulumi.Input<string>;
      /** Keys that have to be there, and the files that they are mounted as. */
      readonly items: readonly { readonly key: string; readonly path: string }[];
    };

/** Key of a ConfigMap with a further authority, and the file that it is mounted as. */
export const AUTHORITY_FILE = "authority.pem";
const AUTHORITY_FOLDER = "/mnt/authority";

export interface ProofJobArgs {
  /** Command of the tools image. */
  readonly command:
    | "rolled"
    | "vacated"
    | "before-promotion"
    | "after-promotion"
    | "legacy-serves"
    | "drained"
    | "free"
    | "refused";
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly serviceAccount: pulumi.Input<string>;
  /** Settings of the command; never a secret. */
  readonly environment: Record<string, pulumi.Input<string>>;
  readonly mounts: Partial<Record<Mount, Mounted>>;
  /** Name of a ConfigMap with an authority to trust besides the public ones. */
  readonly authority?: pulumi.Input<string> | undefined;
  /**
   * Whom the proof asks besides the database: the Kubernetes API, or the hosts of the gateway. It
   * reaches nobody else.
   */
  readonly asks: readonly (keyof typeof ASKS)[];
  /**
   * Further labels of its pods.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Seconds after which the proof has failed. The pod is deleted then and its log with it, so the
   * command gives up by itself long before: this is for a pod that never starts.
   */
  readonly deadlineSeconds: number;
}

/**
 * A proof: a Job that has to succeed. A failed one is recorded as not ready, and the next `up`
 * replaces it; a changed pod template runs it again.
 */
export function proofJob(
  name: string,
  args: ProofJobArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.batch.v1.Job {
  const secrets = Object.entries(args.mounts).map(([mount, mounted]) => ({
    mount: { name: mount, mountPath: MOUNTS[mount as Mount], readOnly: true },
    volume: { name: mount, ...volumeOf(mounted) },
  }));
  const token = args.asks.includes("cluster") ? [kubernetesToken()] : [];
  const authority = args.authority === undefined ? [] : [configMap(args.authority)];
  const labels = {
    ...Object.fromEntries(args.asks.map((whom) => [ASKS[whom], "true"])),
    ...args.labels,
  };
  const volumes = [...secrets, ...token, ...authority];
  const environment = {
    ...args.environment,
    ...(args.authority && { NODE_EXTRA_CA_CERTS: `${AUTHORITY_FOLDER}/${AUTHORITY_FILE}` }),
  };
  return new kubernetes.batch.v1.Job(
    name,
    {
      metadata: {
        namespace: args.namespace,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: {
        // A proof that failed is a failed `up`, not a reason to try until it passes.
        backoffLimit: 0,
        // But one whose pod the cluster took away, to upgrade its node, say, has not failed.
        podFailurePolicy: {
          rules: [
            {
              action: "Ignore",
              onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
            },
          ],
        },
        activeDeadlineSeconds: args.deadlineSeconds,
        template: {
          ...(Object.keys(labels).length > 0 && { metadata: { labels } }),
          spec: {
            restartPolicy: "Never",
            serviceAccountName: args.serviceAccount,
            automountServiceAccountToken: false,
            securityContext: CONFINED.pod,
            containers: [
              {
                name: "proof",
                image: args.image,
                args: [args.command],
                env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
                ...(volumes.length > 0 && { volumeMounts: volumes.map(({ mount }) => mount) }),
                securityContext: CONFINED.container,
                resources: {
                  requests: {
                    cpu: `${PROOF_REQUESTS.cpu}m`,
                    memory: `${PROOF_REQUESTS.memory}Mi`,
                  },
                  limits: { memory: "128Mi" },
                },
              },
            ],
            // The provider takes an empty list out of an `up` but not of its preview.
            ...(volumes.length > 0 && { volumes: volumes.map(({ volume }) => volume) }),
          },
        },
      },
    },
    // Above the Job's own deadline, so that its failure is what gets reported.
    { ...opts, customTimeouts: { create: `${args.deadlineSeconds + 60}s` } },
  );
}

/** A volume of a pod, without its name. */
export function volumeOf(mounted: Mounted) {
  if ("secret" in mounted) {
    const { secret, items } = mounted;
    return { secret: { secretName: secret, items: [...items] } };
  }
  return {
    csi: {
      driver: "secrets-store.csi.k8s.io",
      readOnly: true,
      volumeAttributes: { secretProviderClass: mounted.secretProviderClass },
    },
  };
}

function configMap(name: pulumi.Input<string>) {
  return {
    mount: { name: "authority", mountPath: AUTHORITY_FOLDER, readOnly: true },
    volume: { name: "authority", configMap: { name } },
  };
}

/** The service account's token and the API server's CA, without mounting them everywhere. */
function kubernetesToken() {
  return {
    mount: { name: "token", mountPath: MOUNTS.token, readOnly: true },
    volume: {
      name: "token",
      projected: {
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        ],
      },
    },
  };
}
