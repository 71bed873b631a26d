import * as assert from "node:assert/strict";
import type { SecretRequest } from "../../../../twin/world/contracts";
import { Secret, type Properties } from "../../../../twin/plugin/provider";
import { AzureBench, GROUP, textOf } from "../../../support/azureCloud";
import { GoodInputs, makePlatform, ROLE } from "../../../support/azurePlatform";

const SECRET = "keyvault:Secret";

describe("vault secrets in the twin", () => {
  let bench: AzureBench;
  let issuer: string;

  before(async () => {
    bench = await AzureBench.start();
    const { cluster } = await makePlatform(bench, new GoodInputs(bench.cloud.subscriptionId));
    issuer = (cluster.outputs["oidcIssuerProfile"] as { issuerURL: string }).issuerURL;
    await bench.vault("kv-app");
  });

  after(() => bench.stop());

  const inputs = (
    secretName: string,
    properties: Properties,
    tags: Properties = {},
  ): Properties => ({
    resourceGroupName: GROUP,
    vaultName: "kv-app",
    secretName,
    properties,
    tags,
  });

  /** The version that the outputs of a secret name. */
  function versionOf(outputs: Properties): string {
    const { secretUriWithVersion } = outputs["properties"] as { secretUriWithVersion: string };
    return secretUriWithVersion.split("/").at(-1)!;
  }

  const store = () => bench.cloud.vault("kv-app")!.service.secrets;

  describe("written through the control plane", () => {
    it("have a version of 32 hexadecimal digits in an address of the vault, and no value", async () => {
      const value = new Secret("hidden-value");
      const { outputs } = await bench.create(
        SECRET,
        inputs("plain", { value, contentType: "text" }),
      );
      const properties = outputs["properties"] as Properties;
      const uri = `${bench.cloud.vault("kv-app")!.service.uri}secrets/plain`;
      assert.equal(properties["secretUri"], uri);
      assert.match(textOf(properties["secretUriWithVersion"]), new RegExp(`^${uri}/[0-9a-f]{32}$`));
      assert.equal(JSON.stringify(outputs).includes("hidden-value"), false);
    });

    it("keep their version when nothing or only attributes and tags change", async () => {
      const made = await bench.create(SECRET, inputs("kept", { value: "a" }));
      const same = await bench.update(SECRET, made, inputs("kept", { value: "a" }));
      const change = { value: "a", attributes: { enabled: false, expires: 2_000_000_000 } };
      const changed = await bench.update(SECRET, made, inputs("kept", change, { slot: "blue" }));
      assert.deepEqual(
        [versionOf(same), versionOf(changed)],
        Array(2).fill(versionOf(made.outputs)),
      );
      assert.equal(store().versions("kept").length, 1);
      assert.deepEqual(store().find("kept", "").tags, { slot: "blue" });
      assert.equal(store().find("kept", "").attributes.enabled, false);
    });

    it("get a new version with a new value, and keep the old one", async () => {
      const made = await bench.create(SECRET, inputs("turned", { value: "a" }));
      const turned = await bench.update(SECRET, made, inputs("turned", { value: "b" }));
      assert.notEqual(versionOf(turned), versionOf(made.outputs));
      assert.deepEqual(
        store()
          .versions("turned")
          .map(({ value }) => value),
        ["a", "b"],
      );
    });

    it("get a new version with other attributes too, where the vault is told to", async () => {
      const active = { value: "a", attributes: { enabled: true } };
      const made = await bench.create(SECRET, inputs("attributes", active));
      store().attributesMakeVersions = true;
      const same = await bench.update(SECRET, made, inputs("attributes", active));
      const shut = { value: "a", attributes: { enabled: false } };
      const written = await bench.update(SECRET, made, inputs("attributes", shut));
      store().attributesMakeVersions = false;
      assert.equal(versionOf(same), versionOf(made.outputs));
      assert.notEqual(versionOf(written), versionOf(made.outputs));
      assert.deepEqual(
        store()
          .versions("attributes")
          .map(({ value, attributes }) => [value, attributes.enabled]),
        [
          ["a", true],
          ["a", false],
        ],
      );
    });

    it("cannot be made without a value", async () => {
      await assert.rejects(bench.create(SECRET, inputs("empty", {})), /needs a properties\.value/);
    });

    it("can be deleted only by somebody with a role in the vault, who then can make them anew", async () => {
      const made = await bench.create(SECRET, inputs("deleted", { value: "a" }));
      await assert.rejects(bench.delete(SECRET, made), /ForbiddenByRbac.*secrets\/delete/s);
      const { id } = bench.cloud.vault("kv-app")!;
      const { objectId } = bench.cloud.deployer;
      const grant = await bench.grant(objectId, ROLE.secretsOfficer, id);
      await bench.delete(SECRET, made);
      assert.ok(store().isDeleted("deleted"));
      const again = await bench.create(SECRET, inputs("deleted", { value: "b" }));
      assert.equal(store().versions("deleted").length, 2);
      assert.notEqual(versionOf(again.outputs), versionOf(made.outputs));
      await bench.delete("authorization:RoleAssignment", grant);
    });

    it("are written in the end when the vault throttles a little, and refused when it goes on", async () => {
      const { service } = bench.cloud.vault("kv-app")!;
      service.fail(429, 3);
      await bench.create(SECRET, inputs("throttled", { value: "a" }));
      service.fail(503, 4);
      await assert.rejects(bench.create(SECRET, inputs("broken", { value: "a" })), /Status=503/);
      service.fail(403, 1);
      await assert.rejects(bench.create(SECRET, inputs("refused", { value: "a" })), /Status=403/);
    });
  });

  describe("mounted by pods", () => {
    let request: SecretRequest;

    before(async () => {
      const identity = await bench.identity("id-blue");
      const { principalId, clientId } = identity.outputs as {
        principalId: string;
        clientId: string;
      };
      const { id } = await bench.create(SECRET, inputs("app-blue", { value: "first" }));
      await bench.create(SECRET, inputs("app-green", { value: "other" }));
      await bench.create("managedidentity:FederatedIdentityCredential", {
        resourceGroupName: GROUP,
        resourceName: "id-blue",
        federatedIdentityCredentialResourceName: "blue",
        issuer,
        subject: "system:serviceaccount:app:app-blue",
        audiences: ["api://AzureADTokenExchange"],
      });
      await bench.grant(principalId, ROLE.secretsUser, id);
      request = {
        issuer,
        subject: "system:serviceaccount:app:app-blue",
        clientId,
        tenantId: bench.cloud.tenantId,
        vaultName: "kv-app",
        secretName: "app-blue",
        version: "",
      };
    });

    it("are read in exactly the version that is asked for", async () => {
      const first = await bench.cloud.read(request);
      assert.equal(first.value, "first");
      store().set("app-blue", { value: "second", attributes: { enabled: true }, tags: {} });
      assert.equal((await bench.cloud.read(request)).value, "second");
      assert.deepEqual(await bench.cloud.read({ ...request, version: first.version }), first);
    });

    it("leave a trace in the journal without the value", async () => {
      await bench.cloud.read(request);
      const entry = bench.journal.findLast(({ event }) => event === "secret read");
      assert.equal(entry?.detail["subject"], request.subject);
      assert.equal(JSON.stringify(bench.journal).includes("second"), false);
    });

    const refusals: [what: string, change: Partial<SecretRequest>, error: RegExp][] = [
      [
        "another service account",
        { subject: "system:serviceaccount:app:other" },
        /AADSTS700213.*app:other/,
      ],
      ["another cluster", { issuer: "https://other.example/" }, /AADSTS700211.*other\.example/],
      ["an unknown identity", { clientId: "11111111-1111-1111-1111-111111111111" }, /AADSTS700016/],
      ["another tenant", { tenantId: "11111111-1111-1111-1111-111111111111" }, /AADSTS90002/],
      ["another slot's secret", { secretName: "app-green" }, /RESPONSE 403.*ForbiddenByRbac/s],
      [
        "a version that does not exist",
        { version: "0".repeat(32) },
        /RESPONSE 404.*SecretNotFound/s,
      ],
      [
        "a vault that does not exist",
        { vaultName: "kv-none" },
        /kv-none\.vault\.azure\.net: no such host/,
      ],
    ];
    for (const [what, change, error] of refusals) {
      it(`are refused to ${what}`, async () => {
        await assert.rejects(bench.cloud.read({ ...request, ...change }), error);
      });
    }

    it("are refused when they are disabled", async () => {
      store().update("app-blue", "", { attributes: { enabled: false } });
      await assert.rejects(bench.cloud.read(request), /RESPONSE 403.*SecretDisabled/s);
      store().update("app-blue", "", { attributes: { enabled: true } });
    });

    it("are refused before their time", async () => {
      store().update("app-blue", "", { attributes: { enabled: true, notBefore: 4_000_000_000 } });
      await assert.rejects(bench.cloud.read(request), /SecretNotYetValid/);
      store().update("app-blue", "", { attributes: { enabled: true } });
    });

    it("are refused while the vault fails", async () => {
      bench.cloud.vault("kv-app")!.service.fail(429, 1);
      await assert.rejects(bench.cloud.read(request), /RESPONSE 429/);
      await bench.cloud.read(request);
    });

    it("are mounted while only writing fails, and the other way round", async () => {
      const { service } = bench.cloud.vault("kv-app")!;
      service.fail(403, 1, "management");
      service.fail(503, 2, "data");
      await assert.rejects(bench.cloud.read(request), /RESPONSE 503/);
      await assert.rejects(bench.create(SECRET, inputs("apart", { value: "a" })), /Status=403/);
      await bench.create(SECRET, inputs("apart", { value: "a" }));
      service.mend();
      await bench.cloud.read(request);
    });
  });
});
