import { canonicalQuantity, isQuantity } from "./quantities";
import { isOneOf, type Shape } from "./shapes";

/**
 * A value as it comes out of the Go type that its shape stands for: without what is nothing there,
 * and with amounts written in one way. What does not fit the shape stays as it is.
 */
export function normalizedTo<T>(shape: Shape, value: T): T {
  return (normalizedValue(shape, value) ?? value) as T;
}

/** Undefined when nothing is left. */
function normalizedValue(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) {
    return undefined;
  }
  if (typeof shape === "string" || isOneOf(shape)) {
    return normalizedScalar(shape, value);
  }
  if (Array.isArray(shape)) {
    const item = shape[0] as Shape;
    if (!Array.isArray(value)) {
      return value;
    }
    // An element of a list stays, even if nothing is left of it.
    return value.length === 0 ? undefined : value.map((one) => normalizedTo(item, one as unknown));
  }
  if (!isMap(value)) {
    return value;
  }
  const fields = shape as Readonly<Record<string, Shape>>;
  const kept = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    Object.hasOwn(fields, key) ? normalizedValue(fields[key] as Shape, inner) : inner,
  ]);
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined));
}

function normalizedScalar(shape: Shape, value: unknown): unknown {
  switch (shape) {
    case "count":
      return value === 0 ? undefined : value;
    case "flag":
      return value === false ? undefined : value;
    case "quantity":
      return quantity(value);
    case "quantities":
      return isMap(value)
        ? unlessEmpty(Object.entries(value).map(([key, one]) => [key, quantity(one)]))
        : value;
    case "strings":
      return isMap(value) ? unlessEmpty(Object.entries(value)) : value;
    default:
      return value === "" && (shape === "text" || isOneOf(shape)) ? undefined : value;
  }
}

function quantity(value: unknown): unknown {
  return isQuantity(value) ? canonicalQuantity(value as string | number) : value;
}

function unlessEmpty(entries: [string, unknown][]): Record<string, unknown> | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
