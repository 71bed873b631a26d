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
import type { Resource } from "../../policy/rules";

/** Inputs whose form the SDK's types have checked already. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Inputs = any;

/** Where Azure's resources without a region are. */
const NOWHERE = "global";

type Check = (props: Inputs, all: readonly Resource[]) => string[];

/** What of a type of resource stands in which table. */
const CHECKS: Readonly<Record<string, Check>> = {
  "monitor:MetricAlert": ({ criteria }) => criteria.allOf.flatMap(metricProblems),
  "monitor:DiagnosticSetting": ({ resourceUri, logs }) => {
    const known = LOG_CATEGORIES[typeOf(resourceUri)] ?? [];
    return logs.flatMap(({ category }: Inputs) =>
      unless(known.includes(category), `${typeOf(resourceUri)} has no log category ${category}`),
    );
  },
  "dbforpostgresql:Server": ({ version, sku, location, highAvailability, backup }) => {
    const region = DATABASE_REGIONS[location];
    return [
      ...unless(DATABASE_VERSIONS[version] !== undefined, `PostgreSQL ${version} is no version`),
      ...unless(
        DATABASE_SIZES[sku.name]?.tier === sku.tier,
        `${sku.name} is no size of ${sku.tier}`,
      ),
      ...unless(
        highAvailability.mode !== "ZoneRedundant" || region?.zoneRedundant === "yes",
        `${location} takes no standby in another zone`,
      ),
      ...unless(
        backup.geoRedundantBackup !== "Enabled" || region?.geoRedundantBackup === true,
        `${location} has no geo-redundant backup`,
      ),
    ];
  },
  "dbforpostgresql:Configuration": ({ configurationName, value }, all) => {
    const server = all.find(({ type }) => type === "azure-native:dbforpostgresql:Server");
    const { version } = server!.props as { version: string };
    const parameter = PARAMETERS[version]?.[configurationName];
    return parameter === undefined
      ? [`PostgreSQL ${version} has no parameter ${configurationName}`]
      : parameterProblems(configurationName, value, parameter);
  },
  "containerservice:ManagedCluster": ({ kubernetesVersion, agentPoolProfiles }) => [
    ...unless(
      KUBERNETES_VERSIONS[kubernetesVersion] !== undefined,
      `AKS has no Kubernetes ${kubernetesVersion}`,
    ),
    ...agentPoolProfiles.flatMap(poolProblems),
  ],
  "containerservice:AgentPool": poolProblems,
  "authorization:RoleAssignment": ({ roleDefinitionId }) =>
    unless(
      BUILT_IN_ROLES[roleDefinitionId.split("/").at(-1)] !== undefined,
      `${roleDefinitionId} is no built-in role`,
    ),
};

/** Where resources and Microsoft's tables disagree, one sentence each. */
export function disagreements(resources: readonly Resource[]): string[] {
  return resources.flatMap(({ type, name, props }) => {
    const problems = CHECKS[type.replace("azure-native:", "")]?.(props, resources) ?? [];
    return [...problems, ...locationProblems(props)].map((problem) => `${name}: ${problem}`);
  });
}

function metricProblems({ metricNamespace, metricName, timeAggregation, dimensions }: Inputs) {
  const metric = METRICS[metricNamespace.toLowerCase()]?.[metricName];
  return metric === undefined
    ? [`${metricNamespace} has no metric ${metricName}`]
    : [
        ...unless(
          metric.aggregations.includes(timeAggregation),
          `${metricName} has no aggregation ${timeAggregation}`,
        ),
        ...dimensions.flatMap(({ name }: Inputs) =>
          unless(metric.dimensions.includes(name), `${metricName} has no dimension ${name}`),
        ),
      ];
}

function parameterProblems(name: string, value: string, { kind, allowed, type }: Parameter) {
  const [, least, most] = /^(-?\d+)-(\d+)$/.exec(allowed) ?? [];
  const fits =
    least === undefined
      ? value.split(type === "set" ? "," : "\0").every((one) => allowed.split(",").includes(one))
      : Number(value) >= Number(least) && Number(value) <= Number(most);
  return [
    ...unless(kind === "dynamic", `${name} is ${kind}`),
    ...unless(fits, `${name} cannot be ${value}, but ${allowed}`),
  ];
}

function poolProblems({ vmSize, mode, osDiskType, osDiskSizeGB }: Inputs): string[] {
  const size = NODE_SIZES[vmSize];
  if (size === undefined) {
    return [`${vmSize} is no size of a virtual machine`];
  }
  const isEnough = size.cores >= SYSTEM_POOLS.cores && size.memoryGB >= SYSTEM_POOLS.memoryGB;
  const isBurstable = vmSize.startsWith("Standard_B");
  return [
    ...unless(
      mode !== "System" || (isEnough && (SYSTEM_POOLS.burstable || !isBurstable)),
      `${vmSize} is too small for a system pool, or of series B`,
    ),
    ...unless(
      osDiskType !== "Ephemeral" || osDiskSizeGB <= size.localDiskGB,
      `${vmSize} has no local disk of ${osDiskSizeGB} GB`,
    ),
  ];
}

function locationProblems({ location }: Inputs): string[] {
  return unless(
    location === undefined ||
      location.toLowerCase() === NOWHERE ||
      DATABASE_REGIONS[location] !== undefined,
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
