import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP, type Refusal } from "../../../support/azureCloud";
import { GoodInputs } from "../../../support/azurePlatform";

const SERVER = "dbforpostgresql:Server";
const PARAMETER = "dbforpostgresql:Configuration";
const RULE = "dbforpostgresql:FirewallRule";
const ADMINISTRATOR = "dbforpostgresql:AdministratorsMicrosoftEntra";
const GROUP_ID = "11111111-1111-1111-1111-111111111111";

describe("rules for database servers in the twin", () => {
  let bench: AzureBench;
  let good: GoodInputs;

  before(async () => {
    bench = await AzureBench.start();
    good = new GoodInputs(bench.cloud.subscriptionId);
    await bench.create(SERVER, server({ serverName: "psql-private", version: "18" }));
    await bench.create(
      SERVER,
      server({ serverName: "psql-public", network: { publicNetworkAccess: "Enabled" } }),
    );
  });

  after(() => bench.stop());

  const server = (change: Properties) => ({
    ...good.server,
    network: { publicNetworkAccess: "Disabled" },
    ...change,
  });
  const spare = (mode: string, standbyAvailabilityZone: string) => ({
    availabilityZone: "1",
    highAvailability: { mode, standbyAvailabilityZone },
  });
  const administrator = (serverName: string, change: Properties = {}) => ({
    resourceGroupName: GROUP,
    serverName,
    objectId: GROUP_ID,
    principalName: "administrators",
    principalType: "Group",
    ...change,
  });
  const rule = (serverName: string) => ({
    resourceGroupName: GROUP,
    serverName,
    firewallRuleName: "runner",
    startIpAddress: "203.0.113.7",
    endIpAddress: "203.0.113.7",
  });

  const parameter = (configurationName: string, value: string) => () => ({
    resourceGroupName: GROUP,
    serverName: "psql-private",
    configurationName,
    value,
  });

  const refusals: readonly Refusal[] = [
    [
      "a new standby in another zone where there are no more of them",
      SERVER,
      () => server({ location: "westeurope", ...spare("ZoneRedundant", "2") }),
      /Code="HADisabledForRegion" Message="HA is disabled for region westeurope\."/,
    ],
    [
      "a standby in another zone of a region that has none",
      SERVER,
      () => server({ location: "japanwest", ...spare("ZoneRedundant", "2") }),
      /HA is disabled for region japanwest/,
    ],
    [
      "backups in the paired region where there are none",
      SERVER,
      () => server({ location: "westus3", backup: { geoRedundantBackup: "Enabled" } }),
      /GeoRedundantBackupNotSupported.*westus3/,
    ],
    [
      "a size that the region does not have",
      SERVER,
      () =>
        server({ location: "eastus2", sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" } }),
      /SkuNotAvailable.*Standard_D2ds_v5.*eastus2/,
    ],
    [
      "a region that has no servers",
      SERVER,
      () => server({ location: "westeuropa" }),
      /LocationNotAvailableForResourceType.*westeuropa/,
    ],
    [
      "a size of a series that it was never made in",
      SERVER,
      () => server({ sku: { name: "Standard_D96s_v3", tier: "GeneralPurpose" } }),
      /parameter sku of server/,
    ],
    [
      "a parameter that the version does not have",
      PARAMETER,
      parameter("connection_throttle.enable", "on"),
      /ConfigurationNotExists.*connection_throttle\.enable.*18/,
    ],
    [
      "a parameter that nobody can set",
      PARAMETER,
      parameter("scram_iterations", "8192"),
      /scram_iterations is read-only/,
    ],
    [
      "a value that is none of the parameter's",
      PARAMETER,
      parameter("ssl_min_protocol_version", "TLSv1"),
      /ssl_min_protocol_version.*TLSv1\.2,TLSv1\.3/,
    ],
    [
      "a number out of the parameter's range",
      PARAMETER,
      parameter("log_parameter_max_length", "1073741824"),
      /log_parameter_max_length.*-1-1073741823/,
    ],
    [
      "a standby in the server's own zone",
      SERVER,
      () => server({ location: "swedencentral", ...spare("ZoneRedundant", "1") }),
      /parameter StandbyAvailabilityZone,availabilityZone/,
    ],
    [
      "a standby in another zone where it is to be the same",
      SERVER,
      () => server(spare("SameZone", "2")),
      /parameter StandbyAvailabilityZone,availabilityZone/,
    ],
    [
      "a zone that the region does not have",
      SERVER,
      () => server({ availabilityZone: "4" }),
      /Specified availability zone '4' is not supported/,
    ],
    [
      "a window on an eighth day",
      SERVER,
      () => server({ maintenanceWindow: { customWindow: "Enabled", dayOfWeek: 7 } }),
      /maintenanceWindow\.dayOfWeek: 7\. Specify 0 to 6/,
    ],
    [
      "public access that is neither on nor off",
      SERVER,
      () => server({ network: { publicNetworkAccess: "On" } }),
      /network\.publicNetworkAccess: 'On'\. Specify Enabled or Disabled/,
    ],
    [
      "logins of Microsoft Entra without a tenant",
      SERVER,
      () => server({ authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Enabled" } }),
      /authConfig\.tenantId: ''/,
    ],
    [
      "an administrator where Microsoft Entra is off",
      ADMINISTRATOR,
      () => administrator("psql-private"),
      /Azure AD authentication is not enabled for the given server/,
    ],
    [
      "a firewall rule of a server without public access",
      RULE,
      () => rule("psql-private"),
      /server that doesn't have public access enabled/,
    ],
  ];
  for (const [what, type, inputs, error] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(bench.create(type, inputs()), error);
    });
  }

  it("opens a public server by a firewall rule", async () => {
    await bench.create(RULE, rule("psql-public"));
  });

  it("takes a group as administrator under its object id", async () => {
    const { tenantId } = bench.cloud;
    const authConfig = { activeDirectoryAuth: "Enabled", passwordAuth: "Enabled", tenantId };
    await bench.create(SERVER, server({ serverName: "psql-entra", authConfig }));
    const { id } = await bench.create(ADMINISTRATOR, administrator("psql-entra"));
    assert.ok(id.endsWith(`/psql-entra/administrators/${GROUP_ID}`));
  });

  it("keeps the kind of its backups for life", async () => {
    const made = await bench.create(SERVER, server({ serverName: "psql-backed-up" }));
    const backup = { backupRetentionDays: 7, geoRedundantBackup: "Enabled" };
    await assert.rejects(
      bench.update(SERVER, made, { ...made.inputs, backup }),
      /geoRedundantBackup of server psql-backed-up can be chosen only when the server is made/,
    );
  });

  it("takes a window of maintenance from an update only: creation passes it over", async () => {
    const maintenanceWindow = {
      customWindow: "Enabled",
      dayOfWeek: 6,
      startHour: 3,
      startMinute: 0,
    };
    const made = await bench.create(
      SERVER,
      server({ serverName: "psql-window", maintenanceWindow }),
    );
    assert.deepEqual(made.outputs["maintenanceWindow"], {
      customWindow: "Disabled",
      dayOfWeek: 0,
      startHour: 0,
      startMinute: 0,
    });
    const updated = await bench.update(SERVER, made, { ...made.inputs, tags: { a: "b" } });
    assert.deepEqual(updated["maintenanceWindow"], maintenanceWindow);
  });

  it("takes a standby in another zone", async () => {
    const { outputs } = await bench.create(
      SERVER,
      server({
        serverName: "psql-spare",
        location: "swedencentral",
        ...spare("ZoneRedundant", "2"),
      }),
    );
    assert.equal((outputs["highAvailability"] as Properties)["state"], "Healthy");
  });

  it("lets what is static wait for a restart, and a Read says when that was", async () => {
    const { pendingRestart } = bench.neighbours;
    pendingRestart.add("shared_preload_libraries");
    const made = await bench.create(
      PARAMETER,
      parameter("shared_preload_libraries", "pg_stat_statements,pgaudit")(),
    );
    assert.equal(made.outputs["isConfigPendingRestart"], true);
    const waits = async () =>
      (await bench.read(PARAMETER, made))?.outputs["isConfigPendingRestart"];
    assert.equal(await waits(), true);
    pendingRestart.clear();
    assert.equal(await waits(), false);
  });
});
