import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../arm/resourceType";
import { AKS_SERVER_APPLICATION } from "../../world/entra";

const VAULTS = "https://vault.azure.net";
/** Longer than any rehearsal, which a real token is not: it would be had anew. */
const LIFETIME_SECONDS = 86_400;

/**
 * Writes an `az` that is logged in as whoever runs `pulumi up`, as far as the official clients ask:
 * `az account get-access-token --output json --resource <resource>`, and `az account show`.
 *
 * @param folder for PATH
 * @param audiences whom there are tokens for, besides vaults and API servers
 */
export async function writeAzureCli(
  folder: string,
  cloud: Cloud,
  audiences: readonly string[],
): Promise<void> {
  const { deployer, entra, subscriptionId, tenantId } = cloud;
  const expires = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  const cases = [VAULTS, AKS_SERVER_APPLICATION, ...audiences].map((resource) => {
    const answer = {
      accessToken: entra.issue(deployer.objectId, resource, LIFETIME_SECONDS),
      expiresOn: new Date(expires * 1000).toISOString(),
      expires_on: expires,
      tenant: tenantId,
      tokenType: "Bearer",
    };
    return `*"--resource ${resource}"*) echo '${JSON.stringify(answer)}' ;;\n`;
  });
  const account = JSON.stringify({ id: subscriptionId, tenantId, state: "Enabled" });
  const script =
    `#!/bin/sh\ncase "$*" in\n${cases.join("")}"account show --output json") echo '${account}' ;;\n` +
    `*) echo "ERROR: the twin's az has no answer to: $*" >&2; exit 1 ;;\nesac\n`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "az"), script, { mode: 0o755 });
}
