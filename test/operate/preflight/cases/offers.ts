import { type PreflightBench } from "../../../support/preflight";
import { type Case, given, GROUP_NAME, LOCATION } from "./case";

const size = ({ reads }: PreflightBench, name: string) =>
  reads.situation.sizes.find((each) => each.name === name)!;

export const OFFER_CASES: readonly Case[] = [
  {
    title: "a size that the region does not have",
    make: ({ reads: { situation } }) => {
      const at = situation.sizes.findIndex(({ name }) => name === "Standard_D4ds_v5");
      situation.sizes.splice(at, 1);
    },
    what: "size Standard_D4ds_v5",
    why: /^\w+ does not offer it$/,
    help: [
      /^az vm list-skus --location \w+ --size Standard_D4ds_v5 --zone --all --output table$/,
      /^pulumi config set rotation:nodeSize /,
    ],
  },
  {
    title: "a size that the subscription may not use",
    make: (bench) => void (size(bench, "Standard_D4ds_v5").restriction = "Location"),
    what: "size Standard_D4ds_v5",
    why: /may not use it in \w+ \(NotAvailableForSubscription\)/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "a size that the subscription may not use in a zone",
    make: (bench) => void (size(bench, "Standard_D4ds_v5").restriction = ["2"]),
    what: "size Standard_D4ds_v5",
    why: /may not use it in zone 2 of \w+/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "a size that is not in all zones",
    make: (bench) => void (size(bench, "Standard_D4ds_v5").zones = ["1"]),
    what: "size Standard_D4ds_v5",
    why: /may not use it in zone 2, 3 of \w+/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "a size that cannot be encrypted at host",
    make: (bench) => void (size(bench, "Standard_D4ds_v5").isEncryptable = false),
    what: "size Standard_D4ds_v5",
    why: /does not support encryption at host/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "a size without room for an ephemeral disk",
    make: () => ({ instead: { Standard_D4ds_v5: "Standard_D4s_v5" } }),
    what: "size Standard_D4s_v5",
    why: /no room for an ephemeral one of 64 GiB/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "nodes on which a rotation has no room",
    make: () => ({
      settings: { demand: { room: [{ surge: "25%", cpu: 1500, memory: 512 }], replicas: 10 } },
    }),
    what: "room on the nodes",
    why: /^both slots at full size, a rolling update and a trial are 24 pods that ask for 36\.1 cores and 12\.1 GiB; the nodes hold 18 of them \(9 x Standard_D4ds_v5 with 3\.9 cores and 13\.7 GiB each after what AKS keeps\)\. Lower rotation:replicas or the requests/,
    help: [
      /^az vm list-skus --location \w+ /,
      /^pulumi config set rotation:nodeSize <a larger size>$/,
    ],
  },
  {
    title: "nodes of a size that has less memory than Microsoft's tables say",
    make: (bench) => {
      size(bench, "Standard_D4ds_v5").memoryGB = 1;
      return {
        settings: { demand: { room: [{ surge: 0, cpu: 100, memory: 512 }], replicas: 10 } },
      };
    },
    what: "room on the nodes",
    why: /hold 9 of them \(9 x Standard_D4ds_v5 with 3\.9 cores and 0\.7 GiB each/,
    help: [/^az vm list-skus /, /rotation:nodeSize/],
  },
  {
    title: "a contract's file that does not say what pods ask of the nodes",
    make: () => ({ settings: { demand: undefined } }),
    state: "could not ask",
    what: "room on the nodes",
    why: /does not say what pods ask for$/,
    help: [/^npx rotation contract --stack prod --write$/],
  },
  {
    title: "too little quota of the nodes' family",
    make: ({ reads }) =>
      void reads.situation.quotas.set("standardDDSv5Family", { used: 4, limit: 10 }),
    what: "quota standardDDSv5Family",
    why: /^6 cores are free; the first nodes need \d\d, the most nodes \d\d, upgrades included$/,
    help: [
      /^az quota update --resource-name standardDDSv5Family --scope \S+\/locations\/\w+ --limit-object value=\d\d --resource-type dedicated$/,
      /^az vm list-usage --location \w+ --output table$/,
    ],
  },
  {
    title: "too little quota of all cores",
    make: ({ reads }) => void reads.situation.quotas.set("cores", { used: 2, limit: 20 }),
    what: "quota cores",
    why: /^18 cores are free/,
    help: [/^az quota update --resource-name cores .* value=\d\d /, /^az vm list-usage /],
  },
  {
    title: "too little quota of the database's family",
    make: ({ reads }) =>
      void reads.situation.databaseQuotas.set("standardDDSv5Family", { used: 7, limit: 10 }),
    what: "quota standardDDSv5Family of the database",
    why: /^3 cores are free; the server and its standby need 4\. A support request raises it: /,
    help: [
      /^az rest --method get --url "\/subscriptions\/\S+\/providers\/Microsoft\.DBforPostgreSQL\/locations\/\w+\/resourceType\/flexibleServers\/usages\?api-version=2025-08-01"$/,
      /^pulumi config set rotation:databaseSize /,
    ],
  },
  {
    title: "too little quota of all cores of databases",
    make: ({ reads }) => void reads.situation.databaseQuotas.set("cores", { used: 97, limit: 100 }),
    what: "quota cores of the database",
    why: /^3 cores are free/,
    help: [/^az rest /, /rotation:databaseSize/],
  },
  {
    title: "a quota of databases without a row of the family",
    make: ({ reads }) => void reads.situation.databaseQuotas.delete("standardDDSv5Family"),
    state: "could not ask",
    what: "quota standardDDSv5Family of the database",
    why: /^Azure lists none of that name$/,
    help: [/^az rest /],
  },
  {
    title: "too little quota of public addresses",
    make: ({ reads }) =>
      void reads.situation.networkQuotas.set("IPv4StandardSkuPublicIpAddresses", {
        used: 19,
        limit: 20,
      }),
    what: "quota IPv4StandardSkuPublicIpAddresses",
    why: /^1 address is free; .*need 2$/,
    help: [
      /^az quota update --resource-name IPv4StandardSkuPublicIpAddresses --scope \S+\/providers\/Microsoft\.Network\/locations\/\w+ --limit-object value=21 --resource-type PublicIpAddresses$/,
      /^az network list-usages --location \w+ --output table$/,
    ],
  },
  {
    title: "too little quota of public addresses where Azure calls it by its other name",
    make: ({ reads: { situation } }) => {
      situation.networkQuotas.delete("IPv4StandardSkuPublicIpAddresses");
      situation.networkQuotas.set("StandardSkuPublicIpAddresses", { used: 20, limit: 20 });
    },
    what: "quota StandardSkuPublicIpAddresses",
    why: /^0 addresses are free/,
    help: [/--resource-name StandardSkuPublicIpAddresses /, /list-usages/],
  },
  {
    title: "too little quota of all public addresses",
    make: ({ reads }) =>
      void reads.situation.networkQuotas.set("PublicIPAddresses", { used: 1000, limit: 1000 }),
    what: "quota PublicIPAddresses",
    why: /^0 addresses are free/,
    help: [/--resource-name PublicIPAddresses /, /list-usages/],
  },
  {
    title: "a quota of public addresses that Azure does not list",
    make: ({ reads }) => void reads.situation.networkQuotas.clear(),
    state: "could not ask",
    what: "quota of public addresses",
    why: /^Azure lists none of IPv4StandardSkuPublicIpAddresses, StandardSkuPublicIpAddresses$/,
    help: [/^az network list-usages /],
  },
  {
    title: "a version of Kubernetes that AKS no longer supports",
    make: ({ reads: { situation } }) => {
      const at = situation.versions.findIndex(({ version }) => version === "1.35");
      situation.versions[at] = { ...situation.versions[at]!, supportPlan: ["AKSLongTermSupport"] };
    },
    what: "Kubernetes 1.35",
    why: /does not support it in \w+; it supports 1\.34, 1\.36$/,
    help: [/^az aks get-versions --location \w+ --output table$/, /^git pull/],
  },
  {
    title: "a region that is closed to new databases",
    make: ({ reads }) => void (reads.situation.database.isOpen = false),
    what: "database region",
    why: /\w+ is closed to this subscription: Subscriptions are restricted/,
    help: [/^az postgres flexible-server list-skus --location \w+/, /rotation:location/],
  },
  {
    title: "a version of PostgreSQL that the region does not have",
    make: ({ reads }) => void reads.situation.database.versions.delete("18"),
    what: "database version",
    why: /does not offer PostgreSQL 18/,
    help: [/list-skus/, /^pulumi config set rotation:databaseVersion /],
  },
  {
    title: "a size of the database that the region does not have",
    make: ({ reads: { situation } }) => {
      const { sizes } = situation.database;
      sizes.splice(
        sizes.findIndex(({ name }) => name === "Standard_D2ds_v5"),
        1,
      );
    },
    what: "database size",
    why: /may not use Standard_D2ds_v5 in \w+/,
    help: [/list-skus/, /^pulumi config set rotation:databaseSize /],
  },
  {
    title: "a size of the database that is not in the standby's zone",
    make: ({ reads: { situation } }) => {
      situation.database.sizes.find(({ name }) => name === "Standard_D2ds_v5")!.zones = ["1", "3"];
    },
    what: "database zones",
    why: /Standard_D2ds_v5 is not in zone 2/,
    help: [/list-skus/, /rotation:databaseSize/],
  },
  {
    title: "a region that takes no new server with a standby",
    make: ({ reads }) => void (reads.situation.database.hasStandby = false),
    what: "database standby",
    why: /accepts no new server of Standard_D2ds_v5 with a standby/,
    help: [/list-skus/, /rotation:location/],
  },
  {
    title: "a region without backups in another one",
    make: ({ reads }) => void (reads.situation.database.hasGeoBackup = false),
    what: "database backups",
    why: /offers no backups in another region/,
    help: [/list-skus/, /rotation:location/],
  },
  {
    title: "a region with backups elsewhere of servers without a standby only",
    make: ({ reads }) => void (reads.situation.database.hasGeoBackupOfStandby = false),
    what: "database backups",
    why: /offers no backups in another region/,
    help: [/list-skus/, /rotation:location/],
  },
  {
    title: "a size of the database with less memory than its name promises",
    make: ({ reads: { situation } }) => {
      situation.database.sizes.find(({ name }) => name === "Standard_D2ds_v5")!.memoryPerCoreMb =
        2048;
    },
    what: "max_connections",
    why: /^429 .*memory.*, but the program needs 859$/,
    help: [/^pulumi config set rotation:serverConnections 429$/],
  },
  {
    title: "a server that allows fewer connections than the program counts on",
    make: async (bench) => {
      bench.reads.situation.maxConnections = 500;
      const undo = await given(
        bench,
        ["resources:ResourceGroup", { resourceGroupName: GROUP_NAME, location: LOCATION }],
        [
          "dbforpostgresql:Server",
          {
            resourceGroupName: GROUP_NAME,
            serverName: bench.idOf("platform-database").split("/").at(-1)!,
            location: LOCATION,
            version: "18",
            administratorLogin: "somebody",
            administratorLoginPassword: "aA1-0123456789",
            sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" },
            storage: { storageSizeGB: 128 },
          },
        ],
      );
      return { made: ["platform", "platform-database"], undo };
    },
    what: "max_connections",
    why: /^500 .*the server, but the program needs 859$/,
    help: [/^pulumi config set rotation:serverConnections 500$/],
  },
];
