import assert from "node:assert";
import * as keyvault from "@pulumi/azure-native/keyvault";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { asExisting, Platform } from "../../components";
import { loadSettings } from "../../infra/config";
import { NEW_KEYS } from "../../infra/platform";
import { Workspace, type WorkspaceSettings } from "../up/workspace";

/** Its owner's short name: Azure has the names that are made of it once, and the application's beside them. */
const OWNER = "shared";

const ADMINISTRATOR_SECRET = "postgres-administrator";

/** What of the server's connections the application may have, with others beside it. */
const CONNECTIONS = "200";

/** What only a stack says that makes its platform. */
export const OF_NEW_PLATFORMS = Object.keys(NEW_KEYS).map((key) => `rotation:${key}`);

/**
 * Makes a platform as another team would: in a stack of its own, with the settings of the rehearsal's
 * stack.
 *
 * @returns what the application's stack says in place of `OF_NEW_PLATFORMS`, by configuration key, and
 * the gateway's address
 */
export async function makePlatform(
  settings: WorkspaceSettings,
): Promise<{ keys: Record<string, string>; gatewayAddress: string }> {
  const workspace = await Workspace.create(settings);
  try {
    await workspace.configure({ counter: 0 });
    await workspace.set("rotation:application", OWNER);
    const { outputs } = await workspace.up({ program: platform });
    const { gatewayAddress, ...keys } = outputs as Record<string, string>;
    return {
      keys: { ...keys, "rotation:serverConnections": CONNECTIONS },
      gatewayAddress: gatewayAddress!,
    };
  } finally {
    await workspace.close();
  }
}

/** The platform alone, and its administrator's password in its vault. */
function platform(): Promise<Record<string, pulumi.Input<string>>> {
  const settings = loadSettings();
  assert(settings.existing === undefined, "The rehearsal's stack names a platform.");
  const azure = new AzureProvider("azure", { location: settings.location });
  const made = new Platform(
    "platform",
    { ...settings, maintenance: true },
    { providers: { "azure-native": azure, random: new random.Provider("random") } },
  );
  const secret = new keyvault.Secret(
    "administrator",
    {
      resourceGroupName: made.vault.resourceGroupName,
      vaultName: made.vault.name,
      secretName: ADMINISTRATOR_SECRET,
      properties: { value: made.databaseServer.password },
    },
    { provider: azure },
  );
  return Promise.resolve({
    ...asExisting(made),
    "rotation:databaseAdministratorSecret": secret.id,
    gatewayAddress: made.gateway.address,
  });
}
