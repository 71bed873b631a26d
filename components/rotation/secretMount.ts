import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";

export interface SecretMountArgs {
  readonly environment: RotationEnvironment;
  /** The identity that may read the secret. */
  readonly clientId: pulumi.Input<string>;
  readonly secretName: string;
  /** The version to mount, so that nothing but this value can be read. */
  readonly version: pulumi.Input<string>;
}

/** Digits of a version that tell it from others in a name. */
const VERSION_DIGITS = 8;

/**
 * A SecretProviderClass that mounts one version of one vault secret as the file `password`.
 *
 * Its name holds the version: the driver hears late of a class that is changed in place, so that a
 * pod which starts right after could be given the version before, and it rewrites the files of pods
 * that run. The one before goes first, when nothing that works mounts it any more: its secret's role
 * has another password by then.
 *
 * @returns its name in the cluster
 */
export function secretMount(
  name: string,
  { environment, clientId, secretName, version }: SecretMountArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secretProviderClass = new kubernetes.apiextensions.CustomResource(
    name,
    {
      apiVersion: "secrets-store.csi.x-k8s.io/v1",
      kind: "SecretProviderClass",
      metadata: {
        name: pulumi.output(version).apply((v) => `${secretName}-${v.slice(0, VERSION_DIGITS)}`),
        namespace: environment.namespace,
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
    objectAlias: password
`,
        },
      },
    },
    { ...opts, deleteBeforeReplace: true },
  );
  return secretProviderClass.metadata.name;
}
