import { Secret, UNKNOWN, type Value } from "../../twin/plugin/provider";

/** JSON as it stands in a recorded file, with its markers. */
export type Recorded = null | boolean | number | string | Recorded[] | { [key: string]: Recorded };

export interface ComparisonOptions {
  /** An auto-name of the answer and the recorded one it stands for. */
  readonly rename?: readonly [own: string, recorded: string] | undefined;
}

const SECRET = "<secret>";
/** How the recorder wrote secrets in answers about the provider's own configuration. */
const RAW_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The value that a recorded request holds. */
export function fromRecorded(recorded: Recorded): Value {
  if (recorded === "<unknown>") {
    return UNKNOWN;
  }
  if (Array.isArray(recorded)) {
    return recorded.map(fromRecorded);
  }
  if (recorded !== null && typeof recorded === "object") {
    const secret = secretOf(recorded);
    return secret === undefined
      ? Object.fromEntries(
          Object.entries(recorded).map(([key, value]) => [key, fromRecorded(value)]),
        )
      : new Secret(fromRecorded(secret));
  }
  return recorded;
}

/** How an answer is written down; the reverse of `fromRecorded`. */
export function toRecorded(value: Value): Recorded {
  if (value === UNKNOWN) {
    return "<unknown>";
  }
  if (value instanceof Secret) {
    return { [SECRET]: toRecorded(value.value) };
  }
  if (Array.isArray(value)) {
    return value.map(toRecorded);
  }
  return value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toRecorded(inner)]))
    : value;
}

/** Every difference between an answer and the recorded one, one sentence each. */
export function differences(
  own: Value | undefined,
  recorded: Recorded,
  options: ComparisonOptions,
  path = "",
): string[] {
  if (own === undefined) {
    return recorded === "<volatile>" ? [] : [`${path} is missing, recorded: ${show(recorded)}`];
  }
  if (recorded === "<volatile>" || (recorded === "<generated>" && isPlain(own))) {
    return [];
  }
  if (recorded === "<unknown>") {
    return own === UNKNOWN ? [] : [`${path} should be unknown`];
  }
  if (Array.isArray(recorded)) {
    return listDifferences(own, recorded, options, path);
  }
  if (recorded !== null && typeof recorded === "object") {
    const secret = secretOf(recorded);
    if (secret !== undefined) {
      return own instanceof Secret
        ? differences(own.value, secret, options, path)
        : [`${path} should be secret`];
    }
    return objectDifferences(own, recorded, options, path);
  }
  return renamed(own, options) === recorded
    ? []
    : [`${path} is ${show(own)}, recorded: ${show(recorded)}`];
}

function listDifferences(
  own: Value,
  recorded: Recorded[],
  options: ComparisonOptions,
  path: string,
): string[] {
  if (!Array.isArray(own) || own.length !== recorded.length) {
    return [`${path} is ${show(own)}, recorded: ${show(recorded)}`];
  }
  return recorded.flatMap((value, index) =>
    differences(own[index], value, options, `${path}[${index}]`),
  );
}

function objectDifferences(
  own: Value,
  recorded: { [key: string]: Recorded },
  options: ComparisonOptions,
  path: string,
): string[] {
  if (!isObject(own)) {
    return [`${path} is ${show(own)}, recorded: ${show(recorded)}`];
  }
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  return [
    ...Object.entries(recorded).flatMap(([key, value]) =>
      differences(own[key], value, options, at(key)),
    ),
    ...Object.keys(own)
      .filter((key) => !(key in recorded))
      .map((key) => `${at(key)} is ${show(own[key])} but was not recorded`),
  ];
}

function renamed(own: Value, { rename }: ComparisonOptions): Value {
  return rename && typeof own === "string" ? own.replaceAll(rename[0], rename[1]) : own;
}

function secretOf(recorded: { [key: string]: Recorded }): Recorded | undefined {
  return RAW_SIGNATURE in recorded ? (recorded["value"] ?? null) : recorded[SECRET];
}

function isPlain(value: Value): boolean {
  return value !== UNKNOWN && !(value instanceof Secret);
}

function isObject(value: Value): value is { [key: string]: Value } {
  return isPlain(value) && value !== null && typeof value === "object" && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === UNKNOWN) {
    return "unknown";
  }
  return value instanceof Secret ? "a secret" : JSON.stringify(value);
}
