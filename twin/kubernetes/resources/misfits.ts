import { UNKNOWN } from "../../plugin/provider";
import { isQuantity } from "../api/quantities";
import { isOneOf, type Shape } from "../api/shapes";

const SCALARS: Readonly<Record<Shape & string, readonly [test: (v: unknown) => boolean, string]>> =
  {
    any: [() => true, "anything"],
    boolean: [isBoolean, "true or false"],
    count: [Number.isInteger, "a whole number"],
    flag: [isBoolean, "true or false"],
    integer: [Number.isInteger, "a whole number"],
    intOrString: [(v) => Number.isInteger(v) || isText(v), "a whole number or a text"],
    natural: [Number.isInteger, "a whole number"],
    port: [Number.isInteger, "a whole number"],
    quantities: [(v) => isMapOf(v, isQuantity), "an object of quantities"],
    quantity: [isQuantity, "a quantity"],
    string: [isText, "a text"],
    strings: [(v) => isMapOf(v, isText), "an object of texts"],
    text: [isText, "a text"],
  };

/** A property that does not fit its shape. */
export interface Misfit {
  readonly path: string;
  readonly reason: string;
}

/**
 * Everything that does not fit: properties that the twin does not know, because one that it
 * ignores would be a false promise, and values of a wrong type. Unknown values fit everywhere.
 */
export function misfits(value: unknown, shape: Shape, path = ""): Misfit[] {
  if (value === UNKNOWN || value === null || value === undefined) {
    return [];
  }
  if (typeof shape === "string" || isOneOf(shape)) {
    // Which texts are allowed is the server's business.
    const [fits, wanted] = SCALARS[isOneOf(shape) ? "text" : shape];
    return fits(value)
      ? []
      : [{ path, reason: `expected ${wanted}, got ${JSON.stringify(value)}` }];
  }
  if (Array.isArray(shape)) {
    const item = shape[0] as Shape;
    return Array.isArray(value)
      ? value.flatMap((v, i) => misfits(v, item, `${path}[${i}]`))
      : [{ path, reason: "expected a list" }];
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    return [{ path, reason: "expected an object" }];
  }
  const fields = shape as Readonly<Record<string, Shape>>;
  return Object.entries(value).flatMap(([key, item]) => {
    const at = path === "" ? key : `${path}.${key}`;
    const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return known ? misfits(item, known, at) : [{ path: at, reason: "the twin does not know it" }];
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isMapOf(value: unknown, fits: (element: unknown) => boolean): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((v) => v === UNKNOWN || fits(v))
  );
}
