import { PARAMETERS, type Parameter } from "../../../azure";
import { demand } from "../arm/common";

const RANGE = /^(-?\d+)-(-?\d+)$/;

/**
 * What Azure's list of server parameters refuses. Those that no version's list has in it are left to
 * the server itself: the excerpt has only what the program sets or rests on.
 */
export function requireParameter(name: string, value: string, version: string): void {
  const parameter = PARAMETERS[version]?.[name];
  demand(
    parameter !== undefined || !Object.values(PARAMETERS).some((list) => name in list),
    "ConfigurationNotExists",
    `The configuration '${name}' does not exist for PostgreSQL server version ${version}.`,
  );
  if (parameter !== undefined) {
    demand(
      parameter.kind !== "read-only",
      "InvalidParameterValue",
      `Invalid value given for parameter ${name}: ${name} is read-only.`,
    );
    demand(
      isAllowed(value, parameter),
      "InvalidParameterValue",
      `Invalid value given for parameter ${name}: '${value}'. Allowed are ${parameter.allowed}.`,
    );
  }
}

/** Whether servers of a tier do not show a parameter ("PgBouncer" of the server parameters). */
export function isHidden(name: string, tier: string): boolean {
  return name.startsWith("pgbouncer.") && tier === "Burstable";
}

function isAllowed(value: string, { allowed, type }: Parameter): boolean {
  const [, least, most] = RANGE.exec(allowed) ?? [];
  if (least !== undefined) {
    return /^-?\d+$/.test(value) && Number(value) >= Number(least) && Number(value) <= Number(most);
  }
  const values = type === "set" ? value.split(",") : [value];
  return values.every((one) => allowed.split(",").includes(one));
}
