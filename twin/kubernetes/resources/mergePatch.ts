/** How the official provider finds and describes changes: a JSON merge patch, read back. */
import { isDeepStrictEqual } from "node:util";

import { UNKNOWN, type DiffKind, type Properties, type Value } from "../../plugin/provider";
import { isObject } from "../../plugin/values";

export type Path = readonly (string | number)[];

/** Details of a diff under construction. */
export type Details = Record<string, DiffKind>;

/** RFC 7386: what makes `target` of `source`; null means that a property goes away. */
export function mergePatch(source: Properties, target: Properties): Properties {
  const patch: Properties = {};
  for (const [key, value] of Object.entries(target)) {
    const old = source[key];
    if (isObject(old) && isObject(value)) {
      const inner = mergePatch(old, value);
      if (Object.keys(inner).length > 0) {
        patch[key] = inner;
      }
    } else if (!isDeepStrictEqual(old, value)) {
      patch[key] = value;
    }
  }
  for (const key of Object.keys(source)) {
    if (!(key in target)) {
      patch[key] = null;
    }
  }
  return patch;
}

/** What a patch is read against; a side that does not have the property is undefined. */
interface Sides {
  readonly old: Value | undefined;
  readonly newInput: Value | undefined;
  readonly oldInput: Value | undefined;
}

/**
 * Describes a merge patch property by property. A merge patch replaces lists as a whole, so lists
 * are compared again element by element.
 *
 * @param replacing properties whose change means a replacement, e.g. `spec.template`
 */
export function describePatch(
  patch: Properties,
  old: Properties,
  newInputs: Properties,
  oldInputs: Properties,
  replacing: readonly string[],
): Details {
  const rules = replacing.map((rule) => rule.split("."));
  const details: Details = {};

  function visitObject(path: Path, value: Properties, sides: Sides, inList: boolean): void {
    const at = (side: Value | undefined, key: string) => (isObject(side) ? side[key] : undefined);
    const inner = (key: string): Sides => ({
      old: at(sides.old, key),
      newInput: at(sides.newInput, key),
      oldInput: at(sides.oldInput, key),
    });
    for (const [key, item] of Object.entries(value)) {
      visit([...path, key], item, inner(key), inList);
    }
    if (inList && isObject(sides.old)) {
      // Inside a list the patch holds the whole new value and no nulls.
      for (const key of Object.keys(sides.old).filter((k) => !(k in value))) {
        visit([...path, key], null, inner(key), inList);
      }
    }
  }

  function visitList(path: Path, value: readonly Value[], sides: Sides): void {
    const old = listOf(sides.old);
    const newInput = listOf(sides.newInput);
    const oldInput = listOf(sides.oldInput);
    for (let i = 0; i < Math.max(value.length, old.length); i++) {
      visit(
        [...path, i],
        value[i] ?? null,
        { old: old[i], newInput: newInput[i] ?? null, oldInput: oldInput[i] ?? null },
        true,
      );
    }
  }

  function visit(path: Path, value: Value, sides: Sides, inList: boolean): void {
    const { old: before, newInput, oldInput } = sides;
    if (newInput === undefined && (value !== null || oldInput === undefined)) {
      return; // What only the server knows is no difference.
    }
    if (isObject(value) && isObject(before)) {
      return visitObject(path, value, sides, inList);
    }
    if (Array.isArray(value) && Array.isArray(before)) {
      return visitList(path, value, sides);
    }
    const unknown = newInput === UNKNOWN;
    if (!unknown && isDeepStrictEqual(value, before)) {
      return;
    }
    const replaces = rules.some((rule) => touches(rule, path, value));
    const suffix = replaces ? "-replace" : "";
    if (value === null && !unknown) {
      details[pathText(path)] = `delete${suffix} (input)`;
    } else {
      details[pathText(path)] = `${before === undefined ? "add" : "update"}${suffix}`;
    }
  }

  visitObject([], patch, { old, newInput: newInputs, oldInput: oldInputs }, false);
  return details;
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a rule names the changed property, something above it, or something in its new value. */
function touches(rule: readonly string[], path: Path, value: Value): boolean {
  let rest: Value | undefined = value;
  return rule.every((step, i) => {
    if (i < path.length) {
      return path[i] === step;
    }
    rest = isObject(rest) ? rest[step] : undefined;
    return rest !== undefined;
  });
}

function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") {
      return `${text}[${step}]`;
    }
    if (/[."[\]]/.test(step)) {
      return `${text}["${step.replaceAll('"', '\\"')}"]`;
    }
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The properties that make a diff a replacement. */
export function replacedProperties(details: Details): string[] {
  return Object.entries(details)
    .filter(([, kind]) => kind.includes("-replace"))
    .map(([path]) => path);
}
