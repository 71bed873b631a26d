import assert from "node:assert";
import * as privatedns from "@pulumi/azure-native/privatedns";
import * as pulumi from "@pulumi/pulumi";
import { PARAMETERS } from "../../../azure";
import type { Audit } from "../../../components/platform/audit";
import { Database } from "../../../components/platform/database";
import type { Network } from "../../../components/platform/network";
import { type ProfileName, PROFILES } from "../../../components/platform/profiles";
import { guid } from "../../../mocks/fixedValues";
import { TENANT_ID } from "../../../mocks/mockAzure";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { GROUP_ID, platformScope } from "../../support/platformScope";

const TYPE = {
  administrators: "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra",
  configuration: "azure-native:dbforpostgresql:Configuration",
  endpoint: "azure-native:network:PrivateEndpoint",
  firewallRule: "azure-native:dbforpostgresql:FirewallRule",
  link: "azure-native:privatedns:VirtualNetworkLink",
  server: "azure-native:dbforpostgresql:Server",
} as const;

const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com`;

async function databaseOf(
  profile: ProfileName,
  version = "18",
  ranges?: readonly string[],
  audit?: Audit,
) {
  const program = await MockProgram.start();
  const scope = platformScope(profile);
  const link = new privatedns.VirtualNetworkLink("link", {
    resourceGroupName: "rg-app-test",
    privateZoneName: "privatelink.postgres.database.azure.com",
    virtualNetworkLinkName: "vnet",
  });
  const { reachable } = new Database("database", {
    scope: { ...scope, deployer: { ...scope.deployer, ranges: ranges ?? scope.deployer.ranges } },
    network: {
      endpointsSubnetId: pulumi.output("subnets/endpoints"),
      zones: { database: { id: pulumi.output(ZONE), links: [link] } },
    } as unknown as Network,
    suffix: "abc123",
    version,
    ...(audit && { audit }),
    size: PROFILES[profile].database.size,
  });
  await program.drained();
  const server = program.find(TYPE.server, "database");
  return {
    program,
    server,
    reachable: await registrationOf(program, reachable),
    parameters: new Map(
      program
        .ofType(TYPE.configuration)
        .map(({ inputs }) => [String(inputs["configurationName"]), String(inputs["value"])]),
    ),
  };
}

async function registrationOf(
  program: MockProgram,
  { urn }: pulumi.Resource,
): Promise<Registration> {
  const known = await valueOf(urn);
  return program.registrations.find((each) => each.urn === known)!;
}

describe("Database", () => {
  let dev: Awaited<ReturnType<typeof databaseOf>>;
  let prod: Awaited<ReturnType<typeof databaseOf>>;

  before(async () => {
    dev = await databaseOf("dev");
    prod = await databaseOf("prod");
  });

  it("accepts passwords, which applications need, and Entra logins for people", () => {
    for (const { program, server } of [dev, prod]) {
      assert.deepStrictEqual(server.inputs["authConfig"], {
        passwordAuth: "Enabled",
        activeDirectoryAuth: "Enabled",
        tenantId: TENANT_ID,
      });
      const { inputs } = program.find(TYPE.administrators, "database-administrators");
      assert.deepStrictEqual(
        [inputs["objectId"], inputs["principalName"], inputs["principalType"], inputs["tenantId"]],
        [guid("administrators"), "administrators", "Group", TENANT_ID],
      );
    }
  });

  it("has a standby in another zone and distant backups in prod, and neither in dev", () => {
    const { inputs } = prod.server;
    assert.strictEqual(inputs["availabilityZone"], "1");
    assert.deepStrictEqual(inputs["highAvailability"], {
      mode: "ZoneRedundant",
      standbyAvailabilityZone: "2",
    });
    assert.deepStrictEqual(inputs["backup"], {
      backupRetentionDays: 35,
      geoRedundantBackup: "Enabled",
    });
    const standby = dev.server.inputs["highAvailability"] as Record<string, unknown>;
    assert.strictEqual(standby["mode"], "Disabled");
    assert.deepStrictEqual(dev.server.inputs["backup"], {
      backupRetentionDays: 7,
      geoRedundantBackup: "Disabled",
    });
  });

  it("grows its storage by itself and is mended at night", () => {
    assert.deepStrictEqual(prod.server.inputs["storage"], {
      storageSizeGB: 128,
      autoGrow: "Enabled",
    });
    const window = prod.server.inputs["maintenanceWindow"] as Record<string, unknown>;
    assert.strictEqual(window["customWindow"], "Enabled");
    assert.ok(Number(window["startHour"]) < 5);
  });

  it("leaves to the server what that alone decides: password, zones after a failover, storage", () => {
    for (const { server } of [dev, prod]) {
      assert.deepStrictEqual([...server.options.ignoreChanges].sort(), [
        "administratorLoginPassword",
        "availabilityZone",
        "highAvailability.standbyAvailabilityZone",
        "storage.iops",
        "storage.storageSizeGB",
        "storage.tier",
      ]);
      assert.deepStrictEqual(server.options.replaceOnChanges, []);
      assert.deepStrictEqual(server.secretInputs, ["administratorLoginPassword"]);
    }
  });

  it("cannot be deleted by Pulumi in prod, and leaves nothing behind in dev", () => {
    assert.deepStrictEqual(
      [dev, prod].map(({ server }) => [server.options.protect, server.options.retainOnDelete]),
      [
        [false, false],
        [true, false],
      ],
    );
  });

  it("is reached in prod through its endpoint only, in dev from each of the deployer's ranges", async () => {
    assert.deepStrictEqual(prod.server.inputs["network"], { publicNetworkAccess: "Disabled" });
    assert.deepStrictEqual(prod.program.ofType(TYPE.firewallRule), []);
    assert.deepStrictEqual(dev.server.inputs["network"], { publicNetworkAccess: "Enabled" });
    const ranges = ["203.0.113.64/28", "20.1.0.0/16"];
    const { program } = await databaseOf("dev", "18", ranges);
    const rules = program.ofType(TYPE.firewallRule);
    assert.deepStrictEqual(
      rules.map(({ inputs }) => [
        inputs["firewallRuleName"],
        inputs["startIpAddress"],
        inputs["endIpAddress"],
      ]),
      [
        ["deployer-203-0-113-64-28", "203.0.113.64", "203.0.113.79"],
        ["deployer-20-1-0-0-16", "20.1.0.0", "20.1.255.255"],
      ],
    );
    assert.ok(program.comesAfter(rules[1]!, rules[0]!), "Azure refuses two writes at once");
  });

  it("has a private endpoint in its zone, in both profiles", () => {
    for (const { program } of [dev, prod]) {
      const [endpoint, ...more] = program.ofType(TYPE.endpoint);
      assert.deepStrictEqual(more, []);
      const [connection] = endpoint!.inputs["privateLinkServiceConnections"] as {
        groupIds: string[];
        privateLinkServiceId: string;
      }[];
      assert.deepStrictEqual(connection!.groupIds, ["postgresqlServer"]);
      assert.match(connection!.privateLinkServiceId, /\/flexibleServers\/psql-app-test-abc123$/);
    }
  });

  it("takes TLS and SCRAM only", () => {
    for (const { parameters } of [dev, prod]) {
      assert.strictEqual(parameters.get("require_secure_transport"), "on");
      assert.strictEqual(parameters.get("ssl_min_protocol_version"), "TLSv1.2");
      assert.strictEqual(parameters.get("password_encryption"), "scram-sha-256");
      assert.strictEqual(parameters.get("azure.accepted_password_auth_method"), "scram-sha-256");
    }
  });

  it("logs who connects and no statement, be it refused, slow or drawn by lot", () => {
    assert.deepStrictEqual(
      [...prod.parameters].filter(([name]) => name.startsWith("log_")).sort(),
      [
        ["log_checkpoints", "on"],
        ["log_connections", "on"],
        ["log_disconnections", "on"],
        ["log_duration", "off"],
        ["log_min_duration_sample", "-1"],
        ["log_min_duration_statement", "-1"],
        ["log_min_error_statement", "panic"],
        ["log_parameter_max_length", "0"],
        ["log_parameter_max_length_on_error", "0"],
        ["log_statement", "none"],
      ],
    );
  });

  it("has every change of a role and of the schema in the log, with no value bound to one", () => {
    assert.deepStrictEqual(
      [...prod.parameters].filter(([name]) => name.startsWith("pgaudit.")),
      [
        ["pgaudit.log", "role,ddl"],
        ["pgaudit.log_parameter", "off"],
        ["pgaudit.log_client", "off"],
      ],
    );
  });

  it("keeps statements that change roles from whoever may read statistics", () => {
    assert.strictEqual(prod.parameters.get("pg_stat_statements.track_utility"), "off");
    assert.strictEqual(prod.parameters.get("pg_qs.track_utility"), "off");
  });

  it("loads pgaudit beside the libraries that Azure loads anyhow, in every version", async () => {
    for (const version of ["17", "18"]) {
      const { parameters } = await databaseOf("prod", version);
      assert.strictEqual(
        parameters.get("shared_preload_libraries"),
        `${PARAMETERS[version]!["shared_preload_libraries"]!.default},pgaudit`,
      );
    }
  });

  it("leaves the libraries to whoever keeps them, and audits all the same", async () => {
    const { parameters } = await databaseOf("prod", "18", undefined, "own");
    assert.ok(!parameters.has("shared_preload_libraries"));
    assert.strictEqual(parameters.get("pgaudit.log"), "role,ddl");
  });

  it("restarts nothing for the audit: whoever makes or changes it is told, in the preview already", () => {
    const [preload, ...others] = prod.program
      .ofType(TYPE.configuration)
      .filter(({ options }) => Object.keys(options.hooks).length > 0);
    assert.deepStrictEqual(others, []);
    assert.strictEqual(preload!.name, "database-shared_preload_libraries");
    assert.deepStrictEqual(preload!.options.hooks, {
      beforeCreate: ["database-audit"],
      beforeUpdate: ["database-audit"],
    });
  });

  it("slows down who guesses passwords, in the version that can", async () => {
    const { parameters } = await databaseOf("prod", "17");
    assert.strictEqual(parameters.get("connection_throttle.enable"), "on");
    assert.ok(!prod.parameters.has("connection_throttle.enable"), "Azure has none in version 18");
  });

  it("writes what is below the server one after another, because a busy server refuses", () => {
    for (const { program, server } of [dev, prod]) {
      const writes = [TYPE.administrators, TYPE.configuration, TYPE.firewallRule]
        .flatMap((type) => program.ofType(type))
        .concat(program.ofType(TYPE.endpoint));
      const ordered = (a: Registration, b: Registration) =>
        program.comesAfter(a, b) || program.comesAfter(b, a);
      for (const [index, one] of writes.entries()) {
        assert.ok(program.comesAfter(one, server), one.name);
        for (const other of writes.slice(index + 1)) {
          assert.ok(ordered(one, other), `${one.name} and ${other.name} could run at once`);
        }
      }
    }
  });

  it("can be reached after all that", () => {
    for (const { program, reachable } of [dev, prod]) {
      const earlier = [TYPE.configuration, TYPE.firewallRule, TYPE.endpoint, TYPE.link];
      for (const each of earlier.flatMap((type) => program.ofType(type))) {
        assert.ok(program.comesAfter(reachable, each), each.name);
      }
    }
  });
});
