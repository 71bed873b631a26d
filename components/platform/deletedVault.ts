import * as pulumi from "@pulumi/pulumi";
import type { PlatformScope } from "./scope";

/** How Azure says that a name belongs to a deleted vault, and that it is taken at all. */
const TAKEN = /already exists in deleted state|VaultAlreadyExists|name .* is already in use/i;

/**
 * What to do if a vault cannot be created because Azure keeps its name; undefined for other errors.
 */
export function deletedVaultHelp(
  error: string,
  vaultName: string,
  { location, profile }: Pick<PlatformScope, "location" | "profile">,
): string | undefined {
  if (!TAKEN.test(error)) {
    return undefined;
  }
  const { purgeProtection, retentionDays } = profile.vault;
  return (
    `The vault name ${vaultName} is taken, most likely by this stack's own vault that was ` +
    `deleted without Pulumi: Azure keeps deleted vaults for ${retentionDays} days. Check with ` +
    `\`az keyvault show-deleted --name ${vaultName}\`. To restore it with its secrets: ` +
    `\`az keyvault recover --name ${vaultName}\`, then ` +
    "`pulumi import azure-native:keyvault:Vault platform-vault <its resource id> " +
    "--parent vault=<urn of the component platform-vault>` and `pulumi up`. " +
    (purgeProtection
      ? "It has purge protection, so its name cannot be freed before that."
      : `To discard it: \`az keyvault purge --name ${vaultName} --location ${location}\`, ` +
        "then `pulumi up`.")
  );
}

/** Explains why a vault could not be made, beside Azure's own text. It never tries again. */
export function deletedVaultHook(name: string, scope: PlatformScope): pulumi.ErrorHook {
  return new pulumi.ErrorHook(`${name}-deleted`, async ({ failedOperation, errors, newInputs }) => {
    const vaultName = String((newInputs as { vaultName?: unknown } | undefined)?.vaultName);
    const help =
      failedOperation === "create"
        ? deletedVaultHelp(errors.join("\n"), vaultName, scope)
        : undefined;
    if (help !== undefined) {
      await pulumi.log.error(help);
    }
    return false;
  });
}
