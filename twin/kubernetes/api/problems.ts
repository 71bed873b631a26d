/** Words of the API server about single values, with the paths where they are. */

/** Of a name that is part of a host's: a lowercase RFC 1123 label. */
export const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export function labelProblems(labels: Record<string, string> | undefined, path: string): string[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(LABEL_KEY.test(key) ? [] : [`${path}: Invalid value: "${key}": not a qualified name`]),
    ...(LABEL_VALUE.test(value) && value.length <= 63
      ? []
      : [`${path}: Invalid value: "${value}": a valid label must match ${LABEL_VALUE.source}`]),
  ]);
}

export function unsupported(path: string, value: string | undefined, supported: string[]): string {
  const list = supported.map((s) => `"${s}"`).join(", ");
  return `${path}: Unsupported value: "${value ?? ""}": supported values: ${list}`;
}

/** A number of pods or a share of them, which may have a limit in percent. */
export function amountProblems(
  value: number | string | undefined,
  path: string,
  limit = Infinity,
): string[] {
  const says = (text: string) => [`${path}: Invalid value: ${JSON.stringify(value)}: ${text}`];
  if (typeof value === "string") {
    return !/^[0-9]+%$/.test(value)
      ? says("a valid percent string must be a numeric string followed by an ending '%'")
      : Number.parseInt(value, 10) > limit
        ? says(`must not be greater than ${limit}%`)
        : [];
  }
  return value !== undefined && value < 0 ? says("must be greater than or equal to 0") : [];
}
