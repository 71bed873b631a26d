import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP, type Refusal } from "../../../support/azureCloud";
import { GoodInputs } from "../../../support/azurePlatform";

const SERVER = "dbforpostgresql:Server";
const RULE = "dbforpostgresql:FirewallRule";
const ADMINISTRATOR = "dbforpostgresql:AdministratorsMicrosoftEntra";
const GROUP_ID = "11111111-1111-1111-1111-111111111111";

describe("rules for database servers in the twin", () => {
  let bench: AzureBench;
  let good: GoodInputs;

  before(async () => {
    bench = await AzureBench.start();
    good = new GoodInputs(bench.cloud.subscriptionId);
    await bench.create(SERVER, server({ serverName: "psql-private" }));
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

  const refusals: readonly Refusal[] = [
    [
      "a standby in the server's own zone",
      SERVER,
      () => server(spare("ZoneRedundant", "1")),
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

  it("takes a standby in another zone", async () => {
    const { outputs } = await bench.create(
      SERVER,
      server({ serverName: "psql-spare", ...spare("ZoneRedundant", "2") }),
    );
    assert.equal((outputs["highAvailability"] as Properties)["state"], "Healthy");
  });
});
