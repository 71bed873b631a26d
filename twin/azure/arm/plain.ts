import { Secret, type Properties, type Value } from "../../plugin/provider";
import { isObject } from "../../plugin/values";

/** A property value without markers: what goes over the wire to Azure. */
export type Plain = null | boolean | number | string | Plain[] | PlainObject;
export type PlainObject = { [key: string]: Plain };

/** A value without secret marks; unknown stays what it is, null counts as left out. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) {
    return reveal(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  return isObject(value) ? revealAll(value) : value;
}

export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .map(([key, value]) => [key, reveal(value)] as const)
      .filter(([, value]) => value !== null),
  );
}

export function plain(properties: Properties): PlainObject {
  return revealAll(properties) as PlainObject;
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameValue(a[key], b[key]));
  }
  return a === b;
}

/**
 * Marks in `outputs` what is secret in `inputs`. The official provider knows no secrets; the
 * engine does this for it (`annotateSecrets` in pulumi's provider_plugin.go).
 */
export function annotateSecrets(outputs: Properties, inputs: Properties): Properties {
  const result = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = result[key];
    if (output === undefined) {
      continue;
    }
    if (isObject(output) && isObject(input)) {
      result[key] = annotateSecrets(output, input);
    } else if (containsSecrets(input)) {
      result[key] = new Secret(output);
    }
  }
  return result;
}

function containsSecrets(value: Value): boolean {
  if (value instanceof Secret) {
    return true;
  }
  return Array.isArray(value)
    ? value.some(containsSecrets)
    : isObject(value) && Object.values(value).some(containsSecrets);
}

/** Every value at a path like `properties.sku.name` or `agentPoolProfiles[].vnetSubnetID`. */
export function valuesAt(value: Plain | undefined, path: string): Plain[] {
  const [head = "", ...rest] = path.split(".");
  const name = head.replace(/\[\]$/, "");
  const found = isObject(value) ? value[name] : undefined;
  if (found === undefined || found === null) {
    return [];
  }
  const items = head.endsWith("[]") ? (Array.isArray(found) ? found : []) : [found];
  return rest.length === 0 ? items : items.flatMap((item) => valuesAt(item, rest.join(".")));
}

/** The text at a path, empty when there is none. */
export function textAt(value: Plain | undefined, path: string): string {
  const [found] = valuesAt(value, path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: Plain | undefined, path: string): number | undefined {
  const [found] = valuesAt(value, path);
  return typeof found === "number" ? found : undefined;
}

export function flagAt(value: Plain | undefined, path: string): boolean {
  return valuesAt(value, path)[0] === true;
}

export function objectAt(value: Plain | undefined, path: string): PlainObject | undefined {
  const [found] = valuesAt(value, path);
  return isObject(found) ? found : undefined;
}

export function objectsAt(value: Plain | undefined, path: string): PlainObject[] {
  return valuesAt(value, `${path}[]`).filter((item): item is PlainObject => isObject(item));
}

export function textsAt(value: Plain | undefined, path: string): string[] {
  return valuesAt(value, path).filter((item) => typeof item === "string");
}
