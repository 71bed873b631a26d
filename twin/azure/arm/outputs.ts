import { UNKNOWN, type Properties, type Value } from "../../plugin/provider";
import { isObject } from "../../plugin/values";
import { sameValue, type Plain, type PlainObject } from "./plain";
import type { Fields, Shape } from "./shapes";

/**
 * Outputs of a preview (`PreviewOutputs` of the official provider): what the inputs say, at every
 * depth, and unknown for everything that only Azure can answer.
 */
export function previewOutputs(fields: Fields, inputs: Properties): Properties {
  return Object.fromEntries(
    [...fields].map(([name, { shape }]) => [name, previewValue(shape, inputs[name])]),
  );
}

function previewValue(shape: Shape, input: Value | undefined): Value {
  switch (shape.kind) {
    case "array":
      return Array.isArray(input) ? input.map((item) => previewValue(shape.items, item)) : UNKNOWN;
    case "map":
      return isObject(input)
        ? Object.fromEntries(
            Object.entries(input).map(([key, item]) => [key, previewValue(shape.values, item)]),
          )
        : UNKNOWN;
    case "object":
      return isObject(input) ? previewOutputs(shape.fields, input) : UNKNOWN;
    case "any":
      return input ?? UNKNOWN;
    default:
      return typeof input === shape.kind ? input! : UNKNOWN;
  }
}

/** The part of `value` that a shape has a place for: what Azure echoes, or what could be an input. */
export function project(fields: Fields, value: PlainObject): PlainObject {
  const result: PlainObject = {};
  for (const [name, { shape }] of fields) {
    const projected = value[name] === undefined ? undefined : projectValue(shape, value[name]);
    if (projected !== undefined && projected !== null) {
      result[name] = projected;
    }
  }
  return result;
}

function projectValue(shape: Shape, value: Plain): Plain | undefined {
  switch (shape.kind) {
    case "array":
      return Array.isArray(value)
        ? value.map((item) => projectValue(shape.items, item) ?? null)
        : undefined;
    case "map":
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([key, item]) => [
              key,
              projectValue(shape.values, item) ?? null,
            ]),
          )
        : undefined;
    case "object":
      return isObject(value) ? project(shape.fields, value) : undefined;
    case "any":
      return value;
    default:
      return typeof value === shape.kind ? value : undefined;
  }
}

/** Inputs with what changed between two answers of Azure (`applyDiff` of the official provider). */
export function adoptChanges(
  inputs: Properties,
  before: PlainObject,
  now: PlainObject,
): Properties {
  const result = { ...inputs };
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const input = inputs[key];
    const was = before[key];
    const is = now[key];
    if (sameValue(was, is)) {
      continue;
    }
    if (is === undefined) {
      delete result[key];
    } else {
      const nested = isObject(input) && isObject(was) && isObject(is);
      result[key] = nested ? adoptChanges(input, was, is) : is;
    }
  }
  return result;
}
