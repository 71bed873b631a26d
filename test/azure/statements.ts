import {
  BUILT_IN_ROLES,
  DATABASE_REGIONS,
  DATABASE_SIZES,
  DATABASE_VERSIONS,
  KUBERNETES_VERSIONS,
  LOG_CATEGORIES,
  NODE_SIZES,
  PARAMETERS,
} from "../../azure";
import { DATABASE_VERSIONS as SUPPORTED } from "../../components/platform/databaseVersions";
import { PROFILES } from "../../components/platform/profiles";
import { ZONED_REGIONS } from "../../components/platform/regions";
import { CHECKS } from "../../operate/preflight/preflight";
import { DATABASE_PARAMETER_RULES } from "../../policy/rules/databaseParameters";
import { DIAGNOSTICS_RULES } from "../../policy/rules/diagnostics";
import { ROLES } from "../../twin/azure/arm/roles";
import { goodSituation } from "../../twin/azure/arm/situation";
import { GIVEN } from "../../twin/azure/given";
import { REGIONS } from "../../twin/azure/reads/subscriptionReads";
import { RESOURCE_TYPES } from "../../twin/azure/resourceTypes";
import { parameterProblems } from "./disagreements";

/** Something of Azure's that stands in code, and maybe in no resource that a stack registers. */
export interface Statement {
  readonly where: string;
  readonly kind: keyof typeof KINDS;
  readonly value: string;
}

/** Whether a table has a statement, by its kind. */
const KINDS = {
  region: (value: string) => DATABASE_REGIONS[value] !== undefined,
  "region in words": (value: string) =>
    Object.values(DATABASE_REGIONS).some(({ name }) => name === value),
  "size of nodes": (value: string) => NODE_SIZES[value] !== undefined,
  "cores and disk of nodes": (value: string) =>
    Object.entries(NODE_SIZES).some(
      ([name, { cores, localDiskGB }]) => value === `${name}: ${cores}, ${localDiskGB}`,
    ),
  "size of a server": (value: string) => DATABASE_SIZES[value] !== undefined,
  "tier, cores and memory of a server": (value: string) =>
    Object.entries(DATABASE_SIZES).some(
      ([name, { tier, cores, memoryGB }]) => value === `${name}: ${tier}, ${cores}, ${memoryGB}`,
    ),
  "version of PostgreSQL": (value: string) => DATABASE_VERSIONS[value] !== undefined,
  "version of Kubernetes": (value: string) => KUBERNETES_VERSIONS[value] !== undefined,
  "name of a role": (value: string) => Object.values(BUILT_IN_ROLES).includes(value),
  "id of a role": (value: string) =>
    Object.entries(BUILT_IN_ROLES).some(([id, name]) => value === `${id}: ${name}`),
  "log category": (value: string) => {
    const [type = "", category = ""] = value.split(": ");
    return LOG_CATEGORIES[type]?.includes(category) === true;
  },
  "value of a parameter": (value: string) => {
    const [version = "", name = "", set = ""] = value.split(/: | = /);
    const parameter = PARAMETERS[version]?.[name];
    return parameter !== undefined && parameterProblems(name, set, parameter).length === 0;
  },
} as const;

export const STATEMENT_KINDS = Object.keys(KINDS) as (keyof typeof KINDS)[];

/** Groups of categories and of metrics, which every type has. */
const GROUPS: readonly string[] = ["AllMetrics", "allLogs", "audit"];

/** A role of Entra's and not of Azure's, which is in no table. */
const DIRECTORY_ROLES: readonly string[] = ["Directory Readers"];

/** The statements that no table has, one sentence each. */
export function unknownStatements(statements: readonly Statement[]): string[] {
  return statements
    .filter(({ kind, value }) => !KINDS[kind](value))
    .map(({ where, kind, value }) => `${where}: no table has the ${kind} ${value}`);
}

/** All of them, each with where it stands. */
export function statementsOfCode(): Statement[] {
  return [...ofProfiles(), ...ofPolicy(), ...ofPreflight(), ...ofTwin()];
}

function ofProfiles(): Statement[] {
  const where = "components/platform";
  return [
    ...Object.values(PROFILES).flatMap(({ cluster, database }): Statement[] => [
      { where, kind: "size of nodes", value: cluster.system.nodeSize },
      { where, kind: "size of nodes", value: cluster.user.nodeSize },
      { where, kind: "size of a server", value: database.size },
    ]),
    ...ZONED_REGIONS.map((value): Statement => ({ where, kind: "region", value })),
    ...SUPPORTED.map((value): Statement => ({ where, kind: "version of PostgreSQL", value })),
  ];
}

/** What the rules ask for, as they say it of a stack that has nothing. */
function ofPolicy(): Statement[] {
  const where = "policy/rules";
  const parameters = DATABASE_PARAMETER_RULES.flatMap((rule) =>
    SUPPORTED.flatMap((version) => {
      const [, name = "", values = ""] = asked(
        rule,
        { version },
        /^(\S+) is not set; it must be (.+)\.$/,
      );
      return values
        .split(" or ")
        .filter(() => name !== "")
        .map((value): Statement => {
          return { where, kind: "value of a parameter", value: `${version}: ${name} = ${value}` };
        });
    }),
  );
  const categories = DIAGNOSTICS_RULES.flatMap((rule) => {
    const [, missing = ""] = asked(rule, {}, /^no diagnostic setting sends its (.+)\.$/);
    const type = RESOURCE_TYPES.get(rule.appliesTo[0]!)!.armType.toLowerCase();
    return missing
      .split(/, | or /)
      .filter((category) => !GROUPS.includes(category))
      .map((category): Statement => {
        return { where, kind: "log category", value: `${type}: ${category}` };
      });
  });
  return [...parameters, ...categories];
}

/** What a rule says of an empty resource; nothing where it does not apply to it. */
function asked(
  rule: (typeof DIAGNOSTICS_RULES)[number],
  props: Readonly<Record<string, string>>,
  pattern: RegExp,
): readonly string[] {
  const problem = rule.check(props, { type: rule.appliesTo[0]!, all: [] });
  if (problem === undefined) {
    return [];
  }
  const found = pattern.exec(problem);
  if (found === null) {
    throw new Error(`Rule ${rule.id} says "${problem}", which nothing here can read.`);
  }
  return found;
}

function ofPreflight(): Statement[] {
  return CHECKS.filter(
    ({ role, roleActions }) => !DIRECTORY_ROLES.includes(role) && !roleActions,
  ).map(({ role }) => ({ where: "operate/preflight", kind: "name of a role", value: role }));
}

function ofTwin(): Statement[] {
  const where = "twin/azure";
  const { sizes, database, versions, roles } = goodSituation("");
  return [
    ...sizes.map(({ name, cores, localDisk }): Statement => {
      return { where, kind: "cores and disk of nodes", value: `${name}: ${cores}, ${localDisk}` };
    }),
    ...database.sizes.map(({ name, tier, cores, memoryPerCoreMb }): Statement => {
      const memoryGB = (cores * memoryPerCoreMb) / 1024;
      const value = `${name}: ${tier}, ${cores}, ${memoryGB}`;
      return { where, kind: "tier, cores and memory of a server", value };
    }),
    ...[...database.versions].map((value): Statement => {
      return { where, kind: "version of PostgreSQL", value };
    }),
    ...versions.map(({ version }): Statement => {
      return { where, kind: "version of Kubernetes", value: version };
    }),
    ...Object.entries(ROLES).map(([id, { name }]): Statement => {
      return { where, kind: "id of a role", value: `${id}: ${name}` };
    }),
    ...roles.map(({ role }): Statement => {
      return { where, kind: "id of a role", value: `${role}: ${ROLES[role]?.name}` };
    }),
    ...REGIONS.map((value): Statement => ({ where, kind: "region in words", value })),
    { where, kind: "region", value: GIVEN.location },
  ];
}
