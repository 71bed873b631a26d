import { isEverybody } from "./ranges";
import type { Rule } from "./rule";
import { oneOf, settings } from "./setting";
import { ofType, text } from "./values";

export const SERVER = "azure-native:dbforpostgresql:Server";
const ADMINISTRATOR = "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra";
const FIREWALL_RULE = "azure-native:dbforpostgresql:FirewallRule";

/** Rules about the database server. */
export const DATABASE_RULES: readonly Rule[] = [
  ...settings(
    SERVER,
    {
      id: "AZR-000390",
      title: "Nobody logs in with a password.",
      path: "authConfig.passwordAuth",
      must: oneOf("Disabled"),
    },
    {
      id: "AZR-000433",
      also: ["APRL-b2bad57d"],
      title: "The server has a custom maintenance window.",
      path: "maintenanceWindow.customWindow",
      must: oneOf("Enabled"),
    },
    {
      id: "AZR-000434",
      also: ["APRL-ca87914f"],
      title: "A standby server is ready in another zone.",
      path: "highAvailability.mode",
      must: oneOf("ZoneRedundant"),
    },
    {
      id: "AZR-000326",
      also: ["CKV_AZURE_136", "APRL-31f4ac4b"],
      title: "Backups are geo-redundant.",
      path: "backup.geoRedundantBackup",
      must: oneOf("Enabled"),
    },
    {
      id: "APRL-6293a3cc",
      title: "The disk grows before it is full.",
      path: "storage.autoGrow",
      must: oneOf("Enabled"),
    },
    {
      id: "CKV_AZURE_68",
      also: ["AVD-AZU-0022"],
      title: "The server has no public access.",
      path: "network.publicNetworkAccess",
      must: oneOf("Disabled"),
    },
  ),
  {
    id: "AZR-000389",
    title: "The server has a Microsoft Entra administrator.",
    appliesTo: [SERVER],
    needsStack: true,
    check: (_props, { all }) =>
      ofType(all, ADMINISTRATOR).some(({ props }) => props["principalType"] !== undefined)
        ? undefined
        : `it has no ${ADMINISTRATOR}.`,
  },
  ...settings(ADMINISTRATOR, {
    id: "ROT-PG-13",
    title: "The Microsoft Entra administrator is a group.",
    reference: "Manage Microsoft Entra roles in Azure Database for PostgreSQL",
    path: "principalType",
    must: oneOf("Group", "ServicePrincipal"),
  }),
  {
    id: "AVD-AZU-0029",
    also: ["AVD-AZU-0018"],
    title: "The server's firewall admits narrow ranges only, and not all of Azure.",
    appliesTo: [FIREWALL_RULE],
    check: (props) => {
      const [first, last] = ["startIpAddress", "endIpAddress"].map((key) => text(props[key]));
      return first && last && !isEverybody(first) && networkOf(first) === networkOf(last)
        ? undefined
        : `${first} to ${last} is too wide: at most a /16.`;
    },
  },
];

function networkOf(address: string): string {
  return address.split(".").slice(0, 2).join(".");
}
