import { ROLE } from "../../../support/preflight";
import { type Case, given, GROUP_NAME, LOCATION, SUBSCRIPTION } from "./case";

export const NAME_CASES: readonly Case[] = [
  {
    title: "a resource group that is somebody else's",
    make: async (bench) => ({
      undo: await given(bench, [
        "resources:ResourceGroup",
        { resourceGroupName: GROUP_NAME, location: LOCATION },
      ]),
    }),
    what: "resource group",
    why: /rg-app-prod already exists and is not this stack's/,
    help: [
      /^az resource list --resource-group rg-app-prod --output table$/,
      /^az group delete --name rg-app-prod /,
    ],
  },
  {
    title: "a group of nodes that is there already",
    make: async (bench) => ({
      undo: await given(bench, [
        "resources:ResourceGroup",
        { resourceGroupName: "mc-app-prod", location: LOCATION },
      ]),
    }),
    what: "resource group of the nodes",
    why: /mc-app-prod already exists, but AKS creates its own/,
    help: [
      /^az resource list --resource-group mc-app-prod/,
      /^az group delete --name mc-app-prod /,
    ],
  },
  ...(
    [
      ["vault", "platform-vault"],
      ["registry", "platform-registry"],
      ["database server", "platform-database"],
    ] as const
  ).map(([what, name]): Case => ({
    title: `a name of the ${what} that somebody else has`,
    make: (bench) => {
      bench.reads.situation.takenNames.add(bench.idOf(name).split("/").at(-1)!);
      return { made: ["platform"] };
    },
    what: `name of the ${what}`,
    why: /is taken: The name '\S+' is already in use/,
    help: [
      /^az resource list --name \S+ --output table$/,
      /^pulumi up --replace urn:pulumi:prod::\S+::platform-suffix {3}# generates another name$/,
    ],
  })),
  {
    title: "a name that only a new one of everything could replace",
    make: (bench) => {
      bench.reads.situation.takenNames.add(bench.idOf("platform-registry").split("/").at(-1)!);
      return { made: ["platform", "platform-vault"] };
    },
    what: "name of the registry",
    why: /is taken/,
    help: [/^az resource list --name \S+ --output table$/],
  },
  {
    title: "a vault that was deleted past the program",
    make: async (bench) => {
      const [vaultName] = bench.idOf("platform-vault").split("/").slice(-1) as [string];
      const group = { resourceGroupName: GROUP_NAME, location: LOCATION };
      const undoGroup = await given(bench, ["resources:ResourceGroup", group]);
      const undoVault = await given(bench, [
        "keyvault:Vault",
        {
          ...group,
          vaultName,
          properties: {
            tenantId: bench.bench.cloud.tenantId,
            sku: { family: "A", name: "standard" },
            enableRbacAuthorization: true,
          },
        },
      ]);
      await undoVault();
      return {
        made: ["platform", "platform-vault"],
        undo: async () => {
          await bench.bench.cloud.purgeVault(vaultName);
          await undoGroup();
        },
      };
    },
    what: "name of the vault",
    why: /was deleted, and Azure keeps its name and its secrets until 20\d\d-/,
    help: [
      /^az keyvault recover --name kv-app-\w+ /,
      /^az keyvault purge --name kv-app-\w+ --location \w+ /,
    ],
  },
  {
    title: "a question after names that takes more than rights to read",
    make: ({ reads }) => {
      reads.situation.roles = [{ role: ROLE.reader, scope: SUBSCRIPTION }];
      return { made: ["platform"] };
    },
    state: "could not ask",
    what: "name of the database server",
    why: /AuthorizationFailed/,
    help: [/--role "Contributor"/],
  },
];
