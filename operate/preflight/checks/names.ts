import { type Asking, type Check, READER } from "../asking";
import { type Finding, later, ok, okUnless, wrong } from "../finding";
import { nameOf, type PlannedResource, textAt } from "../planned";

/** What the services say of a name. */
interface Availability {
  readonly nameAvailable: boolean;
  readonly message?: string;
}

/** How to ask for a name that is unique in all of Azure. */
interface Question {
  /** For people. */
  readonly what: string;
  readonly type: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly armType: string;
  /** Asking is an action that nobody has who may only read. */
  readonly role: string;
}

const QUESTIONS: readonly Question[] = [
  {
    what: "vault",
    type: "keyvault:Vault",
    path: "Microsoft.KeyVault/checkNameAvailability",
    apiVersion: "2023-07-01",
    armType: "Microsoft.KeyVault/vaults",
    role: READER,
  },
  {
    what: "registry",
    type: "containerregistry:Registry",
    path: "Microsoft.ContainerRegistry/checkNameAvailability",
    apiVersion: "2023-07-01",
    armType: "Microsoft.ContainerRegistry/registries",
    role: READER,
  },
  {
    what: "database server",
    type: "dbforpostgresql:Server",
    path: "Microsoft.DBforPostgreSQL/checkNameAvailability",
    apiVersion: "2025-08-01",
    armType: "Microsoft.DBforPostgreSQL/flexibleServers",
    role: "Contributor",
  },
];

/** Names that are unique in all of Azure; that of a vault also once somebody has deleted it. */
export const uniqueNames: readonly Check[] = QUESTIONS.map((question) => ({
  what: `name of the ${question.what}`,
  role: question.role,
  async ask(asking) {
    const deleted = question.type === "keyvault:Vault" ? await deletedVault(asking) : [];
    return deleted.length > 0 ? deleted : uniqueName(question, asking);
  },
}));

/** The resource groups: that of the stack, and that of the nodes, which AKS makes. */
export const groups: Check = {
  what: "resource group",
  role: READER,
  async ask(asking) {
    const { arm, planned } = asking;
    const group = planned.one("resources:ResourceGroup");
    const name = nameOf(group.id);
    const cluster = planned.one("containerservice:ManagedCluster");
    const nodes = textAt(cluster.inputs, "nodeResourceGroup");
    const wrongs: Finding[] = [];
    if (!planned.isMade(group) && (await arm.find(group.id, "2022-09-01")) !== undefined) {
      wrongs.push(
        wrong(
          "resource group",
          `${name} already exists and is not this stack's: \`pulumi up\` does not adopt what ` +
            "exists",
          `az resource list --resource-group ${name} --output table`,
          `az group delete --name ${name}   # with everything in it`,
        ),
      );
    }
    const nodesId = `${planned.subscription}/resourceGroups/${nodes}`;
    if (!planned.isMade(cluster) && (await arm.find(nodesId, "2022-09-01")) !== undefined) {
      wrongs.push(
        wrong(
          "resource group of the nodes",
          `${nodes} already exists, but AKS creates its own`,
          `az resource list --resource-group ${nodes} --output table`,
          `az group delete --name ${nodes}   # with everything in it`,
        ),
      );
    }
    return okUnless(wrongs, "resource groups", `${name} and ${nodes} are free, or this stack's`);
  },
};

/** Azure keeps the name of a vault, also for this stack's own. */
async function deletedVault({ arm, planned }: Asking): Promise<Finding[]> {
  if (planned.drawn === undefined) {
    return [];
  }
  const { location, subscription } = planned;
  const vault = nameOf(planned.one("keyvault:Vault").id);
  const path = `${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vault}`;
  const deleted = await arm.find(path, "2024-11-01");
  const until = textAt(deleted, "properties", "scheduledPurgeDate").slice(0, 10);
  return deleted === undefined
    ? []
    : [
        wrong(
          "name of the vault",
          `${vault} was deleted, and Azure keeps its name and its secrets until ${until}`,
          `az keyvault recover --name ${vault}   # with its secrets; then \`pulumi import\` it`,
          `az keyvault purge --name ${vault} --location ${location}   # to discard them`,
        ),
      ];
}

async function uniqueName(question: Question, { arm, planned }: Asking): Promise<Finding[]> {
  const resource: PlannedResource = planned.one(question.type);
  const what = `name of the ${question.what}`;
  const name = nameOf(resource.id);
  if (planned.isMade(resource)) {
    return [ok(what, `${name} is this stack's`)];
  }
  const { drawn } = planned;
  if (drawn === undefined) {
    return [later(what, "the first `up` generates its last characters")];
  }
  const path = `${planned.subscription}/providers/${question.path}`;
  const body = { name, type: question.armType };
  const said = (await arm.post(path, question.apiVersion, body)) as unknown as Availability;
  if (said.nameAvailable) {
    return [ok(what, `${name} is free`)];
  }
  // Other characters are other names of all three.
  const isFirst = !QUESTIONS.some(({ type }) => planned.isMade(planned.one(type)));
  return [
    wrong(
      what,
      `${name} is taken: ${said.message ?? "Azure gives no reason"}`,
      `az resource list --name ${name} --output table`,
      ...(isFirst ? [`pulumi up --replace ${drawn.urn}   # generates another name`] : []),
    ),
  ];
}
