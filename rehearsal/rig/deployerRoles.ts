import { type AccessRow, ACCESS_ROWS, grantCondition } from "../../components";
import type { DeployerRole } from "../../twin/azure/arm/situation";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
const CERTIFICATE = `${SUBSCRIPTION}/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/shared-certificates/secrets/rehearsal`;

const CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";

/** Writes secrets and reads them, whatever else the same identity may do: `Key Vault Administrator`. */
export const VAULT_ADMINISTRATOR: DeployerRole = {
  role: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
  scope: SUBSCRIPTION,
};

/** What docs/deploy.md lets whoever runs `pulumi up` do, and nothing more: a rehearsal has no more. */
export function deployerRoles(deployerId: string): DeployerRole[] {
  const granter = (scope: string, rows: readonly AccessRow[]): DeployerRole => ({
    role: RBAC_ADMINISTRATOR,
    scope,
    condition: grantCondition(rows, deployerId),
  });
  return [
    { role: CONTRIBUTOR, scope: SUBSCRIPTION },
    granter(
      SUBSCRIPTION,
      ACCESS_ROWS.filter((row) => row !== "gateway-certificate"),
    ),
    granter(CERTIFICATE, ["gateway-certificate"]),
  ];
}
