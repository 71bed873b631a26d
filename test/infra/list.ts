import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import { loadSettings } from "../../infra/config";
import type { Registration } from "../../mocks/mocks";
import { runProgram } from "../../mocks/program";

/** A resource as far as the list tells of it. */
export type Listed = Pick<Registration, "type" | "name" | "inputs" | "secretInputs">;

/** The inputs of a stack's resources, by type and logical name. */
export type List = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** One slot is active and the other one retired, so that the list has both forms of everything. */
const PLAN = { counter: 1, retired: 0 };

/** Times are kept by the engine between runs; in the list every run is at the same one. */
const NOW = new Date("2026-11-22T12:00:00Z");

const SECRET = "[secret]";

/** What the program asks for in a stack. */
export interface Asked {
  readonly resources: readonly Listed[];
  /**
   * Digests with what the list says instead: they change with every edit of the chart or of a
   * setting, which the list would show a second time or, as for the chart, could not explain.
   */
  readonly digests: ReadonlyMap<string, string>;
}

/** Runs the program for a stack without an engine. */
export async function asked(stack: string): Promise<Asked> {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  try {
    const { program } = await runProgram(stack, PLAN);
    const resources = program.registrations.filter(({ custom }) => custom);
    const settings = loadSettings();
    const digests = new Map([
      [settings.release.chartDigest, "[digest of charts/app]"],
      [settings.record, "[digest of the settings]"],
    ]);
    return { resources, digests };
  } finally {
    mock.timers.reset();
  }
}

/** Sorted, without a secret, and each text in lines, so that people can read what changes. */
export function listOf({ resources, digests }: Asked): List {
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  return Object.fromEntries(
    types.map((type) => {
      const ofType = resources
        .filter((resource) => resource.type === type)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const names = ofType.map(({ name }) => name);
      assert.equal(
        new Set(names).size,
        names.length,
        `two of ${type} have the same name: ${names.join(", ")}`,
      );
      const entries = ofType.map(
        ({ name, inputs, secretInputs }) =>
          [name, readable(inputs, "", { secretInputs, digests })] as const,
      );
      return [type, Object.fromEntries(entries)];
    }),
  );
}

/** Where the list of a stack is. */
export function listFile(stack: string): string {
  return join(__dirname, "expected", `${stack}.json`);
}

/** The list as it was reviewed. */
export function reviewed(stack: string): List {
  return JSON.parse(readFileSync(listFile(stack), "utf8")) as List;
}

/** What one list has and the other has not, a line for each resource or property. */
export function differences(expected: List, found: List): string[] {
  return united(expected, found).flatMap((type) => {
    const [before = {}, after = {}] = [expected[type], found[type]];
    return united(before, after).flatMap((name) =>
      after[name] === undefined
        ? [`${type} ${name} is gone`]
        : before[name] === undefined
          ? [`${type} ${name} is new`]
          : changes(before[name], after[name], "").map((change) => `${type} ${name} ${change}`),
    );
  });
}

function changes(expected: unknown, found: unknown, path: string): string[] {
  if (isObject(expected) && isObject(found) && Array.isArray(expected) === Array.isArray(found)) {
    return united(expected, found).flatMap((key) =>
      changes(expected[key], found[key], inner(path, key, Array.isArray(expected))),
    );
  }
  return expected === found ? [] : [`${path}: expected ${shown(expected)}, found ${shown(found)}`];
}

function readable(
  value: unknown,
  path: string,
  of: { readonly secretInputs: readonly string[]; readonly digests: Asked["digests"] },
): unknown {
  if (of.secretInputs.includes(path)) {
    return SECRET;
  }
  if (Array.isArray(value)) {
    return value.map((each, index) => readable(each, inner(path, index, true), of));
  }
  if (isObject(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => [key, readable(value[key], inner(path, key, false), of)] as const);
    return Object.fromEntries(entries);
  }
  if (typeof value !== "string") {
    return value;
  }
  if (value.startsWith("{")) {
    return { "[json]": readable(JSON.parse(value), "", { ...of, secretInputs: [] }) };
  }
  return value.includes("\n") ? { "[lines]": value.split("\n") } : (of.digests.get(value) ?? value);
}

function inner(path: string, key: string | number, inList: boolean): string {
  return inList ? `${path}[${key}]` : path === "" ? `${key}` : `${path}.${key}`;
}

function united(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
