import type { DiffCall, Difference, PlainDiffKind, Properties, Value } from "../../plugin/provider";
import { CREATE_BEFORE_DELETE } from "./check";
import { isObject } from "../../plugin/values";
import { revealAll, sameValue } from "./plain";
import { pathArguments, type ResourceType } from "./resourceType";

/** Compares old and new inputs as `diff.go` of the official provider does. */
export function differenceOf(type: ResourceType, call: DiffCall): Difference {
  const oldInputs = revealAll(call.oldInputs);
  const inputs = revealAll(call.inputs);
  const replaceOn = new Set([...pathArguments(type), ...type.replaceOn]);
  const detailedDiff = compareObjects(
    withoutSpelling(oldInputs, inputs),
    inputs,
    "",
    "",
    replaceOn,
  );

  const replaces: string[] = [];
  for (const [path, kind] of Object.entries(detailedDiff)) {
    if (kind === "add-replace" && sameValue(revealAll(call.state)[path], inputs[path])) {
      // Now written down, but what it was all along.
      detailedDiff[path] = "add";
    } else if (kind.endsWith("-replace")) {
      replaces.push(path);
    }
  }
  const paths = Object.keys(detailedDiff);
  return {
    changes: paths.length > 0 ? "some" : "none",
    replaces,
    deleteBeforeReplace: replaces.length > 0 && oldInputs[CREATE_BEFORE_DELETE] !== true,
    diffs: [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? path))],
    detailedDiff: Object.fromEntries(
      Object.entries(detailedDiff).map(([path, kind]) => [path, `${kind} (input)` as const]),
    ),
  };
}

/** `West Europe` and `westeurope` are the same location. */
function withoutSpelling(oldInputs: Properties, inputs: Properties): Properties {
  const { location: before } = oldInputs;
  const { location: after } = inputs;
  return typeof before === "string" &&
    typeof after === "string" &&
    normalizedLocation(before) === normalizedLocation(after)
    ? { ...oldInputs, location: after }
    : oldInputs;
}

export function normalizedLocation(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}

type Details = Record<string, PlainDiffKind>;

function compareObjects(
  before: Properties,
  after: Properties,
  path: string,
  rule: string,
  replaceOn: ReadonlySet<string>,
): Details {
  const details: Details = {};
  const replace = (name: string) => (replaceOn.has(rule + name) ? "-replace" : "");
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(name in before)) {
      details[path + name] = `add${replace(name)}`;
    } else if (!(name in after)) {
      details[path + name] = `delete${replace(name)}`;
    } else {
      Object.assign(
        details,
        compareValues(before[name]!, after[name]!, path + name, rule + name, replaceOn),
      );
    }
  }
  return details;
}

function compareValues(
  before: Value,
  after: Value,
  path: string,
  rule: string,
  replaceOn: ReadonlySet<string>,
): Details {
  if (isObject(before) && isObject(after)) {
    const details = compareObjects(before, after, `${path}.`, `${rule}.`, replaceOn);
    for (const [key, kind] of Object.entries(details)) {
      if (kind === "update" && replaceOn.has(rule)) {
        details[key] = "update-replace";
      }
    }
    return details;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const details: Details = {};
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      const key = `${path}[${index}]`;
      if (index >= before.length) {
        details[key] = "add";
      } else if (index >= after.length) {
        details[key] = "delete";
      } else {
        Object.assign(
          details,
          compareValues(before[index]!, after[index]!, key, `${rule}[]`, replaceOn),
        );
      }
    }
    return details;
  }
  if (before === after) {
    return {};
  }
  return { [path]: replaceOn.has(rule) ? "update-replace" : "update" };
}
