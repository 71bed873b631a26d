import {
  BUILT_IN_ROLES,
  DATABASE_REGIONS,
  DATABASE_SIZES,
  DATABASE_VERSIONS,
  KUBERNETES_VERSIONS,
  LOG_CATEGORIES,
  METRICS,
  NODE_SIZES,
  type Parameter,
  PARAMETERS,
  SYSTEM_POOLS,
} from "../../azure";
import { PRELOADED } from "../../components/platform/audit";
import type { Resource } from "../../policy/rules";
import { numberAt, objectsAt, type PlainObject, textAt, textsAt } from "../../twin/azure/arm/plain";

/** Where Azure's resources without a region are. */
const NOWHERE = "global";

/** Parameters that wait for a restart, of which every run tells. */
const WAITING: readonly string[] = [PRELOADED];

type Check = (props: PlainObject, all: readonly Resource[]) => string[];

/** What of a type of resource stands in which table. */
const CHECKS: Readonly<Record<string, Check>> = {
  "monitor:MetricAlert": (props) => objectsAt(props, "criteria.allOf").flatMap(metricProblems),
  "monitor:DiagnosticSetting": (props) => {
    const type = typeOf(textAt(props, "resourceUri"));
    return textsAt(props, "logs[].category").flatMap((category) =>
      unless(
        LOG_CATEGORIES[type]?.includes(category) === true,
        `${type} has no log category ${category}`,
      ),
    );
  },
  "monitor:ScheduledQueryRule": (props) =>
    textsAt(props, "criteria.allOf[].query").flatMap(queryProblems),
  "applicationinsights:Workbook": (props) => {
    const content = JSON.parse(textAt(props, "serializedData")) as PlainObject;
    return textsAt(content, "items[].content.query").flatMap(queryProblems);
  },
  "dbforpostgresql:Server": serverProblems,
  "dbforpostgresql:Configuration": (props, all) => {
    const server = all.find(({ type }) => type === "azure-native:dbforpostgresql:Server");
    const version = textAt(server?.props as PlainObject, "version");
    const name = textAt(props, "configurationName");
    const parameter = PARAMETERS[version]?.[name];
    return parameter === undefined
      ? [`PostgreSQL ${version} has no parameter ${name}`]
      : parameterProblems(name, textAt(props, "value"), parameter);
  },
  "containerservice:ManagedCluster": (props) => {
    const version = textAt(props, "kubernetesVersion");
    return [
      ...unless(KUBERNETES_VERSIONS[version] !== undefined, `AKS has no Kubernetes ${version}`),
      ...objectsAt(props, "agentPoolProfiles").flatMap(poolProblems),
    ];
  },
  "containerservice:AgentPool": poolProblems,
  "authorization:RoleAssignment": (props) => {
    const id = textAt(props, "roleDefinitionId");
    return unless(BUILT_IN_ROLES[id.split("/").at(-1)!] !== undefined, `${id} is no built-in role`);
  },
};

/** Where resources and Microsoft's tables disagree, one sentence each. */
export function disagreements(resources: readonly Resource[]): string[] {
  return resources.flatMap(({ type, name, props }) => {
    const inputs = props as PlainObject;
    const problems = CHECKS[type.replace("azure-native:", "")]?.(inputs, resources) ?? [];
    return [...problems, ...locationProblems(inputs)].map((problem) => `${name}: ${problem}`);
  });
}

function metricProblems(criterion: PlainObject): string[] {
  const [type, name, aggregation] = ["metricNamespace", "metricName", "timeAggregation"].map(
    (key) => textAt(criterion, key),
  ) as [string, string, string];
  const metric = METRICS[type.toLowerCase()]?.[name];
  return metric === undefined
    ? [`${type} has no metric ${name}`]
    : [
        ...unless(
          metric.aggregations.some((one) => one === aggregation),
          `${name} has no aggregation ${aggregation}`,
        ),
        ...textsAt(criterion, "dimensions[].name").flatMap((dimension) =>
          unless(metric.dimensions.includes(dimension), `${name} has no dimension ${dimension}`),
        ),
      ];
}

/** A query's metrics: each metric with the columns that are taken of `AzureMetrics`. */
function queryProblems(query: string): string[] {
  return query
    .split(/;\s*\n/)
    .filter((statement) => /\bAzureMetrics\b/.test(statement))
    .flatMap((statement) => {
      const [, provider = ""] = /ResourceProvider == "([^"]+)"/.exec(statement) ?? [];
      const [, name = ""] = /MetricName == "([^"]+)"/.exec(statement) ?? [];
      const found = Object.entries(METRICS)
        .filter(([type]) => type.startsWith(`${provider.toLowerCase()}/`))
        .flatMap(([, metrics]) => metrics[name] ?? []);
      const columns = statement.match(/\b(Average|Count|Maximum|Minimum|Total)\b/g) ?? [];
      return found.length === 0
        ? [`${provider} has no metric ${name}`]
        : columns
            .filter(
              (column) =>
                !found.some(({ aggregations }) => aggregations.some((one) => one === column)),
            )
            .map((column) => `${name} has no aggregation ${column}`);
    });
}

function serverProblems(props: PlainObject): string[] {
  const [version, size, tier, location] = ["version", "sku.name", "sku.tier", "location"].map(
    (path) => textAt(props, path),
  ) as [string, string, string, string];
  const region = DATABASE_REGIONS[location];
  return [
    ...unless(DATABASE_VERSIONS[version] !== undefined, `PostgreSQL ${version} is no version`),
    ...unless(DATABASE_SIZES[size]?.tier === tier, `${size} is no size of ${tier}`),
    ...unless(
      textAt(props, "highAvailability.mode") !== "ZoneRedundant" || region?.zoneRedundant === "yes",
      `${location} takes no standby in another zone`,
    ),
    ...unless(
      textAt(props, "backup.geoRedundantBackup") !== "Enabled" ||
        region?.geoRedundantBackup === true,
      `${location} has no geo-redundant backup`,
    ),
  ];
}

/** Why a parameter cannot have a value. */
export function parameterProblems(name: string, value: string, { kind, allowed, type }: Parameter) {
  const [, least, most] = /^(-?\d+)-(\d+)$/.exec(allowed) ?? [];
  const fits =
    least === undefined
      ? value.split(type === "set" ? "," : "\0").every((one) => allowed.split(",").includes(one))
      : Number(value) >= Number(least) && Number(value) <= Number(most);
  return [
    ...unless(kind === "dynamic" || WAITING.includes(name), `${name} is ${kind}`),
    ...unless(fits, `${name} cannot be ${value}, but ${allowed}`),
  ];
}

function poolProblems(pool: PlainObject): string[] {
  const name = textAt(pool, "vmSize");
  const size = NODE_SIZES[name];
  if (size === undefined) {
    return [`${name} is no size of a virtual machine`];
  }
  const isEnough = size.cores >= SYSTEM_POOLS.cores && size.memoryGB >= SYSTEM_POOLS.memoryGB;
  const isBurstable = name.startsWith("Standard_B");
  const disk = numberAt(pool, "osDiskSizeGB") ?? Infinity;
  return [
    ...unless(
      textAt(pool, "mode") !== "System" || (isEnough && (SYSTEM_POOLS.burstable || !isBurstable)),
      `${name} is too small for a system pool, or of series B`,
    ),
    ...unless(
      textAt(pool, "osDiskType") !== "Ephemeral" || disk <= size.localDiskGB,
      `${name} has no local disk of ${disk} GB`,
    ),
  ];
}

function locationProblems(props: PlainObject): string[] {
  const location = textAt(props, "location");
  return unless(
    ["", NOWHERE].includes(location.toLowerCase()) || DATABASE_REGIONS[location] !== undefined,
    `${location} is no region`,
  );
}

/** `Microsoft.KeyVault/vaults` of an id, in small letters. */
function typeOf(id: string): string {
  const [namespace, type] = id.split("/providers/").at(-1)!.split("/");
  return `${namespace}/${type}`.toLowerCase();
}

function unless(holds: boolean, problem: string): string[] {
  return holds ? [] : [problem];
}
