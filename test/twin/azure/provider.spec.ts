import * as assert from "node:assert/strict";
import { RESOURCE_TYPES } from "../../../twin/azure/resourceTypes";
import { nameArgument, pathArguments } from "../../../twin/azure/arm/resourceType";
import { resourceShape } from "../../../twin/azure/arm/shapes";
import { Secret, UNKNOWN, type Properties } from "../../../twin/plugin/provider";
import { AzureBench, called, GROUP, textOf } from "../../support/azureCloud";

describe("azure-native stand-in", () => {
  let bench: AzureBench;

  before(async () => {
    bench = await AzureBench.start();
  });

  after(() => bench.stop());

  const diff = async (type: string, before: Properties, after: Properties, state = {}) =>
    bench.provider.diff({
      ...called(type),
      id: "id",
      oldInputs: before,
      state,
      inputs: after,
      ignoreChanges: [],
    });

  describe("its table of types", () => {
    for (const type of RESOURCE_TYPES.values()) {
      it(`names the API version and the arguments of ${type.token} as the SDK does`, () => {
        const { apiVersion, inputs } = resourceShape(type.token);
        assert.equal(type.apiVersion, apiVersion);
        for (const argument of [...pathArguments(type), ...Object.keys(type.names)]) {
          const known = inputs.has(argument) || argument === "resourceGroupName";
          assert.ok(known, `${argument} is no argument of ${type.token}`);
        }
        for (const path of type.replaceOn) {
          assert.ok(inputs.has(path.split(".")[0]!), `${path} is no input of ${type.token}`);
        }
        assert.equal(inputs.get(nameArgument(type))?.required, false);
      });
    }
  });

  describe("check", () => {
    it("fills in location, API version and a name that the seed decides", async () => {
      const inputs = await bench.check("managedidentity:UserAssignedIdentity", {
        resourceGroupName: GROUP,
      });
      assert.match(textOf(inputs["resourceName"]), /^thing[0-9a-f]{8}$/);
      assert.deepEqual(
        { ...inputs, resourceName: "" },
        {
          resourceGroupName: GROUP,
          resourceName: "",
          location: "westeurope",
          azureApiVersion: "2023-01-31",
          __createBeforeDelete: true,
        },
      );
    });

    it("names a child like its logical name, and a role assignment with a GUID", async () => {
      const child = await bench.check("keyvault:Secret", {
        resourceGroupName: GROUP,
        vaultName: "kv-x",
        properties: {},
      });
      assert.equal(child["secretName"], "thing");
      assert.equal(child["__createBeforeDelete"], undefined);
      const assignment = await bench.check("authorization:RoleAssignment", {
        principalId: "p",
        roleDefinitionId: "r",
        scope: "/s",
      });
      assert.match(
        textOf(assignment["roleAssignmentName"]),
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      );
    });

    it("keeps the name and the location of the last run", async () => {
      const before = {
        resourceName: "before",
        location: "northeurope",
        __createBeforeDelete: true,
      };
      const inputs = await bench.check(
        "managedidentity:UserAssignedIdentity",
        { resourceGroupName: GROUP },
        before,
      );
      assert.deepEqual({ ...inputs, ...before }, inputs);
    });

    it("takes the location of the resource group when the provider has none", async () => {
      await bench.provider.configure({});
      try {
        const inputs = await bench.check("network:PublicIPAddress", { resourceGroupName: GROUP });
        assert.equal(inputs["location"], "westeurope");
      } finally {
        await bench.provider.configure({ location: "westeurope" });
      }
    });

    const refusals: [what: string, type: string, inputs: Properties, reason: RegExp][] = [
      [
        "a property that nobody knows, at any depth",
        "keyvault:Vault",
        {
          resourceGroupName: GROUP,
          properties: { tenantId: "t", sku: { family: "A", nmae: "x" } },
        },
        /no property 'properties\.sku\.nmae'/,
      ],
      [
        "a missing required property, at any depth",
        "keyvault:Vault",
        { resourceGroupName: GROUP, properties: { tenantId: "t" } },
        /missing required property 'properties\.sku'/,
      ],
      [
        "a value of another type",
        "network:PublicIPAddress",
        { resourceGroupName: GROUP, idleTimeoutInMinutes: "4" },
        /'idleTimeoutInMinutes' should be of type 'number' but got a string/,
      ],
      [
        "a wrong value in a list",
        "network:PublicIPAddress",
        { resourceGroupName: GROUP, zones: ["1", 2] },
        /'zones\[1\]' should be of type 'string'/,
      ],
      [
        "a name that is too long",
        "keyvault:Vault",
        { vaultName: "v".repeat(25) },
        /'vaultName' is too long \(25\): at most 24 characters allowed/,
      ],
      [
        "a name with a sign that Azure does not allow",
        "keyvault:Secret",
        { secretName: "app_blue" },
        /'secretName' does not match expression/,
      ],
      [
        "a resource without its group",
        "network:VirtualNetwork",
        {},
        /missing required property 'resourceGroupName'/,
      ],
    ];
    for (const [what, type, inputs, reason] of refusals) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(bench.check(type, inputs), reason);
      });
    }

    it("accepts unknown values in a preview, and keeps secrets marked", async () => {
      const value = new Secret("hidden");
      const inputs = await bench.check("keyvault:Secret", {
        resourceGroupName: UNKNOWN,
        vaultName: UNKNOWN,
        secretName: "s",
        properties: { value, attributes: UNKNOWN },
      });
      assert.equal((inputs["properties"] as Properties)["value"], value);
    });

    it("refuses types and invokes that it does not have, by name", async () => {
      await assert.rejects(bench.check("storage:StorageAccount", {}), /storage:StorageAccount/);
      await assert.rejects(
        async () => bench.provider.invoke("azure-native:storage:listKeys", {}),
        /listKeys/,
      );
    });

    it("refuses provider settings that it does not have, and another subscription", async () => {
      const { failures } = await bench.provider.checkConfig({
        location: "westeurope",
        subscriptionId: "other",
        metadataHost: "x",
      });
      assert.deepEqual(failures.map(({ property }) => property).sort(), [
        "metadataHost",
        "subscriptionId",
      ]);
    });
  });

  describe("diff", () => {
    it("finds nothing between equal inputs, whatever Azure answered", async () => {
      const inputs = { vaultName: "kv-x", properties: { sku: { name: "standard" } } };
      const { changes, detailedDiff } = await diff("keyvault:Vault", inputs, inputs, { a: 1 });
      assert.deepEqual({ changes, detailedDiff }, { changes: "none", detailedDiff: {} });
    });

    it("names changed inputs by their paths", async () => {
      const { changes, replaces, diffs, detailedDiff } = await diff(
        "keyvault:Secret",
        {
          secretName: "s",
          properties: { value: new Secret("a"), contentType: "x" },
          tags: { a: "1" },
        },
        { secretName: "s", properties: { value: new Secret("b") }, tags: { a: "1", b: "2" } },
      );
      assert.equal(changes, "some");
      assert.deepEqual(replaces, []);
      assert.deepEqual([...diffs].sort(), ["properties", "tags"]);
      assert.deepEqual(detailedDiff, {
        "properties.value": "update (input)",
        "properties.contentType": "delete (input)",
        "tags.b": "add (input)",
      });
    });

    const replacements: [type: string, property: string, before: Properties, after: Properties][] =
      [
        ["keyvault:Secret", "secretName", { secretName: "a" }, { secretName: "b" }],
        ["resources:ResourceGroup", "location", { location: "a" }, { location: "b" }],
        ["authorization:RoleAssignment", "principalId", { principalId: "a" }, { principalId: "b" }],
        ["containerservice:ManagedCluster", "dnsPrefix", { dnsPrefix: "a" }, { dnsPrefix: "b" }],
        [
          "containerservice:ManagedCluster",
          "networkProfile.networkPolicy",
          { networkProfile: { networkPolicy: "azure" } },
          { networkProfile: { networkPolicy: "cilium" } },
        ],
        ["network:PublicIPAddress", "sku.name", { sku: { name: "a" } }, { sku: { name: "b" } }],
        ["network:VirtualNetwork", "location", { location: "a" }, { location: "b" }],
        ["network:PrivateEndpoint", "subnet.id", { subnet: { id: "a" } }, { subnet: { id: "b" } }],
        ["privatedns:PrivateZone", "location", { location: "a" }, { location: "b" }],
        ["containerregistry:Registry", "location", { location: "a" }, { location: "b" }],
        [
          "dbforpostgresql:Server",
          "administratorLogin",
          { administratorLogin: "a" },
          { administratorLogin: "b" },
        ],
      ];
    for (const [type, property, before, after] of replacements) {
      it(`replaces ${type} when ${property} changes`, async () => {
        const { replaces, deleteBeforeReplace } = await diff(type, before, after);
        assert.deepEqual(replaces, [property]);
        assert.equal(deleteBeforeReplace, true);
      });
    }

    it("creates before it deletes where the name was made up", async () => {
      const own = { __createBeforeDelete: true };
      const { replaces, deleteBeforeReplace } = await diff(
        "resources:ResourceGroup",
        { ...own, location: "a" },
        { ...own, location: "b" },
      );
      assert.deepEqual(
        { replaces, deleteBeforeReplace },
        { replaces: ["location"], deleteBeforeReplace: false },
      );
    });

    it("changes zones of network resources in place, which Azure then refuses", async () => {
      for (const type of ["PublicIPAddress", "NatGateway", "ApplicationGateway"]) {
        const { changes, replaces } = await diff(
          `network:${type}`,
          { zones: ["1"] },
          { zones: ["2"] },
        );
        assert.deepEqual([changes, replaces], ["some", []]);
      }
    });

    it("changes the administrator's password, the size and the tags of a server in place", async () => {
      const { replaces } = await diff(
        "dbforpostgresql:Server",
        { administratorLoginPassword: "a", sku: { name: "a" }, tags: {} },
        { administratorLoginPassword: "b", sku: { name: "b" }, tags: { a: "1" } },
      );
      assert.deepEqual(replaces, []);
    });

    it("does not mind how a location is spelt", async () => {
      const { changes } = await diff(
        "resources:ResourceGroup",
        { location: "West Europe" },
        { location: "westeurope" },
      );
      assert.equal(changes, "none");
    });
  });

  describe("a preview", () => {
    it("knows what the inputs say, and nothing that only Azure can answer", async () => {
      const { id, outputs } = await bench.provider.create({
        ...called("keyvault:Vault"),
        inputs: await bench.check("keyvault:Vault", {
          resourceGroupName: GROUP,
          vaultName: "kv-preview",
          properties: { tenantId: "t", sku: { family: "A", name: "standard" } },
        }),
        preview: true,
        timeout: 0,
      });
      const properties = outputs["properties"] as Properties;
      assert.equal(id, "");
      assert.equal(outputs["name"], UNKNOWN);
      assert.equal(properties["tenantId"], "t");
      assert.equal(properties["vaultUri"], UNKNOWN);
      assert.equal(bench.cloud.vault("kv-preview"), undefined);
    });

    it("of an update keeps name and location, and forgets every other answer", async () => {
      const group = await bench.create("resources:ResourceGroup", {
        resourceGroupName: "previewed",
      });
      const outputs = await bench.update(
        "resources:ResourceGroup",
        group,
        { resourceGroupName: "previewed", tags: { a: "1" } },
        true,
      );
      assert.equal(outputs["name"], "previewed");
      assert.equal(outputs["location"], "westeurope");
      assert.equal(outputs["properties"], UNKNOWN);
    });
  });

  describe("read", () => {
    it("finds what changed behind the program's back, and leaves the other inputs alone", async () => {
      const type = "resources:ResourceGroup";
      const group = await bench.create(type, { resourceGroupName: "read", tags: { a: "1" } });
      bench.cloud.resources.amend(group.id, { tags: { a: "2" } });
      const found = await bench.provider.read({
        ...called(type),
        id: group.id.toUpperCase(),
        inputs: group.inputs,
        state: group.outputs,
      });
      assert.deepEqual(found?.inputs, { ...group.inputs, tags: { a: "2" } });
    });

    it("makes inputs from the id and the answer for an import", async () => {
      const type = "managedidentity:UserAssignedIdentity";
      const { id } = await bench.identity("imported");
      const found = await bench.provider.read({ ...called(type), id, inputs: {}, state: {} });
      assert.deepEqual(found?.inputs, {
        resourceGroupName: GROUP,
        resourceName: "imported",
        location: "westeurope",
      });
    });

    it("says of what is gone that it is gone", async () => {
      const type = "resources:ResourceGroup";
      const group = await bench.create(type, { resourceGroupName: "gone" });
      await bench.delete(type, group);
      await bench.delete(type, group);
      const call = { ...called(type), id: group.id, inputs: {}, state: {} };
      assert.equal(await bench.provider.read(call), undefined);
    });
  });

  it("says who it works for", async () => {
    const { tenantId, subscriptionId, deployer } = bench.cloud;
    assert.deepEqual(
      await bench.provider.invoke("azure-native:authorization:getClientConfig", {}),
      {
        tenantId,
        subscriptionId,
        objectId: deployer.objectId,
        clientId: deployer.clientId,
      },
    );
  });
});
