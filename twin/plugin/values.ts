import { isDeepStrictEqual } from "node:util";

import { Secret, UNKNOWN, type Properties, type Value } from "./provider";

/** A value without its secret marks, for comparing and for handing on. */
export function plain(value: Value | undefined): Value | undefined {
  if (value instanceof Secret) {
    return plain(value.value);
  }
  if (Array.isArray(value)) {
    return value.map((element) => plain(element) as Value);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, element]) => [key, plain(element) as Value]),
    );
  }
  return value;
}

/** A map of values, and no secret. */
export function isObject(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret)
  );
}

/** Two values are equal whether or not they are marked secret; nothing equals the unknown. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  return !hasUnknown(left) && !hasUnknown(right) && isDeepStrictEqual(plain(left), plain(right));
}

/** Is any part of the value not known yet? */
export function hasUnknown(value: Value | undefined): boolean {
  if (value instanceof Secret) {
    return hasUnknown(value.value);
  }
  if (value !== null && typeof value === "object") {
    return Object.values(value).some(hasUnknown);
  }
  return value === UNKNOWN;
}

/** Only the named properties, in the order of the names. */
export function pick(properties: Properties, names: Iterable<string>): Properties {
  const picked: Properties = {};
  for (const name of names) {
    const value = properties[name];
    if (value !== undefined) {
      picked[name] = value;
    }
  }
  return picked;
}
