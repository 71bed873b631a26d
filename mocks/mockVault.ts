import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { MOCK_SECRET_VALUE } from "./mockPlatform";

/** What a vault says of a secret that it does not have. */
const MISSING = { code: "SecretNotFound", statusCode: 404 };

/** A vault with every value that is asked for, and none of the names that an application takes. */
const VAULT = {
  getSecret: () => Promise.resolve({ value: MOCK_SECRET_VALUE }),
  listPropertiesOfSecretVersions: () => nothing(),
  getDeletedSecret: () => Promise.reject(Object.assign(new Error(MISSING.code), MISSING)),
};

/**
 * Answers for every vault, and for whoever is logged in to Azure, while something runs, which no call of
 * the engine does: the program reads of a platform that is there what only its data plane says.
 *
 * @param vault other answers
 */
export async function withMockVault<T>(
  work: () => Promise<T>,
  vault: Partial<Record<keyof typeof VAULT, (name: string) => unknown>> = {},
): Promise<T> {
  const restore = [
    ...Object.entries({ ...VAULT, ...vault }).map(([name, value]) =>
      replace(SecretClient.prototype, name, value),
    ),
    replace(DefaultAzureCredential.prototype, "getToken", () =>
      Promise.resolve({ token: "mock", expiresOnTimestamp: Date.now() + 3_600_000 }),
    ),
  ];
  try {
    return await work();
  } finally {
    restore.forEach((undo) => undo());
  }
}

/** @returns what puts the former back */
function replace(prototype: object, name: string, value: unknown): () => void {
  const former = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  return () => {
    Reflect.deleteProperty(prototype, name);
    if (former !== undefined) {
      Object.defineProperty(prototype, name, former);
    }
  };
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* nothing(): AsyncGenerator<never> {
  yield* [];
}
