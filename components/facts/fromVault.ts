import { type TokenCredential } from "@azure/identity";
import { SecretClient, type SecretProperties } from "@azure/keyvault-secrets";
import { type SecretFacts } from "./facts";
import { type VaultSource } from "./gather";

const AUDIENCE = "https://vault.azure.net/.default";
/** A throttling vault says when to retry; three retries take about 10 s. */
const RETRIES = 3;

/** The official client of a vault, as somebody who is logged in to Azure. */
export function secretClient(uri: string, login: TokenCredential): SecretClient {
  // Whatever a challenge asks for, the token is one for vaults: the address comes from the stack's
  // own outputs, so there is nothing to compare the challenge with.
  const credential: TokenCredential = {
    getToken: (_scopes, options) => login.getToken(AUDIENCE, { abortSignal: options?.abortSignal }),
  };
  return new SecretClient(uri, credential, {
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: RETRIES },
  });
}

/** A vault through the official client. */
export function vaultSource(uri: string, login: TokenCredential): VaultSource {
  const client = secretClient(uri, login);
  return {
    async versions(secretName) {
      const found: SecretProperties[] = [];
      try {
        for await (const version of client.listPropertiesOfSecretVersions(secretName)) {
          found.push(version);
        }
      } catch (error) {
        if ((error as { code?: string }).code === "SecretNotFound") {
          return [];
        }
        throw error;
      }
      return found.map(factsOf).sort(byAge);
    },
    async value(secretName, version) {
      return (await client.getSecret(secretName, version ? { version } : {})).value ?? "";
    },
  };
}

function factsOf({ version, enabled, createdOn, expiresOn, tags }: SecretProperties): SecretFacts {
  const generation = tags?.["generation"];
  return {
    version: version ?? "",
    enabled: enabled === true,
    ...(createdOn && { created: createdOn.toISOString() }),
    ...(expiresOn && { expires: expiresOn.toISOString() }),
    ...(generation !== undefined && { generation: Number(generation) }),
    ...(tags?.["slot"] !== undefined && { slot: tags["slot"] }),
  };
}

/** Newest first; times are whole seconds, so within one the generation decides. */
function byAge(a: SecretFacts, b: SecretFacts): number {
  const time = (facts: SecretFacts) => Date.parse(facts.created ?? "");
  return time(b) - time(a) || (b.generation ?? 0) - (a.generation ?? 0);
}
