/** The certificate of the gateway, kept in a vault that this program does not own. */
export interface CertificateReference {
  /** Resource id of the vault secret; what the gateway's right is granted on. */
  readonly resourceId: string;
  /** Address of the secret without version, so that the gateway takes renewed ones by itself. */
  readonly secretId: string;
}

/** Resource id of a vault secret. */
export const CERTIFICATE_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+\/providers\/Microsoft\.KeyVault\/vaults\/([a-z][a-z0-9-]{1,22}[a-z0-9])\/secrets\/([a-z0-9-]{1,127})$/i;

/** @param resourceId as `CERTIFICATE_ID` wants it */
export function certificateReference(resourceId: string): CertificateReference {
  const [, vault = "", secret = ""] = CERTIFICATE_ID.exec(resourceId) ?? [];
  return {
    resourceId,
    secretId: `https://${vault.toLowerCase()}.vault.azure.net/secrets/${secret}`,
  };
}
