import { SECRET_CONTENT } from "../plan";

/** A secret of a name that the program is about to take, and did not make. */
export interface TakenSecret {
  readonly name: string;
  /** Whether its name is only kept for the time that a deleted secret can be recovered in. */
  readonly isDeleted: boolean;
}

/**
 * Which of these names a vault has for somebody else's secrets, as whoever is logged in to Azure. Whoever
 * may not ask for deleted ones is told of the others.
 *
 * @param vaultUri e.g. `https://kv-shop.vault.azure.net/`
 */
export async function takenSecrets(
  vaultUri: string,
  names: readonly string[],
): Promise<TakenSecret[]> {
  const [{ DefaultAzureCredential }, { secretClient }] = await Promise.all([
    import("@azure/identity"),
    import("../facts/fromVault"),
  ]);
  const client = secretClient(vaultUri, new DefaultAzureCredential());
  const contentOf = async (name: string) => {
    for await (const { contentType = "" } of client.listPropertiesOfSecretVersions(name)) {
      return contentType;
    }
    return undefined;
  };
  const deletedContentOf = async (name: string) =>
    (await client.getDeletedSecret(name)).properties.contentType ?? "";
  const found = await Promise.all(
    names.flatMap((name) => [
      unless(["SecretNotFound"], contentOf(name)).then((content) => ({
        name,
        content,
        isDeleted: false,
      })),
      unless(["SecretNotFound", "Forbidden"], deletedContentOf(name)).then((content) => ({
        name,
        content,
        isDeleted: true,
      })),
    ]),
  );
  return found.flatMap(({ name, content, isDeleted }) =>
    content === undefined || content === SECRET_CONTENT ? [] : [{ name, isDeleted }],
  );
}

/** An answer; undefined where it is one of these refusals. */
async function unless<T>(codes: readonly string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codes.includes((error as { code?: string }).code ?? "")) {
      return undefined;
    }
    throw error;
  }
}
