import { textAt, textsAt, type PlainObject } from "../arm/plain";
import { IN_GROUP, type Cloud } from "../arm/resourceType";
import { parentOf } from "../arm/resourceManager";
import { demand, resourceType } from "../arm/common";
import { ArmError } from "../arm/armError";

export const IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";
const API_VERSION = "2023-01-31";
const AUDIENCE = "api://AzureADTokenExchange";
const MOST_CREDENTIALS = 20;
const IDENTITY_NAME = { pattern: /^[a-zA-Z0-9][\w-]*$/, minLength: 3, maxLength: 128 };
const path = `${IN_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`;

export const userAssignedIdentity = resourceType({
  token: "azure-native:managedidentity:UserAssignedIdentity",
  armType: IDENTITY,
  apiVersion: API_VERSION,
  path,
  names: { resourceName: IDENTITY_NAME },
  locationRequired: true,
  replaceOn: ["location"],
  put({ cloud, echo, previous }) {
    const known = previous && cloud.directory.find(textAt(previous.outputs, "principalId"));
    const { objectId, clientId } = known ?? cloud.directory.add();
    return { ...echo, principalId: objectId, clientId, tenantId: cloud.tenantId };
  },
  remove: (cloud, { outputs }) => cloud.directory.remove(textAt(outputs, "principalId")),
});

const federatedIdentityCredential = resourceType({
  token: "azure-native:managedidentity:FederatedIdentityCredential",
  armType: `${IDENTITY}/federatedIdentityCredentials`,
  apiVersion: API_VERSION,
  path: `${path}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}`,
  names: {
    resourceName: IDENTITY_NAME,
    federatedIdentityCredentialResourceName: { ...IDENTITY_NAME, maxLength: 120 },
  },
  oneAtATime: {
    code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
    message: (identity) =>
      "Too many Federated Identity Credentials are written concurrently for the managed identity " +
      `'${identity}'. Concurrent Federated Identity Credentials writes under the same managed ` +
      "identity are not supported.",
  },
  put({ cloud, id, inputs, echo }) {
    const issuer = textAt(inputs, "issuer");
    const subject = textAt(inputs, "subject");
    demand(
      textsAt(inputs, "audiences[]").join() === AUDIENCE,
      "BadRequest",
      `The audiences must be exactly ["${AUDIENCE}"].`,
    );
    requireIssuer(cloud, issuer);
    const others = cloud.resources
      .children(parentOf(id), federatedIdentityCredential.armType)
      .filter((other) => other.id.toLowerCase() !== id.toLowerCase());
    demand(
      others.length < MOST_CREDENTIALS,
      "BadRequest",
      `The managed identity has ${MOST_CREDENTIALS} federated identity credentials already: no more are allowed.`,
    );
    const same = others.find(
      (other) =>
        textAt(other.inputs, "issuer") === issuer && textAt(other.inputs, "subject") === subject,
    );
    if (same) {
      throw new ArmError(
        409,
        "Conflict",
        `Issuer and subject combination already exists for this managed identity (${same.name}).`,
      );
    }
    return echo;
  },
});

/** Azure would take any issuer and fail when a pod asks for a token; the twin says it at once. */
function requireIssuer(cloud: Cloud, issuer: string): void {
  demand(
    URL.canParse(issuer) && issuer.startsWith("https://"),
    "BadRequest",
    `The issuer '${issuer}' is not an https URL.`,
  );
  const clusters = [...cloud.clusters.values()];
  demand(
    !issuer.includes(".oic.") || clusters.some((cluster) => cluster.issuer === issuer),
    "BadRequest",
    `The issuer '${issuer}' is not, byte for byte, the oidcIssuerProfile.issuerURL of a cluster.`,
  );
}

/** How services answer with the user-assigned identities that they were given as a list of ids. */
export function identityAnswer(cloud: Cloud, inputs: PlainObject): PlainObject {
  const ids = textsAt(inputs, "identity.userAssignedIdentities[]");
  if (ids.length === 0) {
    return {};
  }
  const identities = ids.map((id) => {
    const { clientId, principalId } = cloud.resources.find(id)!.outputs;
    return [id, { clientId: clientId!, principalId: principalId! }] as const;
  });
  return {
    identity: {
      type: textAt(inputs, "identity.type"),
      userAssignedIdentities: Object.fromEntries(identities),
    },
  };
}

export const identityTypes = [userAssignedIdentity, federatedIdentityCredential];
