import { type Adopted, sqlName } from "../plan";
import type { AdoptionFacts, FoundSetting } from "./adoptionFacts";
import type { Problem } from "./readings";

/** A setting of a login that the roles of slots can carry over. */
interface Carried {
  /** Configuration key. */
  readonly key: string;
  readonly setting: string;
  /** The configured value; undefined where it is not set. */
  readonly asked: string | undefined;
  /** A login's value as it is configured; undefined for one that cannot be. */
  readonly configured: (value: string) => string | undefined;
}

function carriedOf(adopted: Adopted): Carried[] {
  const { idleInTransactionTimeout, searchPath, statementTimeout } = adopted;
  return [
    {
      key: "searchPath",
      setting: "search_path",
      asked: searchPath?.join(","),
      configured: pathOf,
    },
    {
      key: "statementTimeout",
      setting: "statement_timeout",
      asked: statementTimeout?.toString(),
      configured: millisecondsOf,
    },
    {
      key: "idleInTransactionTimeout",
      setting: "idle_in_transaction_session_timeout",
      asked: idleInTransactionTimeout?.toString(),
      configured: millisecondsOf,
    },
  ];
}

/**
 * Settings of the login that the slots' roles would not have: each that they can carry over has to be
 * configured as it is, and the database has to give everybody the others.
 */
export function settingProblems(
  adopted: Adopted,
  { databaseOwner, settings }: AdoptionFacts,
): Problem[] {
  // Within the database its own one holds.
  const inForce = new Map(
    settings
      .toSorted((one, other) => Number(one.isInDatabase) - Number(other.isInDatabase))
      .map(({ name, value }) => [name, value]),
  );
  const carried = carriedOf(adopted);
  const others = [...inForce].filter(([name, value]) => {
    const known = carried.find(({ setting }) => setting === name);
    return name !== "role" && known?.configured(value) === undefined;
  });
  return [
    ...carried
      .filter(({ setting }) => !others.some(([name]) => name === setting))
      .flatMap((one) => carriedProblem(one, adopted, inForce.get(one.setting))),
    ...actingProblem(adopted, inForce.get("role")),
    ...(others.length === 0
      ? []
      : [
          [
            "legacyRole",
            "has settings that the slots' roles cannot carry over: " +
              `${others.map(([name]) => name).join(", ")}. Give them to the database, as its owner` +
              `${databaseOwner === null ? "" : `, ${databaseOwner}`}: ` +
              `\`${others.flatMap((other) => moved(other, settings, adopted)).join(" ")}\``,
          ] as const,
        ]),
  ];
}

function carriedProblem(
  { asked, configured, key, setting }: Carried,
  { legacyRole }: Adopted,
  value: string | undefined,
): Problem[] {
  const found = value === undefined ? undefined : configured(value);
  if (asked === found) {
    return [];
  }
  return [
    [
      key,
      found === undefined
        ? `is ${asked}, and ${legacyRole} has no ${setting}: \`pulumi config rm rotation:${key}\`.`
        : `is ${asked ?? "not set"}, and ${legacyRole} has the ${setting} ${value}: ` +
          `\`pulumi config set rotation:${key} '${found}'\`.`,
    ],
  ];
}

/** @param role that the login acts as from its first statement on */
function actingProblem({ legacyRole, ownerRole }: Adopted, role: string | undefined): Problem[] {
  return role === undefined || role === "none" || role === ownerRole
    ? []
    : [
        [
          "ownerRole",
          `is ${ownerRole}, and ${legacyRole} acts as ${role}: ` +
            `\`pulumi config set rotation:ownerRole '${role}'\`.`,
        ],
      ];
}

/** Lists of names come quoted already. */
const LISTS = [
  "search_path",
  "temp_tablespaces",
  "local_preload_libraries",
  "session_preload_libraries",
];

/** SQL that gives a database what its login has. */
function moved(
  [name, value]: readonly [name: string, value: string],
  settings: readonly FoundSetting[],
  { databaseName, legacyRole }: Adopted,
): string[] {
  const [database, login] = [sqlName(databaseName), sqlName(legacyRole)];
  // An empty list comes as two quotes, which SQL does not take.
  const isList = LISTS.includes(name) && value !== '""';
  const text = isList ? value : `'${value.replace('""', "").replaceAll("'", "''")}'`;
  return [
    `ALTER DATABASE ${database} SET ${name} TO ${text};`,
    ...settings
      .filter((setting) => setting.name === name)
      .map(({ isInDatabase }) => {
        const where = isInDatabase ? `IN DATABASE ${database} ` : "";
        return `ALTER ROLE ${login} ${where}RESET ${name};`;
      }),
  ];
}

/** A search path as it is configured; undefined for one that cannot be. */
function pathOf(value: string): string | undefined {
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!.toLowerCase(),
  );
  return names.length === 0 || names.some((name) => name === "" || /[",']/.test(name))
    ? undefined
    : names.join(",");
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time as PostgreSQL takes it, in milliseconds; undefined for one that a role cannot be given. */
function millisecondsOf(value: string): string | undefined {
  const [, number, unit = "ms"] = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value) ?? [];
  const milliseconds = Math.round(Number(number) * (UNITS[unit] ?? NaN));
  return milliseconds > 0 ? `${milliseconds}` : undefined;
}
