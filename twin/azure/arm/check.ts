import { createHash } from "node:crypto";
import { UNKNOWN, type CheckFailure, type Properties, type Value } from "../../plugin/provider";
import { isObject } from "../../plugin/values";
import { revealAll } from "./plain";
import type { ResourceType } from "./resourceType";
import { resourceShape, type Fields, type Shape } from "./shapes";

/** Set by the official provider where it made up the name, so that a replacement can come first. */
export const CREATE_BEFORE_DELETE = "__createBeforeDelete";
const OWN_INPUTS = new Set(["azureApiVersion", CREATE_BEFORE_DELETE]);

/** What the official provider's validateType and validateProperty refuse, and unknown properties. */
export function failuresOf(type: ResourceType, inputs: Properties): CheckFailure[] {
  const shape = resourceShape(type.token);
  const reasons = problemsOfObject("", shape.inputs, revealAll(inputs));
  if (type.locationRequired && inputs["location"] === undefined) {
    reasons.push(
      "missing required property 'location'. Either set it explicitly or configure it with " +
        "'pulumi config set azure-native:location <value>'.",
    );
  }
  for (const [argument, { pattern, minLength, maxLength }] of Object.entries(type.names)) {
    const name = inputs[argument];
    if (typeof name !== "string") {
      continue;
    }
    if (minLength !== undefined && name.length < minLength) {
      reasons.push(
        `'${argument}' is too short (${name.length}): at least ${minLength} characters required`,
      );
    }
    if (maxLength !== undefined && name.length > maxLength) {
      reasons.push(
        `'${argument}' is too long (${name.length}): at most ${maxLength} characters allowed`,
      );
    }
    if (!pattern.test(name)) {
      reasons.push(`'${argument}' does not match expression '${pattern.source}'`);
    }
  }
  return reasons.map((reason) => ({ property: "", reason }));
}

function problemsOfObject(path: string, fields: Fields, value: Properties): string[] {
  const reasons: string[] = [];
  for (const [name, { required }] of fields) {
    if (required && value[name] === undefined) {
      reasons.push(`missing required property '${join(path, name)}'`);
    }
  }
  for (const [name, item] of Object.entries(value)) {
    const field = fields.get(name);
    if (field) {
      reasons.push(...problemsOfValue(join(path, name), field.shape, item));
    } else if (path !== "" || !OWN_INPUTS.has(name)) {
      reasons.push(
        `the twin knows no property '${join(path, name)}' here: see the types of the SDK`,
      );
    }
  }
  return reasons;
}

function problemsOfValue(path: string, shape: Shape, value: Value): string[] {
  if (value === UNKNOWN || shape.kind === "any") {
    return [];
  }
  const wrong = [`'${path}' should be of type '${shape.kind}' but got ${nameOf(value)}`];
  switch (shape.kind) {
    case "array":
      return Array.isArray(value)
        ? value.flatMap((item, index) => problemsOfValue(`${path}[${index}]`, shape.items, item))
        : wrong;
    case "map":
      return isObject(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            problemsOfValue(join(path, key), shape.values, item),
          )
        : wrong;
    case "object":
      return isObject(value) ? problemsOfObject(path, shape.fields, value) : wrong;
    default:
      return typeof value === shape.kind ? [] : wrong;
  }
}

function nameOf(value: Value): string {
  return Array.isArray(value) ? "an array" : isObject(value) ? "an object" : `a ${typeof value}`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/**
 * The name of a resource that the program did not name (`AutoNamer` and `getDefaultName` of the
 * official provider): a top-level resource gets its logical name and eight hexadecimal digits
 * without a dash, a child its logical name, a role assignment a GUID.
 */
export function autoName(
  type: ResourceType,
  logicalName: string,
  randomSeed: Buffer,
): { name: string; random: boolean } {
  const digits = createHash("sha512").update(logicalName).update(randomSeed).digest("hex");
  switch (type.autoName) {
    case "random":
      return { name: logicalName + digits.slice(0, 8), random: true };
    case "uuid":
      return { name: asGuid(digits), random: true };
    case "copy":
      return { name: logicalName, random: false };
  }
}

/** The first 32 hexadecimal digits, in groups. */
export function asGuid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
