import * as assert from "node:assert/strict";
import { at, names, ofType, text } from "../../policy/rules/values";
import { registeredResources, STACKS } from "../support/stacks";
import {
  type Access,
  accessOf,
  isWellFormed,
  opensAllPorts,
  type Packet,
  rulesOf,
  type SecurityRule,
} from "./packetFilter";

const GROUP = "azure-native:network:NetworkSecurityGroup";
const SUBNET = "azure-native:network:Subnet";
const PEERING = "azure-native:network:VirtualNetworkPeering";

const PROTOCOLS = ["Tcp", "Udp"] as const;

/** A subnet, and what filters its packets. */
interface Part {
  readonly range: string;
  readonly rules: readonly SecurityRule[];
}

interface Parts {
  readonly gateway: Part;
  readonly nodes: Part;
  readonly endpoints: Part;
  /** Whether whoever deploys comes from a network that is peered. */
  readonly peered: boolean;
}

async function partsOf(stack: string): Promise<Parts> {
  const all = await registeredResources(stack);
  const part = (type: string, path: string): Part => {
    const [id, ...others] = new Set(ofType(all, type).map(({ props }) => at(props, path)));
    const subnet = ofType(all, SUBNET).find((each) => names(id, each));
    const group = ofType(all, GROUP).find((each) =>
      names(at(subnet?.props, "networkSecurityGroup.id"), each),
    );
    assert.ok(subnet && group && others.length === 0, `${stack}: ${type} in ${text(id)}`);
    return { range: text(subnet.props["addressPrefix"]), rules: rulesOf(group.props) };
  };
  return {
    gateway: part(
      "azure-native:network:ApplicationGateway",
      "gatewayIPConfigurations[0].subnet.id",
    ),
    nodes: part(
      "azure-native:containerservice:ManagedCluster",
      "agentPoolProfiles[0].vnetSubnetID",
    ),
    endpoints: part("azure-native:network:PrivateEndpoint", "subnet.id"),
    peered: ofType(all, PEERING).length > 0,
  };
}

function inbound(from: string, to: Part, port: number, protocol: Packet["protocol"] = "Tcp") {
  return { direction: "Inbound", from, to: to.range, port, protocol } as const;
}

function outbound(to: string, port: number, protocol: Packet["protocol"] = "Tcp") {
  return { direction: "Outbound", from: "VirtualNetwork", to, port, protocol } as const;
}

function assertAccess(
  { rules }: Part,
  expected: readonly (readonly [packet: Packet, access: Access])[],
): void {
  for (const [packet, access] of expected) {
    assert.equal(accessOf(rules, packet), access, JSON.stringify(packet));
  }
}

/** Proves what the security groups let through as Azure reads them, not that Azure filters. */
describe("The security groups of every stack", function () {
  this.timeout(60_000);
  const stacks: Parts[] = [];
  const groups = () =>
    stacks.flatMap(({ gateway, nodes, endpoints }) => [gateway, nodes, endpoints]);

  before(async () => {
    for (const [stack] of STACKS) {
      stacks.push(await partsOf(stack));
    }
  });

  it("have rules that Azure takes, each of which names what it means", () => {
    for (const { rules } of groups()) {
      assert.deepEqual(
        rules.filter((rule) => !isWellFormed(rule)),
        [],
      );
    }
  });

  it("open every port to Azure's load balancer only", () => {
    for (const { rules } of groups()) {
      assert.deepEqual(rules.filter(opensAllPorts), []);
    }
  });

  it("let nobody log in on another machine of the network, and all else out", () => {
    for (const group of groups()) {
      assertAccess(group, [
        ...[22, 3389].flatMap((port) =>
          PROTOCOLS.map(
            (protocol) => [outbound("VirtualNetwork", port, protocol), "Deny"] as const,
          ),
        ),
        [outbound("VirtualNetwork", 5432), "Allow"],
        [outbound("Internet", 443), "Allow"],
      ]);
    }
  });

  it("let clients reach the gateway on two ports, what manages it on its own, and nobody else", () => {
    for (const { gateway } of stacks) {
      assertAccess(gateway, [
        ...[80, 443].map((port) => [inbound("Internet", gateway, port), "Allow"] as const),
        ...[22, 5432, 8080, 65200].map(
          (port) => [inbound("Internet", gateway, port), "Deny"] as const,
        ),
        [inbound("Internet", gateway, 443, "Udp"), "Deny"],
        [inbound("GatewayManager", gateway, 65200), "Allow"],
        [inbound("GatewayManager", gateway, 65535), "Allow"],
        [inbound("GatewayManager", gateway, 443), "Deny"],
        ...PROTOCOLS.flatMap(
          (protocol) =>
            [
              [inbound("AzureLoadBalancer", gateway, 1, protocol), "Allow"],
              [inbound("VirtualNetwork", gateway, 8080, protocol), "Deny"],
            ] as const,
        ),
      ]);
    }
  });

  it("let nodes, and from a peered network whoever deploys, reach private endpoints on two ports", () => {
    for (const { gateway, nodes, endpoints, peered } of stacks) {
      assertAccess(endpoints, [
        ...[443, 5432].flatMap(
          (port) =>
            [
              [inbound(nodes.range, endpoints, port), "Allow"],
              [inbound("VirtualNetwork", endpoints, port), peered ? "Allow" : "Deny"],
              [inbound(gateway.range, endpoints, port), "Deny"],
              [inbound(gateway.range, endpoints, port, "Udp"), "Deny"],
              [inbound("Internet", endpoints, port), "Deny"],
            ] as const,
        ),
        ...PROTOCOLS.flatMap((protocol) =>
          [nodes.range, gateway.range, "VirtualNetwork"].map(
            (from) => [inbound(from, endpoints, 80, protocol), "Deny"] as const,
          ),
        ),
      ]);
    }
    assert.deepEqual(
      stacks.map(({ peered }) => peered),
      [false, true, true],
    );
  });
});

describe("The packet filter", () => {
  const rule = (properties: SecurityRule): SecurityRule => ({
    name: "rule",
    priority: 200,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "Internet",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRanges: ["443", "8000-8100"],
    ...properties,
  });
  const packet: Packet = {
    direction: "Inbound",
    from: "Internet",
    to: "10.0.0.0/24",
    port: 8080,
    protocol: "Tcp",
  };

  it("lets a packet through that a rule matches, and no other one from outside", () => {
    assert.equal(accessOf([rule({})], packet), "Allow");
    for (const other of [
      { port: 7999 },
      { protocol: "Udp" },
      { from: "GatewayManager" },
      { direction: "Outbound" },
    ] as const) {
      assert.equal(accessOf([rule({})], { ...packet, ...other }), "Deny", JSON.stringify(other));
    }
  });

  it("lets the rule of the smallest number decide, wherever it stands", () => {
    const deny = rule({ access: "Deny", destinationPortRanges: ["*"] });
    assert.equal(accessOf([rule({}), { ...deny, priority: 100 }], packet), "Deny");
    assert.equal(accessOf([{ ...deny, priority: 4096 }, rule({})], packet), "Allow");
  });

  it("knows Azure's own rules: what is within the network passes, and all goes out", () => {
    assert.equal(accessOf([], { ...packet, from: "10.0.1.0/24" }), "Allow");
    assert.equal(accessOf([], { ...packet, from: "AzureLoadBalancer" }), "Allow");
    assert.equal(accessOf([], packet), "Deny");
    const { to: from } = packet;
    assert.equal(accessOf([], { ...packet, direction: "Outbound", from, to: "Internet" }), "Allow");
  });

  it("tells a rule that Azure refuses or that is wider than it says", () => {
    assert.ok(isWellFormed(rule({})));
    for (const wrong of [
      { priority: 1 },
      { protocol: "tcp" },
      { sourceAddressPrefix: "0.0.0.0/0" },
      { sourcePortRange: "1024" },
      { destinationPortRanges: [] },
      { destinationPortRanges: ["http"] },
    ]) {
      assert.ok(!isWellFormed(rule(wrong)), JSON.stringify(wrong));
    }
    assert.ok(opensAllPorts(rule({ destinationPortRanges: ["*"] })));
    assert.ok(!opensAllPorts(rule({ access: "Deny", destinationPortRanges: ["*"] })));
  });
});
