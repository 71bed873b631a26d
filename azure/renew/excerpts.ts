import type { Documents, Page } from "./documents";
import {
  categoriesOf,
  databaseSizesOf,
  databaseVersionsOf,
  kubernetesVersionsOf,
  metricsOf,
  nodeSizesOf,
  parametersOf,
  regionsOf,
  reservationsOf,
  rolesOf,
  systemPoolsOf,
} from "./tables";

const AKS = "MicrosoftDocs/azure-aks-docs";
const COMPUTE = "MicrosoftDocs/azure-compute-docs";
const DATABASES = "MicrosoftDocs/azure-databases-docs";
const DOCS = "MicrosoftDocs/azure-docs";
const MONITOR = "MicrosoftDocs/azure-monitor-docs";
/** Had the pages of Azure Monitor until November 2024, and those of logs with names ever since only. */
const MONITOR_BEFORE = "MicrosoftDocs/azure-reference-other";

/** Types whose metrics an alert could be on. */
const MEASURED = [
  "Microsoft.ContainerRegistry/registries",
  "Microsoft.ContainerService/managedClusters",
  "Microsoft.DBforPostgreSQL/flexibleServers",
  "Microsoft.EventGrid/systemTopics",
  "Microsoft.KeyVault/vaults",
  "Microsoft.Network/applicationGateways",
  "Microsoft.Network/natGateways",
];

/** Types that send logs. */
const LOGGED = [
  ...MEASURED.filter((type) => type !== "Microsoft.Network/natGateways"),
  "Microsoft.Network/networkSecurityGroups",
  "Microsoft.Network/publicIPAddresses",
  "Microsoft.Network/virtualNetworks",
  "Microsoft.OperationalInsights/workspaces",
];

/** Server parameters that the program sets, or rests on. */
const PARAMETERS = [
  "azure.accepted_password_auth_method",
  "connection_throttle.enable",
  "createrole_self_grant",
  "log_checkpoints",
  "log_connections",
  "log_disconnections",
  "log_duration",
  "log_min_duration_sample",
  "log_min_duration_statement",
  "log_min_error_statement",
  "log_parameter_max_length",
  "log_parameter_max_length_on_error",
  "log_statement",
  "password_encryption",
  "pg_qs.track_utility",
  "pg_stat_statements.track_utility",
  "pgaudit.log",
  "pgaudit.log_client",
  "pgaudit.log_parameter",
  "require_secure_transport",
  "scram_iterations",
  "shared_preload_libraries",
  "ssl_min_protocol_version",
];

const PARAMETER_VERSIONS = ["17", "18"];

const NODE_SERIES = ["bsv2", "ddsv5", "dsv5"];

/** Roles that the program grants, that the preflight asks for, or that the twin knows. */
const ROLES = [
  "AcrPull",
  "Azure Kubernetes Service Cluster User Role",
  "Azure Kubernetes Service RBAC Cluster Admin",
  "Azure Kubernetes Service RBAC Writer",
  "Contributor",
  "Key Vault Administrator",
  "Key Vault Reader",
  "Key Vault Secrets Officer",
  "Key Vault Secrets User",
  "Managed Identity Operator",
  "Monitoring Metrics Publisher",
  "Network Contributor",
  "Owner",
  "Private DNS Zone Contributor",
  "Reader",
  "Role Based Access Control Administrator",
  "User Access Administrator",
];

/** What a file holds, and the pages that it is from. */
export interface Excerpt {
  readonly pages: readonly Page[];
  readonly content: object;
}

/** One file of this folder. */
interface ExcerptFile {
  /** All of them have to be there. */
  readonly repositories: readonly string[];
  readonly read: (documents: Documents) => Excerpt;
}

/** The files by name. */
export const EXCERPTS: Readonly<Record<string, ExcerptFile>> = {
  "metrics.json": {
    repositories: [MONITOR_BEFORE],
    read(documents) {
      const pages = MEASURED.map((type) => metricsPage(documents, type));
      return { pages, content: { metrics: byType(MEASURED, pages, metricsOf) } };
    },
  },
  "logs.json": {
    repositories: [MONITOR_BEFORE],
    read(documents) {
      const pages = LOGGED.map((type) =>
        required(
          documents,
          MONITOR_BEFORE,
          `${BEFORE}-logs/includes/${fileOf(type)}-logs-include.md`,
        ),
      );
      return { pages, content: { categories: byType(LOGGED, pages, categoriesOf) } };
    },
  },
  "regions.json": {
    repositories: [DATABASES],
    read(documents) {
      const page = required(documents, DATABASES, "articles/postgresql/includes/regions-table.md");
      return { pages: [page], content: { regions: regionsOf(page.text) } };
    },
  },
  "databases.json": {
    repositories: [DATABASES],
    read(documents) {
      const folder = "articles/postgresql/configure-maintain";
      const limits = required(documents, DATABASES, `${folder}/concepts-limits.md`);
      const policy = required(documents, DATABASES, `${folder}/concepts-version-policy.md`);
      const content = {
        sizes: databaseSizesOf(limits.text),
        versions: databaseVersionsOf(policy.text),
      };
      return { pages: [limits, policy], content };
    },
  },
  "parameters.json": { repositories: [DATABASES], read: readParameters },
  "clusters.json": {
    repositories: [AKS],
    read(documents) {
      const pools = required(documents, AKS, "articles/aks/use-system-pools.md");
      const versions = required(documents, AKS, "articles/aks/supported-kubernetes-versions.md");
      const kept = required(documents, AKS, "articles/aks/node-resource-reservations.md");
      const content = {
        systemPools: systemPoolsOf(pools.text),
        reservations: reservationsOf(kept.text),
        versions: kubernetesVersionsOf(versions.text),
      };
      return { pages: [pools, versions, kept], content };
    },
  },
  "nodes.json": {
    repositories: [COMPUTE],
    read(documents) {
      const folder = "articles/virtual-machines/sizes/general-purpose";
      const pages = NODE_SERIES.map((series) =>
        required(documents, COMPUTE, `${folder}/${series}-series.md`),
      );
      const sizes = Object.assign({}, ...pages.map(({ text }) => nodeSizesOf(text))) as object;
      return { pages, content: { sizes } };
    },
  },
  "roles.json": {
    repositories: [DOCS],
    read(documents) {
      const page = required(
        documents,
        DOCS,
        "articles/role-based-access-control/built-in-roles.md",
      );
      return { pages: [page], content: { roles: rolesOf(page.text, ROLES) } };
    },
  },
};

const BEFORE = "azure-monitor-ref/supported";

/** The page of today where there is a checkout of it and it has its table in it. */
function metricsPage(documents: Documents, type: string): Page {
  const today = `articles/azure-monitor/reference/supported-metrics/${fileOf(type)}-metrics.md`;
  const page = documents.has(MONITOR) ? documents.page(MONITOR, today) : undefined;
  return page !== undefined && Object.keys(metricsOf(page.text)).length > 0
    ? page
    : required(
        documents,
        MONITOR_BEFORE,
        `${BEFORE}-metrics/includes/${fileOf(type)}-metrics-include.md`,
      );
}

function readParameters(documents: Documents): Excerpt {
  const pages: Page[] = [];
  const parameters: Record<string, object> = {};
  for (const version of PARAMETER_VERSIONS) {
    const beginning = `articles/postgresql/server-parameters/includes/param-${version}-`;
    const found = documents
      .paths(DATABASES, beginning)
      .map((path) => required(documents, DATABASES, path))
      .filter(({ text }) => Object.keys(parametersOf(text, PARAMETERS)).length > 0);
    pages.push(...found);
    parameters[version] = Object.assign(
      {},
      ...found.map(({ text }) => parametersOf(text, PARAMETERS)),
    ) as object;
  }
  return { pages, content: { parameters } };
}

function required(documents: Documents, repository: string, path: string): Page {
  const page = documents.page(repository, path);
  if (page === undefined) {
    throw new Error(`${repository} has no ${path}: Microsoft moved it; say where in excerpts.ts.`);
  }
  return page;
}

/** `Microsoft.KeyVault/vaults` as pages are named after it. */
function fileOf(type: string): string {
  return type.toLowerCase().replace(/[./]/g, "-");
}

function byType<T>(
  types: readonly string[],
  pages: readonly Page[],
  read: (text: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    types.map((type, index) => [type.toLowerCase(), read(pages[index]!.text)]),
  );
}
