import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../arm/resourceType";
import { AKS_SERVER_APPLICATION } from "../../world/entra";

const VAULTS = "https://vault.azure.net";
/** Longer than any rehearsal, which a real token is not: it would be had anew. */
const LIFETIME_SECONDS = 86_400;

/**
 * Writes an `az` that is logged in as whoever runs `pulumi up`, as far as the official clients ask:
 * `az account get-access-token --output json --resource <resource>`.
 *
 * @param folder for PATH
 */
export async function writeAzureCli(folder: string, cloud: Cloud): Promise<void> {
  const { deployer, entra, tenantId } = cloud;
  const expires = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  const cases = [VAULTS, AKS_SERVER_APPLICATION].map((resource) => {
    const answer = {
      accessToken: entra.issue(deployer.objectId, resource, LIFETIME_SECONDS),
      expiresOn: new Date(expires * 1000).toISOString(),
      expires_on: expires,
      tenant: tenantId,
      tokenType: "Bearer",
    };
    return `*"--resource ${resource}"*) echo '${JSON.stringify(answer)}' ;;\n`;
  });
  const script =
    `#!/bin/sh\ncase "$*" in\n${cases.join("")}` +
    `*) echo "ERROR: the twin's az has no answer to: $*" >&2; exit 1 ;;\nesac\n`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "az"), script, { mode: 0o755 });
}
