import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUILT_IN_ROLES, DATABASE_VERSIONS } from "../../azure";
import { AZURE_ROLES } from "../../components/platform/access";
import {
  databaseVersionProblem,
  DATABASE_VERSIONS as SUPPORTED,
} from "../../components/platform/databaseVersions";
import { serverParameters } from "../../components/platform/databaseParameters";
import type { Resource } from "../../policy/rules";
import { registeredResources, STACKS } from "../support/stacks";
import { disagreements } from "./disagreements";

const FOLDER = join(__dirname, "..", "..", "azure");

describe("the tables of Microsoft's documents", () => {
  it("say of every page where and of when it is", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
    assert.ok(files.length >= 8);
    for (const file of files) {
      const { sources } = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as {
        sources: Record<string, string>[];
      };
      assert.ok(sources.length > 0, file);
      for (const { repository, path, commit, date } of sources) {
        assert.match(repository ?? "", /^MicrosoftDocs\/[a-z-]+$/, file);
        assert.match(path ?? "", /^[a-z].*\.md$/, file);
        assert.match(commit ?? "", /^[0-9a-f]{40}$/, file);
        assert.match(date ?? "", /^20\d\d-\d\d-\d\d$/, file);
      }
    }
  });
});

/**
 * Proves that each name and number of Azure's in what the program registers stands in a table. Says
 * nothing of what the documents do not say, or say wrongly.
 */
describe("The program and Microsoft's tables", function () {
  this.timeout(30_000);

  it("agree on all that the stacks register", async () => {
    for (const [stack] of STACKS) {
      assert.deepStrictEqual(disagreements(await registeredResources(stack)), [], stack);
    }
  });

  it("agree on the parameters of every version of PostgreSQL", async () => {
    const resources = await registeredResources("prod");
    const server = resources.find(({ type }) => type === "azure-native:dbforpostgresql:Server")!;
    for (const version of SUPPORTED) {
      const parameters = serverParameters(version).map(([configurationName, value]): Resource => ({
        type: "azure-native:dbforpostgresql:Configuration",
        name: configurationName,
        props: { configurationName, value },
      }));
      const withVersion = { ...server, props: { ...server.props, version } };
      assert.deepStrictEqual(disagreements([withVersion, ...parameters]), [], version);
    }
  });

  it("agree on what each role is called", () => {
    const names: Record<keyof typeof AZURE_ROLES, string> = {
      acrPull: "AcrPull",
      aksClusterAdmin: "Azure Kubernetes Service RBAC Cluster Admin",
      contributor: "Contributor",
      keyVaultSecretsOfficer: "Key Vault Secrets Officer",
      keyVaultSecretsUser: "Key Vault Secrets User",
      managedIdentityOperator: "Managed Identity Operator",
      networkContributor: "Network Contributor",
      reader: "Reader",
    };
    for (const [key, id] of Object.entries(AZURE_ROLES)) {
      assert.strictEqual(BUILT_IN_ROLES[id], names[key as keyof typeof AZURE_ROLES]);
    }
  });

  it("agree on the versions of PostgreSQL, and on when the older ones retire", () => {
    for (const [version, { until }] of Object.entries(DATABASE_VERSIONS)) {
      const problem = databaseVersionProblem(version);
      const year = problem && /retires in Azure in \w+ (\d{4})/.exec(problem)?.[1];
      assert.ok(problem === undefined || until < "2026-11" || year === until.slice(0, 4), version);
    }
    for (const version of SUPPORTED) {
      assert.ok(DATABASE_VERSIONS[version]!.until > "2029", version);
    }
  });
});

/** Inputs that a planted mistake keeps the rest of. */
interface Changed {
  readonly criteria: { readonly allOf: readonly object[] };
  readonly sku: object;
  readonly serializedData: string;
  readonly agentPoolProfiles: readonly object[];
}

/** What the program could get wrong, and what is then said. */
const PLANTED: readonly (readonly [
  kind: string,
  type: string,
  change: (props: Changed) => object,
  found: RegExp,
])[] = [
  [
    "a metric",
    "monitor:MetricAlert",
    ({ criteria }) => ({ criteria: withCriterion(criteria, { metricName: "UnhealthyHosts" }) }),
    /has no metric UnhealthyHosts/,
  ],
  [
    "an aggregation",
    "monitor:MetricAlert",
    ({ criteria }) => ({ criteria: withCriterion(criteria, { timeAggregation: "Minimum" }) }),
    /UnhealthyHostCount has no aggregation Minimum/,
  ],
  [
    "a metric of a query",
    "applicationinsights:Workbook",
    ({ serializedData }) => ({
      serializedData: serializedData.replace("UnhealthyHostCount", "UnhealthyHosts"),
    }),
    /MICROSOFT\.NETWORK has no metric UnhealthyHosts/,
  ],
  [
    "an aggregation of a query",
    "applicationinsights:Workbook",
    ({ serializedData }) => ({
      serializedData: serializedData.replace("max(Average)", "max(Minimum)"),
    }),
    /UnhealthyHostCount has no aggregation Minimum/,
  ],
  [
    "a metric of a query that alerts",
    "monitor:ScheduledQueryRule",
    () => ({
      criteria: { allOf: [{ query: 'AzureMetrics\n| where MetricName == "UnhealthyHostCount"' }] },
    }),
    / has no metric UnhealthyHostCount/,
  ],
  [
    "a dimension",
    "monitor:MetricAlert",
    ({ criteria }) => ({
      criteria: withCriterion(criteria, { dimensions: [{ name: "BackendPool" }] }),
    }),
    /has no dimension BackendPool/,
  ],
  [
    "a log category",
    "monitor:DiagnosticSetting",
    () => ({ logs: [{ category: "Audit" }] }),
    /has no log category Audit/,
  ],
  ["a region", "keyvault:Vault", () => ({ location: "westeuropa" }), /westeuropa is no region/],
  [
    "a region without a standby in another zone",
    "dbforpostgresql:Server",
    () => ({ location: "westeurope" }),
    /westeurope takes no standby/,
  ],
  [
    "a region without geo-redundant backups",
    "dbforpostgresql:Server",
    () => ({ location: "westus3" }),
    /westus3 has no geo-redundant backup/,
  ],
  [
    "a size of a server",
    "dbforpostgresql:Server",
    ({ sku }) => ({ sku: { ...sku, name: "Standard_D2s_v5" } }),
    /Standard_D2s_v5 is no size of GeneralPurpose/,
  ],
  [
    "a tier of a server",
    "dbforpostgresql:Server",
    ({ sku }) => ({ sku: { ...sku, tier: "Burstable" } }),
    /is no size of Burstable/,
  ],
  [
    "a version of PostgreSQL",
    "dbforpostgresql:Server",
    () => ({ version: "19" }),
    /PostgreSQL 19 is no version/,
  ],
  [
    "the name of a parameter",
    "dbforpostgresql:Configuration",
    () => ({ configurationName: "connection_throttle.enable", value: "on" }),
    /PostgreSQL 18 has no parameter connection_throttle\.enable/,
  ],
  [
    "the value of a parameter",
    "dbforpostgresql:Configuration",
    () => ({ configurationName: "log_statement", value: "some" }),
    /log_statement cannot be some, but none,ddl,mod,all/,
  ],
  [
    "the number of a parameter",
    "dbforpostgresql:Configuration",
    () => ({ configurationName: "log_min_duration_sample", value: "-2" }),
    /log_min_duration_sample cannot be -2/,
  ],
  [
    "a parameter that nobody can set",
    "dbforpostgresql:Configuration",
    () => ({ configurationName: "createrole_self_grant", value: "" }),
    /createrole_self_grant is read-only/,
  ],
  [
    "a version of Kubernetes",
    "containerservice:ManagedCluster",
    () => ({ kubernetesVersion: "1.53" }),
    /AKS has no Kubernetes 1\.53/,
  ],
  [
    "the size of a system pool",
    "containerservice:ManagedCluster",
    ({ agentPoolProfiles }) => ({ agentPoolProfiles: smaller(agentPoolProfiles) }),
    /Standard_B2s_v2 is too small for a system pool/,
  ],
  [
    "the size of a user pool",
    "containerservice:AgentPool",
    () => ({ vmSize: "Standard_D4sd_v5" }),
    /Standard_D4sd_v5 is no size/,
  ],
  [
    "an ephemeral disk",
    "containerservice:AgentPool",
    () => ({ vmSize: "Standard_D4s_v5" }),
    /Standard_D4s_v5 has no local disk of 64 GB/,
  ],
  [
    "a role",
    "authorization:RoleAssignment",
    () => ({ roleDefinitionId: "/providers/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538e" }),
    /is no built-in role/,
  ],
];

function withCriterion(criteria: Changed["criteria"], change: object): object {
  return { ...criteria, allOf: criteria.allOf.map((one) => ({ ...one, ...change })) };
}

function smaller(pools: readonly object[]): object[] {
  return pools.map((pool) => ({ ...pool, vmSize: "Standard_B2s_v2" }));
}

describe("What holds the program against the tables", function () {
  this.timeout(30_000);

  for (const [kind, type, change, found] of PLANTED) {
    it(`finds ${kind} that is wrong`, async () => {
      const resources = await registeredResources("prod");
      const wrong = resources.find((one) => one.type === `azure-native:${type}`)!;
      const planted = resources.map((one) =>
        one === wrong
          ? { ...one, props: { ...one.props, ...change(one.props as unknown as Changed) } }
          : one,
      );
      const before = disagreements(resources);
      const now = disagreements(planted).filter((problem) => !before.includes(problem));
      assert.ok(
        now.some((problem) => found.test(problem)),
        now.join("\n"),
      );
    });
  }
});
