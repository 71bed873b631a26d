/** Secrets, unknowns and shapes of property values. */
import { Secret, UNKNOWN, type Properties, type Value } from "../../plugin/provider";
import { isObject, plain } from "../../plugin/values";

/** The object at a key, or an empty one. */
export function objectAt(source: Properties, key: string): Properties {
  const value = source[key];
  return isObject(value) ? value : {};
}

/** The text at a key, empty when there is none. */
export function textAt(source: Properties, key: string): string {
  const value = source[key];
  return typeof value === "string" ? value : "";
}

export function without(source: Properties, ...keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(source).filter(([key]) => !keys.includes(key)));
}

/** A copy without the marks of secrets; unknowns stay. */
export function revealed(properties: Properties): Properties {
  return plain(properties) as Properties;
}

/** A copy in which unknowns are null. */
export function withoutUnknowns(value: Value): Value {
  if (value === UNKNOWN) {
    return null;
  }
  if (Array.isArray(value)) {
    return value.map(withoutUnknowns);
  }
  return isObject(value) ? mapValues(value, withoutUnknowns) : value;
}

export function mapValues(source: Properties, map: (value: Value) => Value): Properties {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, map(value)]));
}

function hasSecret(value: Value): boolean {
  if (value instanceof Secret) {
    return true;
  }
  return value !== null && typeof value === "object" && Object.values(value).some(hasSecret);
}

/**
 * Marks in `target` what is secret in `marked`, as deep as both are objects; a list with one secret
 * is secret as a whole. The data of a Secret always is.
 */
export function withSecretsOf(target: Properties, marked: Properties): Properties {
  const hide = (key: string) =>
    target.kind === "Secret" && key in target ? { [key]: secret(target[key] ?? null) } : {};
  const result: Properties = { ...target, ...hide("data"), ...hide("stringData") };
  for (const [key, mark] of Object.entries(marked)) {
    const value = result[key];
    if (value === undefined) {
      continue;
    }
    if (isObject(value) && isObject(mark)) {
      result[key] = withSecretsOf(value, mark);
    } else if (hasSecret(mark)) {
      result[key] = secret(value);
    }
  }
  return result;
}

function secret(value: Value): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

/** Puts back into `target` what is unknown in `source`. */
export function withUnknownsOf(target: Properties, source: Properties): Properties {
  const result = { ...target };
  for (const [key, value] of Object.entries(source)) {
    if (key in target) {
      result[key] = unknownsInto(target[key] ?? null, value);
    }
  }
  return result;
}

function unknownsInto(target: Value, source: Value): Value {
  if (source instanceof Secret) {
    return unknownsInto(target, source.value);
  }
  if (source === UNKNOWN) {
    return UNKNOWN;
  }
  if (isObject(target) && isObject(source)) {
    return withUnknownsOf(target, source);
  }
  if (Array.isArray(target) && Array.isArray(source)) {
    return target.map((item, i) => unknownsInto(item, source[i] ?? null));
  }
  return target;
}

/** The parts of `source` that `shape` has too: what the server added is not an input. */
export function pruned(source: Properties, shape: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(source)) {
    const like = shape[key];
    if (like !== undefined) {
      result[key] = prunedValue(value, like);
    }
  }
  return result;
}

function prunedValue(value: Value, like: Value): Value {
  if (isObject(value) && isObject(like)) {
    return pruned(value, like);
  }
  if (Array.isArray(value) && Array.isArray(like)) {
    return value.slice(0, like.length).map((item, i) => prunedValue(item, like[i] ?? null));
  }
  return value;
}
