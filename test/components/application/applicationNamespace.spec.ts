import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { registeredResources } from "../../support/stacks";
import { at, list, text, words } from "../../../policy/rules/values";

/** Shows which traffic is asked for, not that Cilium lets that through and nothing else. */
describe("The namespace of the application", function () {
  this.timeout(60_000);

  it("denies its pods all traffic, but for four kinds", async () => {
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
      "Egress anywhere TCP 443",
      "Egress kube-dns UDP 53,TCP 53",
      "Ingress 10.60.8.0/24 TCP 8080",
      "podSelector: {}\npolicyTypes:\n  - Ingress\n  - Egress\n",
    ]);
  });

  it("lets only pods of Jobs out to any address", async () => {
    const wide = (await registeredResources("prod"))
      .filter(({ type }) => type.endsWith(":NetworkPolicy"))
      .filter(({ props }) => list(at(props, "spec.egress")).some(({ to }) => to === undefined));
    assert.deepEqual(
      wide.map(({ props }) => at(props, "spec.podSelector.matchExpressions")),
      [[{ key: "batch.kubernetes.io/job-name", operator: "Exists" }]],
    );
  });
});
