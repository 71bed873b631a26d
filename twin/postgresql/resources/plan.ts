import {
  Secret,
  UNKNOWN,
  type DiffCall,
  type DiffKind,
  type Difference,
  type Properties,
  type Value,
} from "../../plugin/provider";
import { equal, plain, isObject } from "../../plugin/values";
import { DEFAULTS } from "./check";
import { elementsOf, isZero, type Field, type Fields, type ResourceSchema } from "./schema";

/**
 * What the resource will be: inputs where given, else what the server has or will fill in.
 *
 * @param state left out for a new resource
 */
export function plan(fields: Fields, inputs: Properties, state?: Properties): Properties {
  const given = plain(inputs) as Properties;
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      plannedValue(field, given[name], state ? (state[name] ?? null) : undefined),
    ]),
  );
}

function plannedValue(field: Field, given: Value | undefined, prior: Value | undefined): Value {
  if (field.computed && isLeftToServer(field, given, prior)) {
    // Only a new resource waits for the server.
    return prior === undefined ? UNKNOWN : prior;
  }
  const isCollection = field.type === "list" || field.type === "set";
  if (given === undefined || given === null) {
    if (field.default !== undefined) {
      return field.default;
    }
    // Blocks are none or some; of other values the zero one cannot be told from none.
    return field.elements ? [] : !isCollection && isZero(prior) ? (prior ?? null) : null;
  }
  if (field.noneIs === given && isZero(prior)) {
    return prior ?? null;
  }
  if (given === UNKNOWN) {
    return given;
  }
  const { elements } = field;
  if (elements) {
    const before = field.type === "list" ? elementsOf(prior) : [];
    const planned = elementsOf(given).map((element, index) => {
      const old = before[index];
      return isObject(element) ? plan(elements, element, isObject(old) ? old : {}) : element;
    });
    return field.type === "set" ? sortedObjects(planned) : planned;
  }
  if (isCollection && elementsOf(given).length === 0) {
    return prior === undefined || prior === null ? null : [];
  }
  if (field.type === "set") {
    return sortedSet(given);
  }
  return typeof given === "string" && field.normalize ? field.normalize(given) : given;
}

/** What is not given, empty, or a set of objects that is not known yet. */
function isLeftToServer(field: Field, given: Value | undefined, prior: Value | undefined): boolean {
  return (
    given === undefined ||
    given === null ||
    given === "" ||
    (Array.isArray(given) && given.length === 0) ||
    (given === UNKNOWN && field.type === "set" && prior !== undefined)
  );
}

/** In the order of their values, property by property. */
function sortedObjects(objects: Value[]): Value[] {
  const key = (object: Value) =>
    JSON.stringify(
      isObject(object)
        ? Object.keys(object)
            .sort()
            .map((name) => object[name])
        : "",
    );
  return [...objects].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

/** Sets come back in alphabetical order, without doubles; what is not known yet comes last. */
export function sortedSet(value: Value): Value {
  if (!Array.isArray(value)) {
    return value;
  }
  const known = value.filter((element) => element !== UNKNOWN) as string[];
  const unknown = value.filter((element) => element === UNKNOWN);
  return [...[...new Set(known)].sort(), ...unknown];
}

/** Marks the secret fields, also those without a value, as the official provider does. */
export function marked(fields: Fields, properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const kept = fields[name]?.writeOnly ? null : value;
      return [name, fields[name]?.secret ? new Secret(kept) : kept];
    }),
  );
}

/** Compares what is with what is planned, the way `up` and its preview show it. */
export function diff({ fields, deleteBeforeReplace }: ResourceSchema, call: DiffCall): Difference {
  const state = plain(call.state) as Properties;
  const detailedDiff = details(fields, state, plan(fields, call.inputs, state), call);
  const replaces = replaced(detailedDiff);
  const diffs = topLevel(Object.keys(detailedDiff));
  return {
    changes: diffs.length > 0 ? "some" : "none",
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 && (deleteBeforeReplace === true || isNamedByHand(fields, call.inputs)),
    diffs,
    detailedDiff,
  };
}

/** Two objects of the same name cannot be at the same time; made-up names differ. */
function isNamedByHand(fields: Fields, inputs: Properties): boolean {
  const defaults = inputs[DEFAULTS];
  return fields["name"] !== undefined && Array.isArray(defaults) && !defaults.includes("name");
}

function replaced(detailedDiff: Readonly<Record<string, DiffKind>>): string[] {
  return topLevel(
    Object.entries(detailedDiff)
      .filter(([, kind]) => kind.endsWith("-replace"))
      .map(([path]) => path),
  );
}

function topLevel(paths: string[]): string[] {
  return [...new Set(paths.map((path) => path.split(/[.[]/)[0] as string))].sort();
}

type Details = Record<string, DiffKind>;

function details(
  fields: Fields,
  state: Properties,
  planned: Properties,
  { inputs, ignoreChanges }: DiffCall,
): Details {
  const found: Details = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!field.writeOnly && !ignoreChanges.includes(name)) {
      Object.assign(
        found,
        fieldDetails(field, name, state[name], planned[name], plain(inputs[name])),
      );
    }
  }
  return found;
}

function fieldDetails(
  field: Field,
  path: string,
  old: Value | undefined,
  planned: Value | undefined,
  given: Value | undefined,
): Details {
  const kindOf = (kind: "add" | "delete" | "update"): DiffKind =>
    field.forceNew ? `${kind}-replace` : kind;
  if ((isZero(old) && isZero(planned)) || equal(old, planned)) {
    return {};
  }
  if (isNone(old)) {
    return { [path]: kindOf("add") };
  }
  if (isNone(planned)) {
    return { [path]: kindOf("delete") };
  }
  if (planned === UNKNOWN || !Array.isArray(old) || !Array.isArray(planned)) {
    return { [path]: kindOf("update") };
  }
  if (field.elements && field.type === "set") {
    const isMissingIn = (list: Value[]) => (one: Value) => !list.some((other) => equal(one, other));
    return planned.some(isMissingIn(old))
      ? { [path]: kindOf("update") }
      : Object.fromEntries(
          old.flatMap((one, index) =>
            isMissingIn(planned)(one) ? [[`${path}[${index}]`, kindOf("delete")]] : [],
          ),
        );
  }
  if (field.elements) {
    return objectListDetails(field, path, old, planned);
  }
  const [removed, added] =
    field.type === "set"
      ? [indexesMissing(old, planned), indexesMissing(elementsOf(given), old)]
      : listChanges(old, planned);
  const changed: Details = {};
  for (const index of new Set([...removed, ...added])) {
    const kind = !added.includes(index) ? "delete" : !removed.includes(index) ? "add" : "update";
    changed[`${path}[${index}]`] = kindOf(kind);
  }
  return changed;
}

function isNone(value: Value | undefined): value is null | undefined | [] {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Positions in the first list of the elements that the second one lacks. */
function indexesMissing(list: Value[], other: Value[]): number[] {
  return list.flatMap((element, index) =>
    element === UNKNOWN || !other.includes(element) ? [index] : [],
  );
}

/** Positions removed and added, keeping the longest run of elements that both lists share. */
function listChanges(old: Value[], planned: Value[]): [removed: number[], added: number[]] {
  // shared[i][j] is the length of what old from i on and planned from j on have in common.
  const shared = Array.from({ length: old.length + 1 }, () =>
    new Array<number>(planned.length + 1).fill(0),
  );
  const at = (i: number, j: number) => shared[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = planned.length - 1; j >= 0; j--) {
      (shared[i] as number[])[j] = equal(old[i], planned[j])
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const removed: number[] = [];
  const added: number[] = [];
  for (let i = 0, j = 0; i < old.length || j < planned.length;) {
    if (i < old.length && j < planned.length && equal(old[i], planned[j])) {
      i++;
      j++;
    } else if (j >= planned.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      removed.push(i++);
    } else {
      added.push(j++);
    }
  }
  return [removed, added];
}

function objectListDetails(field: Field, path: string, old: Value[], planned: Value[]): Details {
  const changed: Details = {};
  for (let index = 0; index < Math.max(old.length, planned.length); index++) {
    const before = old[index];
    const after = planned[index];
    const at = `${path}[${index}]`;
    if (isObject(before) && isObject(after)) {
      for (const [name, inner] of Object.entries(field.elements ?? {})) {
        Object.assign(
          changed,
          fieldDetails(inner, `${at}.${name}`, before[name], after[name], undefined),
        );
      }
    } else {
      const kind = isObject(before) ? "delete" : "add";
      changed[at] = field.forceNew ? `${kind}-replace` : kind;
    }
  }
  return changed;
}
