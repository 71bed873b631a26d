import { type Examples, setting } from "./example";

export const DATABASE_EXAMPLES: Examples = {
  "AZR-000390": setting("authConfig.passwordAuth", "Disabled", "Enabled"),
  "AZR-000433": setting("maintenanceWindow.customWindow", "Enabled", "Disabled"),
  "AZR-000434": setting("highAvailability.mode", "ZoneRedundant", "Disabled"),
  "AZR-000326": setting("backup.geoRedundantBackup", "Enabled", "Disabled"),
  "APRL-6293a3cc": setting("storage.autoGrow", "Enabled", "Disabled"),
  CKV_AZURE_68: setting("network.publicNetworkAccess", "Disabled", "Enabled"),
  "AZR-000389": {
    good: {
      props: { serverName: "psql" },
      others: [
        {
          type: "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra",
          name: "administrators",
          props: { principalType: "Group" },
        },
      ],
    },
    bad: { props: { serverName: "psql" } },
  },
  "ROT-PG-13": setting("principalType", "Group", "User"),
  "AVD-AZU-0029": {
    good: { props: { startIpAddress: "203.0.113.7", endIpAddress: "203.0.113.7" } },
    bad: { props: { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" } },
  },
};
