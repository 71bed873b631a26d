import { GIVEN } from "../../../../twin/azure/given";
import {
  type Case,
  ELSEWHERE,
  given,
  GROUP_NAME,
  LOCATION,
  RUNNERS,
  SUBSCRIPTION,
  withGateway,
} from "./case";

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

export const REACH_CASES: readonly Case[] = [
  {
    title: "a host that leads elsewhere than to the gateway",
    make: async (bench) => ({
      ...(await withGateway(bench)),
      made: ["platform"],
      asking: { resolve: () => Promise.resolve([ELSEWHERE]) },
    }),
    what: "DNS of app.example.com",
    why: /^it resolves to 203\.0\.113\.99, but the gateway is at \d/,
    help: [
      /^az network dns record-set a add-record .* "\$\(pulumi stack output gatewayAddress\)"$/,
    ],
  },
  {
    title: "a host that nobody knows once there is a gateway",
    make: async (bench) => ({ ...(await withGateway(bench)), made: ["platform"] }),
    what: "DNS of green.app.example.com",
    why: /^it does not resolve, but the gateway is at \d/,
    help: [/^az network dns record-set a add-record /],
  },
  {
    title: "a DNS that does not answer",
    make: () => ({ asking: { resolve: failing("ESERVFAIL") } }),
    state: "could not ask",
    what: "DNS of app.example.com",
    why: /no answer from this machine's DNS \(ESERVFAIL\)/,
    help: [/^nslookup app\.example\.com$/],
  },
  {
    title: "a DNS that takes too long",
    make: async (bench) => ({
      ...(await withGateway(bench)),
      made: ["platform"],
      asking: { resolve: failing("ETIMEOUT") },
    }),
    state: "could not ask",
    what: "DNS of app.example.com",
    why: /no answer from this machine's DNS \(ETIMEOUT\)/,
    help: [/^nslookup app\.example\.com$/],
  },
  {
    title: "no network of the runners",
    make: () => ({ instead: { "virtualNetworks/runners": "virtualNetworks/others" } }),
    what: "runners' network",
    why: /\/virtualNetworks\/others does not exist$/,
    help: [
      /^az network vnet list /,
      /^az network vnet create --resource-group <group> --name others --address-prefixes <range> /,
      /^pulumi config set rotation:runnerNetwork /,
    ],
  },
  {
    title: "a network of the runners with addresses of ours",
    make: () => ({ instead: { "10.60.0.0/16": "10.200.128.0/17" } }),
    what: "runners' network",
    why: /^10\.200\.0\.0\/16 of it, or of a network that it is peered with, overlaps this stack's \(10\.200\.128\.0\/17\)/,
    help: [/^az network vnet show --ids /, /^pulumi config set rotation:networkRange /],
  },
  {
    title: "a network of the runners that is peered with one that has addresses of ours",
    make: async (bench) => ({
      undo: await given(
        bench,
        [
          "network:VirtualNetwork",
          {
            resourceGroupName: GIVEN.group,
            virtualNetworkName: "third",
            location: LOCATION,
            addressSpace: { addressPrefixes: ["10.60.4.0/24"] },
          },
        ],
        [
          "network:VirtualNetworkPeering",
          {
            resourceGroupName: GIVEN.group,
            virtualNetworkName: GIVEN.network,
            virtualNetworkPeeringName: "third",
            remoteVirtualNetwork: { id: RUNNERS.replace(/runners$/, "third") },
          },
        ],
      ),
    }),
    what: "runners' network",
    why: /^10\.60\.4\.0\/24 of it, or of a network that it is peered with, overlaps this stack's/,
    help: [/^az network vnet show --ids /, /rotation:networkRange/],
  },
  {
    title: "a private zone that the runners' network asks already",
    make: async (bench) => ({
      undo: await given(
        bench,
        [
          "privatedns:PrivateZone",
          {
            resourceGroupName: GIVEN.group,
            privateZoneName: "privatelink.vaultcore.azure.net",
            location: "global",
          },
        ],
        [
          "privatedns:VirtualNetworkLink",
          {
            resourceGroupName: GIVEN.group,
            privateZoneName: "privatelink.vaultcore.azure.net",
            virtualNetworkLinkName: "old",
            location: "global",
            virtualNetwork: { id: RUNNERS },
            registrationEnabled: false,
          },
        ],
      ),
    }),
    what: "private zone privatelink.vaultcore.azure.net",
    why: /already linked to the zone in shared/,
    help: [
      /^az network private-dns link vnet show --resource-group shared --zone-name privatelink\.vaultcore\.azure\.net --name old$/,
      /^pulumi config set rotation:privateZonesGroup \/subscriptions\/\S+\/resourceGroups\/shared$/,
    ],
  },
  {
    title: "a private zone that others were to have made",
    make: () => {
      const zones = `/providers/Microsoft.Network/privateDnsZones/`;
      const group = (name: string) => `${SUBSCRIPTION}/resourceGroups/${name}${zones}`;
      return { instead: { [group(GROUP_NAME)]: group(GIVEN.group) } };
    },
    what: "private zone privatelink.azurecr.io",
    why: /^shared has none$/,
    help: [
      /^az network private-dns zone create --resource-group shared --name privatelink\.azurecr\.io$/,
      /^pulumi config rm rotation:privateZonesGroup /,
    ],
  },
  {
    title: "an endpoint of events that does not know the handshake",
    make: ({ reads }) =>
      void (reads.situation.handshake = { status: 405, allowedOrigin: undefined }),
    what: "event endpoint",
    why: /answers the handshake of Event Grid with 405/,
    help: [
      /^curl --include --request OPTIONS --header 'WebHook-Request-Origin: eventgrid\.azure\.net' 'https:\/\/events\.example\.com\/rotation'$/,
      /^pulumi config rm rotation:eventEndpoint /,
    ],
  },
  {
    title: "an endpoint of events that agrees with nobody",
    make: ({ reads }) =>
      void (reads.situation.handshake = { status: 200, allowedOrigin: undefined }),
    what: "event endpoint",
    why: /without WebHook-Allowed-Origin: eventgrid\.azure\.net/,
    help: [/^curl /, /^pulumi config rm /],
  },
  {
    title: "an endpoint of events that is not reached",
    make: () => ({ instead: { "events.example.com": "events.invalid" } }),
    state: "could not ask",
    what: "event endpoint",
    why: /^events\.invalid .*: ENOTFOUND$/,
    help: [/^nslookup events\.invalid /],
  },
];
