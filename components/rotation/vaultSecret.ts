import * as keyvault from "@pulumi/azure-native/keyvault";
import * as pulumi from "@pulumi/pulumi";
import { SECRET_CONTENT } from "../plan";
import type { RotationEnvironment } from "./environment";

export interface VaultSecretArgs {
  readonly vault: RotationEnvironment["vault"];
  readonly secretName: string;
  /** Secret. */
  readonly value: pulumi.Input<string>;
  readonly enabled: boolean;
  /** Seconds since the epoch. */
  readonly expires: pulumi.Input<number>;
  readonly tags: Record<string, string>;
  readonly opts: pulumi.CustomResourceOptions;
}

/** A vault secret, and the version that contains exactly this value. */
export function vaultSecret(
  name: string,
  args: VaultSecretArgs,
): { resource: keyvault.Secret; version: pulumi.Output<string> } {
  const resource = new keyvault.Secret(
    name,
    {
      resourceGroupName: args.vault.resourceGroupName,
      vaultName: args.vault.name,
      secretName: args.secretName,
      properties: {
        value: pulumi.secret(args.value),
        contentType: SECRET_CONTENT,
        attributes: { enabled: args.enabled, expires: args.expires },
      },
      tags: args.tags,
    },
    args.opts,
  );
  // The properties count as secret because the value is one of them; the version is public.
  const version = pulumi.unsecret(
    resource.properties.apply(({ secretUriWithVersion }) => versionOf(secretUriWithVersion)),
  );
  return { resource, version };
}

/** The last part of `https://<vault>/secrets/<name>/<version>`. */
function versionOf(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}
