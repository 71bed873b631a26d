import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import { namesOf, type SlotName } from "../plan";
import { CONFINED, ownLabels, START_SECONDS, volumeOf } from "./proofJob";
import { secretMount, type SecretMountArgs } from "./secretMount";

/** Label of the pods that hold a Secret, with its name; no proof, policy or Service takes them for a slot's. */
export const HOLDS = "rotation/holds";

export interface HeldSecretArgs extends Pick<
  SecretMountArgs,
  "called" | "clientId" | "generation" | "secretName" | "version"
> {
  readonly environment: RotationEnvironment;
  readonly slot: SlotName;
  /** Keys of the Secret, each with the password. */
  readonly secretKeys: readonly string[];
}

/** What pods refer to, and what has to be ready before they do. */
export interface Delivered {
  /** Its name in the cluster. */
  readonly mount: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];
}

/**
 * A Secret that the vault's driver writes, and nobody else: a pod that only holds it mounts the version
 * of the vault secret, by a class whose name says both, and the driver keeps the Secret as long as that
 * pod's Deployment is there.
 *
 * The pod mounts the Secret as well, key by key. So its Deployment is ready once the Secret has every
 * key, which hooks of a release need before any pod of it runs.
 */
export function heldSecret(
  name: string,
  { environment, slot, secretKeys, ...mounted }: HeldSecretArgs,
  opts: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): Delivered {
  const { application, images, namespace } = environment;
  const { parent } = opts;
  const account = new kubernetes.core.v1.ServiceAccount(
    `${name}-holder`,
    {
      metadata: { name: namesOf(application).slot(slot).holderAccount, namespace },
      automountServiceAccountToken: false,
    },
    { parent },
  );
  const { metadata } = secretMount(`${name}-mount`, { environment, ...mounted, secretKeys }, opts);
  const mount = metadata.name;
  const labels = { [HOLDS]: mount };
  const items = secretKeys.map((key) => ({ key, path: key }));
  const volumes = {
    vault: volumeOf({ secretProviderClass: mount }),
    secret: volumeOf({ secret: mount, items }),
  };
  const holder = new kubernetes.apps.v1.Deployment(
    `${name}-holder`,
    {
      // Of the class's own name, so that it goes before the class does: while a class of a running pod
      // is missing, the driver tells no Secret of that node any more whose it is.
      metadata: { name: pulumi.interpolate`${mount}-holder`, namespace, labels },
      spec: {
        // Earlier ReplicaSets stay, as the driver made the one of the former pod an owner of the Secret.
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: { ...labels, ...ownLabels(environment) } },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            securityContext: CONFINED.pod,
            containers: [
              {
                name: "holder",
                image: images.tools,
                args: ["hold"],
                // Unmounted volumes the kubelet leaves alone.
                volumeMounts: Object.keys(volumes).map((volume) => ({
                  name: volume,
                  mountPath: `/mnt/${volume}`,
                  readOnly: true,
                })),
                securityContext: CONFINED.container,
                resources: {
                  requests: { cpu: "10m", memory: "64Mi" },
                  limits: { memory: "128Mi" },
                },
              },
            ],
            volumes: Object.entries(volumes).map(([volume, of]) => ({ name: volume, ...of })),
          },
        },
      },
    },
    { ...opts, customTimeouts: { create: `${START_SECONDS}s`, update: `${START_SECONDS}s` } },
  );
  return { mount, ready: [holder] };
}
