import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { FILE_NAME, isHeld } from "../chart";
import type { RotationEnvironment } from "./environment";
import { mountName } from "../plan";

export interface SecretMountArgs {
  readonly environment: RotationEnvironment;
  /** The identity that may read the secret. */
  readonly clientId: pulumi.Input<string>;
  readonly secretName: string;
  /** The version to mount, so that nothing but this value can be read. */
  readonly version: pulumi.Input<string>;
  /**
   * Name of the file.
   * @default "password"
   */
  readonly fileName?: string | undefined;
  /**
   * Its name in the cluster, by the version that it mounts.
   * @default the secret's name and the version
   */
  readonly called?: ((version: string) => string) | undefined;
  /** The generation of a slot's credential; the proof `vacated` reads it. */
  readonly generation?: number | undefined;
  /**
   * Keys of a Secret of the class's own name, with which the driver writes what it mounts.
   * @default no Secret
   */
  readonly secretKeys?: readonly string[] | undefined;
}

/**
 * A SecretProviderClass that mounts one version of one vault secret as a file.
 *
 * Its name contains the version: the driver notices late when a class changes in place, so a pod
 * that starts right afterwards could get the previous version, and it rewrites the files of running
 * pods. The previous class is deleted first, when nothing that works mounts it any more: by then its
 * secret's role has another password. Where the driver writes Secrets it is deleted last, after the proofs
 * that have mounted it: a class that a pod of a node misses keeps all Secrets there from having owners.
 */
export function secretMount(
  name: string,
  args: SecretMountArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const { environment, clientId, secretName, version, generation, secretKeys } = args;
  const { called = (digits: string) => mountName(secretName, digits), fileName = FILE_NAME } = args;
  const className = pulumi.output(version).apply(called);
  // Quoted, YAML takes no name for a number; the usual one stays as it is on existing stacks.
  const alias = fileName === FILE_NAME ? fileName : JSON.stringify(fileName);
  return new kubernetes.apiextensions.CustomResource(
    name,
    {
      apiVersion: "secrets-store.csi.x-k8s.io/v1",
      kind: "SecretProviderClass",
      metadata: {
        name: className,
        namespace: environment.namespace,
        ...(generation !== undefined && { labels: { "rotation/generation": `${generation}` } }),
      },
      spec: {
        provider: "azure",
        parameters: {
          usePodIdentity: "false",
          clientID: clientId,
          tenantId: environment.vault.tenantId,
          keyvaultName: environment.vault.name,
          objects: pulumi.interpolate`array:
  - |
    objectName: "${secretName}"
    objectType: secret
    objectVersion: "${version}"
    objectAlias: ${alias}
`,
        },
        ...(secretKeys && {
          secretObjects: [
            {
              secretName: className,
              type: "Opaque",
              data: secretKeys.map((key) => ({ objectName: fileName, key })),
            },
          ],
        }),
      },
    },
    { deleteBeforeReplace: !isHeld(environment.delivery), ...opts },
  );
}
