import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { CERTIFICATE_ID } from "../../../components/platform/certificate";
import { DEFAULT_HOSTS, makeGiven } from "../../../twin/azure/given";
import { AzureBench } from "../../support/azureCloud";

describe("what exists before the program", () => {
  let bench: AzureBench;
  let config: Record<string, string>;

  before(async () => {
    bench = await AzureBench.start();
    await makeGiven(bench.cloud, DEFAULT_HOSTS);
    const stack = parse(readFileSync("stacks/Pulumi.rehearsal.yaml", "utf8")) as {
      config: Record<string, string>;
    };
    config = stack.config;
  });

  after(() => bench.stop());

  it("is what the stack of the rehearsal names", () => {
    assert.ok(bench.cloud.resources.find(config["rotation:runnerNetwork"]!));
    assert.ok(bench.cloud.resources.find(config["rotation:certificate"]!));
    assert.match(config["rotation:certificate"]!, CERTIFICATE_ID);
  });

  it("has a certificate of the twin's authority for every host of that stack", () => {
    const { value } = bench.cloud
      .vault("shared-certificates")!
      .service.secrets.get("rehearsal", "");
    const certificate = new X509Certificate(value.slice(value.indexOf("-----BEGIN CERTIFICATE")));
    for (const key of ["productionHost", "stageBlueHost", "stageGreenHost"]) {
      const host = config[`rotation:${key}`]!;
      assert.equal(certificate.checkHost(host), host);
    }
    const root = new X509Certificate(bench.cloud.world.authority.certificate);
    assert.ok(certificate.verify(root.publicKey));
  });

  it("does not answer with the certificate's key", () => {
    const secret = bench.cloud.resources.find(config["rotation:certificate"]!);
    assert.doesNotMatch(JSON.stringify(secret?.outputs), /PRIVATE KEY/);
  });
});
