import * as assert from "node:assert/strict";
import * as ipaddr from "ipaddr.js";
import { stringify } from "yaml";
import type { Registration } from "../../../mocks/mocks";
import { runProgram } from "../../../mocks/program";
import { registeredResources } from "../../support/stacks";
import { at, list, text, words } from "../../../policy/rules/values";

/** Shows which traffic is asked for, not that Cilium lets that through and nothing else. */
describe("The namespace of the application", function () {
  this.timeout(60_000);

  it("denies its pods all traffic, but for five kinds", async () => {
    const policies = (await registeredResources("prod")).filter(({ type }) =>
      type.endsWith(":NetworkPolicy"),
    );
    const traffic = policies.flatMap(({ props }) => {
      const ways = words(at(props, "spec.policyTypes")).flatMap((way) => {
        const rules = list(at(props, `spec.${way.toLowerCase()}`));
        return rules.map((rule) => {
          const peers = list(rule[way === "Ingress" ? "from" : "to"]);
          const who = peers.map((peer) =>
            text(at(peer, "ipBlock.cidr") ?? at(peer, "podSelector.matchLabels.k8s-app")),
          );
          const ports = list(rule["ports"]).map(
            ({ port, protocol }) => `${String(protocol)} ${String(port)}`,
          );
          return `${way} ${who.join() || "anywhere"} ${ports.join()}`;
        });
      });
      return ways.length === 0 ? [stringify(at(props, "spec"))] : ways;
    });
    assert.deepEqual(traffic.sort(), [
      "Egress 10.60.9.0/27 TCP 5432",
      "Egress 203.0.113.10/32 TCP 443",
      "Egress anywhere TCP 443",
      "Egress anywhere UDP 53,TCP 53",
      "Ingress 10.60.8.0/24 TCP 8080",
      "podSelector: {}\npolicyTypes:\n  - Ingress\n  - Egress\n",
    ]);
  });

  it("lets only proofs that ask the API server out to any address, but for names", async () => {
    const wide = (await registeredResources("prod"))
      .filter(({ type }) => type.endsWith(":NetworkPolicy"))
      .filter(({ props }) =>
        list(at(props, "spec.egress")).some(
          ({ to, ports }) => to === undefined && list(ports).some(({ port }) => port !== 53),
        ),
      );
    assert.deepEqual(
      wide.map(({ props }) => at(props, "spec.podSelector.matchLabels")),
      [{ "rotation/asks-cluster": "true" }],
    );
  });

  it("lets proofs that ask the gateway reach its address, or what is asked in its place", async () => {
    const reached = async (config: Record<string, string>) => {
      const { program } = await runProgram("prod", config);
      const { inputs } = program.find(
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "application-proofs-to-gateway",
      );
      const [rule] = list(at(inputs, "spec.egress"));
      assert.deepEqual(at(inputs, "spec.podSelector.matchLabels"), {
        "rotation/asks-gateway": "true",
      });
      assert.deepEqual(rule?.["ports"], [{ port: 443, protocol: "TCP" }]);
      return list(rule["to"]).map((peer) => peer["ipBlock"]);
    };
    const [gateway] = (await reached({})) as { cidr: string }[];
    assert.match(gateway!.cidr, /^\d+\.\d+\.\d+\.\d+\/32$/);
    const elsewhere = { stageRanges: "147.243.0.0/16" };
    assert.deepEqual(await reached({ ...elsewhere, proofAddress: "10.1.2.3" }), [
      { cidr: "10.1.2.3/32" },
    ]);
    // Vault, database and registry are reached by their private endpoints.
    assert.deepEqual(await reached({ ...elsewhere, proofAddress: "app.azurefd.net" }), [
      { cidr: "0.0.0.0/0", except: ["10.60.9.0/27"] },
    ]);
  });

  it("lets pods ask for names on their node too, where AKS's LocalDNS listens", async () => {
    const policies = await egressOfAll("prod");
    for (const protocol of ["UDP", "TCP"]) {
      assert.ok(admits(policies, { host: true }, { port: 53, protocol }), protocol);
      assert.ok(admits(policies, { address: "169.254.10.11" }, { port: 53, protocol }), protocol);
    }
    assert.ok(!admits(policies, { host: true }, { port: 10250, protocol: "TCP" }));
  });

  it("opens the destinations that the configuration names, each on its port only", async () => {
    const { program } = await runProgram("prod", { egress: "10.20.0.0/24:6379,20.50.0.7/32:4317" });
    const policies = egressIn(program.registrations);
    const open = (address: string, port: number) =>
      admits(policies, { address }, { port, protocol: "TCP" });
    assert.deepEqual(
      [open("10.20.0.9", 6379), open("20.50.0.7", 4317), open("10.20.0.9", 4317)],
      [true, true, false],
    );
    assert.ok(!open("20.50.0.8", 4317));
    const closed = await egressOfAll("prod");
    assert.ok(!admits(closed, { address: "10.20.0.9" }, { port: 6379, protocol: "TCP" }));
  });
});

type Rules = readonly Record<string, unknown>[];

async function egressOfAll(stack: string): Promise<Rules> {
  return egressOf(await registeredResources(stack));
}

function egressIn(registrations: readonly Registration[]): Rules {
  return egressOf(registrations.map(({ type, inputs }) => ({ type, props: inputs })));
}

/** What policies for every pod let out. */
function egressOf(resources: readonly { type: string; props: Record<string, unknown> }[]): Rules {
  return resources
    .filter(({ type }) => type.endsWith(":NetworkPolicy"))
    .filter(({ props }) => Object.keys(at(props, "spec.podSelector") as object).length === 0)
    .flatMap(({ props }) => list(at(props, "spec.egress")));
}

/**
 * As Cilium judges: a node is the host and no range matches it ("Azure CNI Powered by Cilium",
 * limitations), so only a rule without destinations lets a pod reach what listens there.
 */
function admits(
  rules: Rules,
  to: { host: true } | { address: string },
  { port, protocol }: { port: number; protocol: string },
): boolean {
  return rules.some((rule) => {
    const fits = list(rule["ports"]).some((p) => p["port"] === port && p["protocol"] === protocol);
    const peers = list(rule["to"]);
    const reaches =
      rule["to"] === undefined ||
      ("address" in to &&
        peers.some((peer) => {
          const range = at(peer, "ipBlock.cidr");
          return (
            typeof range === "string" &&
            ipaddr.IPv4.parse(to.address).match(ipaddr.IPv4.parseCIDR(range))
          );
        }));
    return fits && reaches;
  });
}
