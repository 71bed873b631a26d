import type { Vault } from "../../vault/vault";
import type { PlainObject } from "../arm/plain";
import type { SecretVersion } from "../../vault/secretStore";

/** `properties` of a secret as ARM answers it: never the value. */
export function secretProperties(service: Vault, secret: SecretVersion): PlainObject {
  const uri = `${service.uri}secrets/${secret.name}`;
  return {
    ...(secret.contentType !== undefined && { contentType: secret.contentType }),
    attributes: {
      ...secret.attributes,
      created: secret.created,
      updated: secret.updated,
    },
    secretUri: uri,
    secretUriWithVersion: `${uri}/${secret.version}`,
  };
}
