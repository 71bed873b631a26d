import { UNKNOWN } from "../../plugin/provider";
import type { Shape } from "../api/shapes";

const SCALARS: Readonly<Record<Shape & string, readonly [test: (v: unknown) => boolean, string]>> =
  {
    any: [() => true, "anything"],
    boolean: [(v) => typeof v === "boolean", "true or false"],
    integer: [Number.isInteger, "a whole number"],
    intOrString: [(v) => Number.isInteger(v) || typeof v === "string", "a whole number or a text"],
    quantities: [(v) => isMap(v, ["string", "number"]), "an object of quantities"],
    string: [(v) => typeof v === "string", "a text"],
    strings: [(v) => isMap(v, ["string"]), "an object of texts"],
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
  if (typeof shape === "string") {
    const [fits, wanted] = SCALARS[shape];
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

function isMap(value: unknown, types: readonly string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((v) => v === UNKNOWN || types.includes(typeof v))
  );
}
