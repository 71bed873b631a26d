import { SecretClient } from "@azure/keyvault-secrets";
import { MOCK_SECRET_VALUE } from "./mockPlatform";

/**
 * Answers for every vault while something runs, which no call of the engine does: the program reads the
 * password of a server that is there from a vault's data plane.
 */
export async function withMockVault<T>(work: () => Promise<T>): Promise<T> {
  const official = Object.getOwnPropertyDescriptor(SecretClient.prototype, "getSecret")!;
  const value = () => Promise.resolve({ value: MOCK_SECRET_VALUE });
  Object.defineProperty(SecretClient.prototype, "getSecret", { ...official, value });
  try {
    return await work();
  } finally {
    Object.defineProperty(SecretClient.prototype, "getSecret", official);
  }
}
