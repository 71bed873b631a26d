import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { Application } from "../../../components/application/application";
import { DatabaseRoles } from "../../../components/application/databaseRoles";
import { SlotIdentities } from "../../../components/application/slotIdentities";
import { ACCESS } from "../../../components/platform/access";
import { Platform } from "../../../components/platform/platform";
import type { ProfileName } from "../../../components/platform/profiles";
import { guid } from "../../../mocks/fixedValues";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { SHAPE } from "../../support/rotationEnvironment";
import { platformArgs } from "../../support/platformArgs";
import { platformScope } from "../../support/platformScope";

/** Types as the engine names them. */
const TYPE = {
  administrators: "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra",
  assignment: "azure-native:authorization:RoleAssignment",
  configuration: "azure-native:dbforpostgresql:Configuration",
  credential: "azure-native:managedidentity:FederatedIdentityCredential",
  database: "azure-native:dbforpostgresql:Database",
  endpoint: "azure-native:network:PrivateEndpoint",
  firewallRule: "azure-native:dbforpostgresql:FirewallRule",
  kubernetes: "pulumi:providers:kubernetes",
  link: "azure-native:privatedns:VirtualNetworkLink",
  namespace: "kubernetes:core/v1:Namespace",
  postgresql: "pulumi:providers:postgresql",
  server: "azure-native:dbforpostgresql:Server",
  zoneGroup: "azure-native:network:PrivateDnsZoneGroup",
} as const;

/** An application on a platform of its own. */
async function made(profile: ProfileName) {
  const program = await MockProgram.start();
  const args = platformArgs(profile);
  const platform = new Platform("platform", args);
  const application = new Application("application", {
    application: "app",
    platform,
    ranges: args.ranges,
    hosts: { production: "app.example.com" },
    serving: SHAPE,
    eventEndpoint: undefined,
  });
  await program.drained();
  return { program, application };
}

describe("Application", () => {
  let program: MockProgram;
  let application: Application;

  before(async () => ({ program, application } = await made("prod")));

  it("trusts exactly the service accounts of the slots and of their proofs", () => {
    const trusted = program.ofType(TYPE.credential).map(({ inputs }) => {
      const { resourceName, subject, audiences, issuer } = inputs as Record<string, string>;
      return [resourceName, subject, String(audiences), issuer];
    });
    const issuer = `https://oidc.example.invalid/${guid("aks-app-dev", "issuer")}/`;
    const expected = [
      ["id-app-dev-blue", "app-answers-blue"],
      ["id-app-dev-blue", "app-blue"],
      ["id-app-dev-blue", "app-proof-blue"],
      ["id-app-dev-green", "app-answers-green"],
      ["id-app-dev-green", "app-green"],
      ["id-app-dev-green", "app-proof-green"],
      ["id-app-dev-proofs", "app-drained"],
      ["id-app-dev-proofs", "app-proof-blue"],
      ["id-app-dev-proofs", "app-proof-green"],
      ["id-app-dev-proofs", "app-refused"],
      ["id-app-dev-retired", "app-refused"],
    ].map(([identity, account]) => [
      identity,
      `system:serviceaccount:app:${account}`,
      "api://AzureADTokenExchange",
      issuer,
    ]);
    assert.deepStrictEqual(trusted.sort(), expected);
  });

  it("writes the trust of one identity one after another, and those of others beside it", () => {
    const credential = (identity: string, account: string) =>
      program.find(TYPE.credential, `application-identities-${identity}-${account}`);
    for (const [identity, first, second] of [
      ["blue", "app-blue", "app-proof-blue"],
      ["green", "app-green", "app-proof-green"],
      ["proofs", "app-proof-blue", "app-proof-green"],
      ["proofs", "app-drained", "app-refused"],
    ] as const) {
      const [earlier, later] = [credential(identity, first), credential(identity, second)];
      assert.ok(program.comesAfter(later, earlier), identity);
    }
    const [blue, green] = [credential("blue", "app-blue"), credential("green", "app-proof-green")];
    assert.ok(!program.comesAfter(green, blue));
  });

  it("names every child after its component, as the platform does, and has it under that", () => {
    const under = (parent: string) =>
      program.registrations.filter(({ options }) => options.parent === parent);
    const components = program.registrations.filter(({ custom }) => !custom);
    assert.ok(components.length > 5, "components were found");
    const seen = new Set<Registration>();
    for (const component of components) {
      for (const child of under(component.urn)) {
        seen.add(child);
        assert.ok(
          child.name === component.name ||
            child.name.startsWith(`${component.name}-`) ||
            // Named after its row, so that the table and a preview use the same words.
            (child.type === TYPE.assignment && child.name in ACCESS),
          `${child.type} ${child.name} is not named after ${component.name}`,
        );
      }
    }
    const orphans = program.registrations.filter(
      (each) => !seen.has(each) && each.type !== "pulumi:pulumi:Stack",
    );
    assert.deepStrictEqual(orphans.map(({ name }) => name).sort(), ["application", "platform"]);
  });

  it("gives the administrator's password to the server and to its provider only, as a secret", () => {
    const server = program.find(TYPE.server, "platform-database");
    const provider = program.find(TYPE.postgresql, "application-postgresql");
    assert.ok(provider.secretInputs.includes("password"));
    const password = server.inputs["administratorLoginPassword"];
    assert.strictEqual(provider.inputs["password"], password);
    const holders = program.registrations.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(String(password)),
    );
    assert.deepStrictEqual(holders, [server, provider]);
  });

  it("changes roles from a database that no slot may enter, so that none can hold what it waits for", () => {
    const { inputs } = program.find(TYPE.postgresql, "application-postgresql");
    assert.strictEqual(inputs["database"], "postgres");
  });

  it("holds its namespace to the restricted profile, as whoever deploys", async () => {
    const { inputs, options } = program.find(TYPE.namespace, "application-namespace");
    assert.deepStrictEqual(inputs["metadata"], {
      name: "app",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    assert.strictEqual(await valueOf(application.namespace), "app");
    const provider = program.find(TYPE.kubernetes, "platform-cluster-kubernetes");
    assert.ok(options.provider.startsWith(`${provider.urn}::`));
  });

  for (const profile of ["dev", "prod"] as const) {
    it(`writes its database after all else below the server, because a busy one refuses (${profile})`, async () => {
      const { program } = await made(profile);
      const database = program.find(TYPE.database, "application-database");
      const writes = [TYPE.server, TYPE.administrators, TYPE.configuration, TYPE.firewallRule]
        .flatMap((type) => program.ofType(type))
        .concat(program.find(TYPE.endpoint, "platform-database-endpoint"));
      assert.ok(writes.length > 5);
      for (const earlier of writes) {
        assert.ok(program.comesAfter(database, earlier), earlier.name);
      }
    });

    it(`lets nobody connect to its database before all that, and verifies TLS (${profile})`, async () => {
      const { program } = await made(profile);
      const provider = program.find(TYPE.postgresql, "application-postgresql");
      for (const earlier of [
        ...program.ofType(TYPE.configuration),
        ...program.ofType(TYPE.firewallRule),
        program.find(TYPE.zoneGroup, "platform-database-endpoint"),
        program.find(TYPE.link, "platform-network-database-vnet"),
        program.find(TYPE.database, "application-database"),
      ]) {
        assert.ok(program.comesAfter(provider, earlier), earlier.name);
      }
      assert.strictEqual(provider.inputs["sslmode"], "verify-full");
      assert.strictEqual(provider.inputs["superuser"], "false");
    });
  }

  it("refuses wrong arguments before anything is made, all of them at once", async () => {
    const wrong = await MockProgram.start();
    const args = platformArgs("prod");
    const platform = new Platform("platform", args);
    assert.throws(
      () =>
        new Application("application", {
          application: "robert'); drop table students;--",
          platform,
          ranges: { gateway: "10.60.8.1/24", endpoints: "anywhere" },
          hosts: { production: 'app" or true' },
          serving: SHAPE,
          egress: [{ range: "10.20.0.1/24", port: 6379 }],
          eventEndpoint: "http://events.example.com?key=s3cret",
        }),
      (error: pulumi.InputPropertiesError) => {
        assert.ok(pulumi.InputPropertiesError.isInstance(error));
        assert.deepStrictEqual(
          error.errors.map(({ propertyPath }) => propertyPath),
          [
            "application",
            "ranges.gateway",
            "ranges.endpoints",
            "egress[0]",
            "hosts.production",
            "eventEndpoint",
          ],
        );
        assert.ok(!error.message.includes("s3cret"));
        return true;
      },
    );
    await wrong.drained();
  });

  it("has parts that refuse a name which would be a part of SQL, of a subject or of an id", async () => {
    const wrong = await MockProgram.start();
    const bad = "a'b";
    assert.throws(
      () => new DatabaseRoles("roles", { application: bad, databaseName: "app" }),
      /application: must be a lowercase letter/,
    );
    const scope = { ...platformScope("prod"), naming: { application: bad, stack: "test" } };
    assert.throws(
      () =>
        new SlotIdentities("identities", { scope, issuer: "", namespace: "a:b", vaultId: "vault" }),
      /scope\.naming\.application: must be [^]*namespace: must be up to 63/,
    );
    await wrong.drained();
  });

  it("tells Azure who owns what: application, stack and Pulumi", () => {
    const expected = { application: "app", stack: "dev", "managed-by": "pulumi" };
    const tagged = program.registrations.filter(
      ({ name, inputs }) => name.startsWith("application") && "tags" in inputs,
    );
    assert.ok(tagged.length > 0);
    for (const { name, inputs } of tagged) {
      assert.deepStrictEqual(inputs["tags"], expected, name);
    }
  });
});
