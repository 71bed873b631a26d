/**
 * The newest value of a vault secret, as whoever is logged in to Azure: its data plane alone gives it
 * away. The clients are loaded here and not before: most stacks never read one.
 *
 * @param vaultUri e.g. `https://kv-shop.vault.azure.net/`
 */
export async function secretValue(vaultUri: string, name: string): Promise<string> {
  const [{ DefaultAzureCredential }, { vaultSource }] = await Promise.all([
    import("@azure/identity"),
    import("../facts/fromVault"),
  ]);
  return vaultSource(vaultUri, new DefaultAzureCredential()).value(name);
}
