import { createHash } from "node:crypto";

import {
  ProviderError,
  Secret,
  UNKNOWN,
  type CheckCall,
  type Checked,
  type CheckFailure,
  type Properties,
  type Value,
} from "../../plugin/provider";
import { plain, isObject } from "../../plugin/values";
import { elementsOf, isZero, upstreamName, type Field, type Fields } from "./schema";

/** Names the inputs that were filled in, so that the next run may fill them in again. */
export const DEFAULTS = "__defaults";

const NAME_DIGITS = 7;

/** Inputs with the right types and the defaults, and everything that is wrong with them. */
export function check(fields: Fields, call: CheckCall): Checked {
  const given = typed(fields, withoutNulls(call.inputs));
  const named = autoNamed(fields, given, call);
  return {
    inputs: markSecrets(fields, withDefaults(fields, named.inputs, named.filled)),
    failures: failures(fields, plain(named.inputs) as Properties, call.name),
  };
}

function withoutNulls(inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).filter(([key, value]) => key !== DEFAULTS && value !== null),
  );
}

function typed(fields: Fields, inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typedValue(fields[name], name, value)]),
  );
}

/** Numbers and booleans may come as text and text as either, as from a configuration file. */
function typedValue(field: Field | undefined, name: string, value: Value): Value {
  if (value instanceof Secret) {
    return new Secret(typedValue(field, name, value.value));
  }
  switch (field?.type) {
    case "int":
      return typeof value === "string"
        ? parseInteger(value, upstreamName(name, field))
        : typeof value === "number"
          ? Math.trunc(value)
          : value;
    case "bool":
      return value === "true" ? true : value === "false" ? false : value;
    case "string":
      return asText(value);
    case "list":
    case "set": {
      const { elements } = field;
      const list = value === UNKNOWN || Array.isArray(value) ? value : [value];
      return Array.isArray(list)
        ? list.map((element) =>
            elements
              ? isObject(element)
                ? typed(elements, withoutNulls(element))
                : element
              : asText(element),
          )
        : list;
    }
    case undefined:
      return value;
  }
}

function asText(value: Value): Value {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

function parseInteger(text: string, name: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const parsed = JSON.stringify(text);
    throw new ProviderError(`${name}: strconv.ParseInt: parsing ${parsed}: invalid syntax`);
  }
  return Number(text);
}

/** A name that was made up stays as long as the resource does. */
function autoNamed(
  fields: Fields,
  inputs: Properties,
  { name, oldInputs, randomSeed }: CheckCall,
): { inputs: Properties; filled: string[] } {
  if (!fields["name"] || inputs["name"] !== undefined) {
    return { inputs, filled: [] };
  }
  const old = oldInputs["name"];
  const digits = createHash("sha256").update(randomSeed).digest("hex").slice(0, NAME_DIGITS);
  return {
    inputs: {
      ...inputs,
      name: old !== undefined && wasFilledIn(oldInputs, "name") ? old : `${name}-${digits}`,
    },
    filled: ["name"],
  };
}

function wasFilledIn(oldInputs: Properties, name: string): boolean {
  const defaults = oldInputs[DEFAULTS];
  return !Array.isArray(defaults) || defaults.includes(name);
}

/** Only defaults that differ from nothing are written into the inputs. */
function withDefaults(fields: Fields, inputs: Properties, filled: string[]): Properties {
  const result: Properties = { ...inputs };
  const names = [...filled];
  for (const [name, field] of Object.entries(fields)) {
    const value = result[name];
    if (value === undefined && field.default !== undefined && !isZero(field.default)) {
      result[name] = field.default;
      names.push(name);
    }
    const { elements } = field;
    if (elements && Array.isArray(value)) {
      result[name] = value.map((element) =>
        isObject(element) ? withDefaults(elements, element, []) : element,
      );
    }
  }
  return { ...result, [DEFAULTS]: names.sort() };
}

function markSecrets(fields: Fields, inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      fields[name]?.secret && !(value instanceof Secret) ? new Secret(value) : value,
    ]),
  );
}

function failures(fields: Fields, inputs: Properties, resource: string): CheckFailure[] {
  const reasons = [
    ...Object.keys(inputs)
      .filter((name) => !fields[name])
      .map((name) => examine("Invalid or unknown key", resource, name)),
    ...Object.entries(fields).flatMap(([name, field]) => [
      ...missing(field, name, inputs),
      ...wrong(field, name, inputs, resource),
    ]),
  ];
  return reasons.map((reason) => ({ property: "", reason }));
}

function missing(field: Field, name: string, inputs: Properties): string[] {
  const absent =
    field.required && inputs[name] === undefined
      ? [`Missing required property '${name}'${field.description ? `: ${field.description}` : ""}`]
      : [];
  const { elements } = field;
  const inElements = elements
    ? elementsOf(inputs[name]).flatMap((element, index) =>
        isObject(element)
          ? Object.entries(elements).flatMap(([inner, innerField]) =>
              missing(innerField, inner, element).map((text) =>
                text.replace(`'${inner}'`, `'${name}[${index}].${inner}'`),
              ),
            )
          : [],
      )
    : [];
  return [...absent, ...inElements];
}

function wrong(field: Field, name: string, inputs: Properties, resource: string): string[] {
  const value = inputs[name];
  const given = (other: string) => inputs[other] !== undefined;
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  const upstream = upstreamName(name, field);
  const problems = [];
  if (!hasType(field, value)) {
    problems.push(`Inappropriate value for attribute "${upstream}": ${field.type} required`);
  } else if (field.oneOf && !field.oneOf.includes(value as string)) {
    const allowed = field.oneOf.map((one) => JSON.stringify(one)).join(" ");
    problems.push(`expected ${upstream} to be one of [${allowed}], got ${value as string}`);
  } else if (field.atLeast !== undefined && (value as number) < field.atLeast) {
    problems.push(`expected ${upstream} to be at least (${field.atLeast}), got ${value as number}`);
  }
  const rival = field.conflictsWith?.find(given);
  if (rival !== undefined) {
    problems.push(`"${upstream}": conflicts with ${upstreamName(rival, undefined)}`);
  }
  for (const other of (field.requiredWith ?? []).filter((needed) => !given(needed))) {
    const both = [upstream, upstreamName(other, undefined)].sort().join(",");
    problems.push(`"${upstream}": all of \`${both}\` must be specified`);
  }
  const inElements = elementsOf(value).flatMap((element, index) =>
    field.elements && isObject(element)
      ? Object.keys(element)
          .filter((inner) => !field.elements?.[inner])
          .map((inner) => examine("Invalid or unknown key", resource, `${name}[${index}].${inner}`))
      : [],
  );
  return [...problems.map((problem) => examine(problem, resource, name)), ...inElements];
}

function hasType(field: Field, value: Value): boolean {
  switch (field.type) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    case "string":
      return typeof value === "string";
    case "list":
    case "set":
      return (
        Array.isArray(value) &&
        value.every((element) =>
          field.elements ? isObject(element) : typeof element === "string" || element === UNKNOWN,
        )
      );
  }
}

function examine(problem: string, resource: string, path: string): string {
  return `${problem}. Examine values at '${resource}.${path}'.`;
}
