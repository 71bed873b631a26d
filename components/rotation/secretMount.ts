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

/**
 * A SecretProviderClass that mounts one version of one vault secret as the file `password`.
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
      metadata: { name, namespace: environment.namespace },
      spec: {
        provider: "azure",
        parameters: {
          usePodIdentity: "false",
          clientID: clientId,
          tenantId: environment.vault.tenantId,
          keyvaultName: environment.vault.name,
          objects: pulumi.interpolate`array:
  - |
    objectName: ${secretName}
    objectType: secret
    objectVersion: ${version}
    objectAlias: password
`,
        },
      },
    },
    opts,
  );
  return secretProviderClass.metadata.name;
}
