import * as assert from "node:assert/strict";
import type { Properties } from "../../../../twin/plugin/provider";
import { AzureBench, called } from "../../../support/azureCloud";
import { GoodInputs, makePlatform } from "../../../support/azurePlatform";

const GATEWAY = "network:ApplicationGateway";
const WRITTEN = {
  listeners: [
    { name: "fl-https", host: "app.test", port: 443, certificate: "production" },
    { name: "fl-http", host: "app.test", port: 80, certificate: undefined },
  ],
  rules: [
    { name: "rr-https", listener: "fl-https", pool: "pool-blue", settings: "bp-blue" },
    { name: "rr-http", listener: "fl-http", redirect: "sslr-https" },
  ],
  redirects: [{ name: "sslr-https", target: "fl-https" }],
  pools: [{ name: "pool-blue", members: [{ address: "10.244.0.7", port: 8080 }] }],
  settings: [
    { name: "bp-blue", probe: "pb-blue", requestTimeoutSeconds: 30, drainingSeconds: undefined },
  ],
  probes: [
    {
      name: "pb-blue",
      host: "app.test",
      path: "/ready",
      intervalSeconds: 5,
      timeoutSeconds: 5,
      unhealthyThreshold: 3,
      statusCodes: ["200-399"],
    },
  ],
} as const;

describe("what the ingress controller writes to a gateway", () => {
  let bench: AzureBench;
  let gateway: { id: string; inputs: Properties; outputs: Properties };

  before(async () => {
    bench = await AzureBench.start();
    ({ gateway } = await makePlatform(bench, new GoodInputs(bench.cloud.subscriptionId)));
  });

  after(() => bench.stop());

  async function read() {
    return (await bench.provider.read({
      ...called(GATEWAY),
      id: gateway.id,
      inputs: gateway.inputs,
      state: gateway.outputs,
    }))!;
  }

  it("is not there before it has written", async () => {
    const { inputs, outputs } = await read();
    assert.deepEqual(inputs, gateway.inputs);
    assert.deepEqual(outputs["backendAddressPools"], gateway.outputs["backendAddressPools"]);
  });

  it("is what a Read answers, in the collections that the controller owns and no others", async () => {
    Object.assign(bench.neighbours.gatewayConfiguration, WRITTEN);
    const { inputs, outputs } = await read();
    const changed = Object.keys(inputs).filter((key) => {
      return JSON.stringify(inputs[key]) !== JSON.stringify(gateway.inputs[key]);
    });
    assert.deepEqual(changed.sort(), [
      "backendAddressPools",
      "backendHttpSettingsCollection",
      "frontendPorts",
      "httpListeners",
      "probes",
      "redirectConfigurations",
      "requestRoutingRules",
      "tags",
    ]);
    const [pool] = outputs["backendAddressPools"] as [Properties];
    assert.deepEqual(pool["backendAddresses"], [{ ipAddress: "10.244.0.7" }]);
    const [settings] = outputs["backendHttpSettingsCollection"] as [Properties];
    assert.equal(settings["port"], 8080);
    const [https] = outputs["httpListeners"] as [Properties];
    assert.deepEqual(https["sslCertificate"], { id: `${gateway.id}/sslCertificates/production` });
    const rules = outputs["requestRoutingRules"] as Properties[];
    assert.deepEqual(
      rules.map(({ name }) => name),
      ["rr-https", "rr-http"],
    );
    assert.match(JSON.stringify(outputs["tags"]), /managed-by-k8s-ingress/);
  });
});
