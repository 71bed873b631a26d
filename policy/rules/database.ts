import { isEverybody } from "./ranges";
import type { Rule } from "./rule";
import { between, like, oneOf, settings, unsetOr } from "./setting";
import { at, ofType, text } from "./values";

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
      good: "Disabled",
      bad: "Enabled",
    },
    {
      id: "ROT-PG-2",
      title: "People and pipelines can log in with Microsoft Entra ID.",
      reference: "Microsoft Entra authentication with Azure Database for PostgreSQL",
      path: "authConfig.activeDirectoryAuth",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "AZR-000433",
      also: ["APRL-b2bad57d"],
      title: "Azure maintains the server at hours that we chose.",
      path: "maintenanceWindow.customWindow",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "ROT-PG-3",
      title: "Azure maintains the server at night.",
      reference: "Scheduled maintenance in Azure Database for PostgreSQL",
      path: "maintenanceWindow.startHour",
      must: {
        met: (value) => [21, 22, 23, 1, 2, 3, 4, 5].includes(value as number),
        wanted: "21 to 5, not midnight",
      },
      good: 2,
      bad: 12,
    },
    {
      id: "ROT-PG-4",
      title: "The minute of the maintenance is a full, half or quarter hour.",
      reference: "Scheduled maintenance in Azure Database for PostgreSQL",
      path: "maintenanceWindow.startMinute",
      must: oneOf(0, 15, 30, 45),
      good: 0,
      bad: 1,
    },
    {
      id: "ROT-PG-5",
      title: "Azure maintains the server on a day from Saturday to Thursday.",
      reference: "Scheduled maintenance in Azure Database for PostgreSQL",
      path: "maintenanceWindow.dayOfWeek",
      must: oneOf(0, 1, 2, 3, 4, 6),
      good: 0,
      bad: 5,
    },
    {
      id: "AZR-000434",
      also: ["APRL-ca87914f"],
      title: "A second server stands ready in another zone.",
      path: "highAvailability.mode",
      must: oneOf("ZoneRedundant"),
      good: "ZoneRedundant",
      bad: "Disabled",
    },
    {
      id: "AZR-000326",
      also: ["CKV_AZURE_136", "APRL-31f4ac4b"],
      title: "Backups are in another region too.",
      path: "backup.geoRedundantBackup",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "ROT-PG-6",
      title: "Backups are kept for a week at least.",
      reference: "Backup and restore in Azure Database for PostgreSQL",
      path: "backup.backupRetentionDays",
      must: between(7, 35),
      good: 35,
      bad: 1,
    },
    {
      id: "APRL-6293a3cc",
      title: "The disk grows before it is full.",
      path: "storage.autoGrow",
      must: oneOf("Enabled"),
      good: "Enabled",
      bad: "Disabled",
    },
    {
      id: "ROT-PG-7",
      title: "The disk is of a size that Azure sells.",
      reference: "Storage options in Azure Database for PostgreSQL",
      path: "storage.storageSizeGB",
      must: oneOf(32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32767),
      good: 128,
      bad: 1,
    },
    {
      id: "CKV_AZURE_68",
      also: ["AVD-AZU-0022"],
      title: "The server has no public address.",
      path: "network.publicNetworkAccess",
      must: oneOf("Disabled"),
      good: "Disabled",
      bad: "Enabled",
    },
    {
      id: "ROT-PG-8",
      title: "The version of PostgreSQL gets fixes.",
      reference: "Azure Database for PostgreSQL versioning policy",
      path: "version",
      must: oneOf("17", "18"),
      good: "18",
      bad: "13",
    },
    {
      id: "ROT-PG-9",
      title: "The server's size is of the tier that it says.",
      reference: "Compute options in Azure Database for PostgreSQL",
      path: "sku.name",
      must: like(/^Standard_(?:B\d|D\d|E\d)\w*$/),
      good: "Standard_D2ds_v5",
      bad: "GP_Gen5_2",
    },
    {
      id: "ROT-PG-10",
      title: "The administrator has a name that attackers do not try first.",
      reference: "Limits in Azure Database for PostgreSQL: administrator names",
      path: "administratorLogin",
      must: like(
        /^(?!(?:azure_superuser|azure_pg_admin|admin|administrator|root|guest|public|postgres|pg_.*)$)[a-z_][a-z0-9_]{0,62}$/,
      ),
      good: "rotation_admin",
      bad: "postgres",
    },
    {
      id: "ROT-PG-27",
      title: "The server is in a zone that we know.",
      reference: "Reliability in Azure Database for PostgreSQL",
      path: "availabilityZone",
      must: unsetOr("1", "2", "3"),
      good: "1",
      bad: "*",
    },
    {
      id: "ROT-PG-28",
      title: "The second server is in a zone that we know.",
      reference: "Reliability in Azure Database for PostgreSQL",
      path: "highAvailability.standbyAvailabilityZone",
      must: oneOf("1", "2", "3"),
      good: "2",
      bad: "*",
      where: (props) => at(props, "highAvailability.mode") === "ZoneRedundant",
      given: { highAvailability: { mode: "ZoneRedundant" } },
    },
    {
      id: "ROT-PG-11",
      title: "A new server is a new one.",
      reference: "Azure Database for PostgreSQL REST API: createMode",
      path: "createMode",
      must: unsetOr("Default", "Create"),
      good: undefined,
      bad: "PointInTimeRestore",
    },
  ),
  {
    id: "ROT-PG-12",
    title: "The tier of the server is the one of its size.",
    reference: "Compute options in Azure Database for PostgreSQL",
    appliesTo: [SERVER],
    check: (props) => {
      const size = text(at(props, "sku.name"));
      const tier = { B: "Burstable", D: "GeneralPurpose", E: "MemoryOptimized" }[size.charAt(9)];
      return tier !== undefined && at(props, "sku.tier") === tier
        ? undefined
        : `sku.tier ${text(at(props, "sku.tier"))} is not the tier of ${size}.`;
    },
    good: { props: { sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" } } },
    bad: { props: { sku: { name: "Standard_D2ds_v5", tier: "Burstable" } } },
  },
  {
    id: "AZR-000389",
    title: "Somebody of Microsoft Entra ID administers the server.",
    appliesTo: [SERVER],
    needsStack: true,
    check: (_props, { all }) =>
      ofType(all, ADMINISTRATOR).some(({ props }) => props["principalType"] !== undefined)
        ? undefined
        : `there is no ${ADMINISTRATOR}.`,
    good: {
      props: { serverName: "psql" },
      others: [{ type: ADMINISTRATOR, name: "administrators", props: { principalType: "Group" } }],
    },
    bad: { props: { serverName: "psql" } },
  },
  ...settings(ADMINISTRATOR, {
    id: "ROT-PG-13",
    title: "People administer the server as members of a group.",
    reference: "Manage Microsoft Entra roles in Azure Database for PostgreSQL",
    path: "principalType",
    must: oneOf("Group", "ServicePrincipal"),
    good: "Group",
    bad: "User",
  }),
  {
    id: "AVD-AZU-0029",
    also: ["AVD-AZU-0018"],
    title: "The server's firewall lets narrow ranges in, and not all of Azure.",
    appliesTo: [FIREWALL_RULE],
    check: (props) => {
      const [first, last] = ["startIpAddress", "endIpAddress"].map((key) => text(props[key]));
      return first && last && !isEverybody(first) && networkOf(first) === networkOf(last)
        ? undefined
        : `${first} to ${last} is too wide: at most a /16.`;
    },
    good: { props: { startIpAddress: "203.0.113.7", endIpAddress: "203.0.113.7" } },
    bad: { props: { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" } },
  },
  ...settings(
    "azure-native:dbforpostgresql:Database",
    {
      id: "ROT-PG-19",
      title: "The database holds any text.",
      reference: "PostgreSQL: character set support",
      path: "charset",
      must: oneOf("UTF8"),
      good: "UTF8",
      bad: "SQL_ASCII",
    },
    {
      id: "ROT-PG-20",
      title: "Text is ordered the same on every server.",
      reference: "Azure Database for PostgreSQL: collations",
      path: "collation",
      must: oneOf("en_US.utf8", "C", "C.UTF-8"),
      good: "en_US.utf8",
      bad: "other",
    },
  ),
];

function networkOf(address: string): string {
  return address.split(".").slice(0, 2).join(".");
}
