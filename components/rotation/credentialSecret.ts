import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { filledKeys, type SecretKeys } from "../chart";
import type { RotationEnvironment } from "./environment";

export interface CredentialSecretArgs {
  readonly environment: RotationEnvironment;
  /** Its name in the cluster, by the version that it holds. */
  readonly called: (version: string) => string;
  /** Version of the vault secret with the same password. */
  readonly version: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
  /** Login role of the slot. */
  readonly role: string;
  readonly keys: SecretKeys;
}

/**
 * A Secret with the credential of one generation, for pods that cannot mount a file from the vault.
 * It never changes: another credential is another Secret, so a pod has the one that it was made for,
 * or waits.
 */
export function credentialSecret(
  name: string,
  { environment, called, version, password, role, keys }: CredentialSecretArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  const { database, namespace } = environment;
  const data = pulumi
    .all([password, database.host])
    .apply(([clear, host]) =>
      filledKeys(keys, {
        password: clear,
        role,
        host,
        port: `${database.port}`,
        database: database.name,
      }),
    )
    .apply((texts) =>
      Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
      ),
    );
  return new kubernetes.core.v1.Secret(
    name,
    {
      metadata: { name: pulumi.output(version).apply(called), namespace },
      type: "Opaque",
      immutable: true,
      data,
    },
    opts,
  );
}
