import { ProviderError } from "../../plugin/provider";
import type { ResourceData } from "./resourceData";

const EXECUTE = ["ALL", "EXECUTE"];
const USAGE = ["ALL", "USAGE"];

/** What can be granted on what. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  column: ["ALL", "SELECT", "INSERT", "UPDATE", "REFERENCES"],
  database: ["ALL", "CREATE", "CONNECT", "TEMPORARY"],
  foreign_data_wrapper: USAGE,
  foreign_server: USAGE,
  function: EXECUTE,
  procedure: EXECUTE,
  routine: EXECUTE,
  schema: ["ALL", "CREATE", "USAGE"],
  sequence: ["ALL", "USAGE", "SELECT", "UPDATE"],
  table: [
    "ALL",
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
  ],
  type: USAGE,
};

/** The catalogue's letters for kinds of objects. */
export const OBJECT_LETTERS: Readonly<Record<string, string>> = {
  function: "f",
  routine: "f",
  schema: "n",
  sequence: "S",
  table: "r",
  type: "T",
};

export function requireAllowed(data: ResourceData): void {
  const objectType = data.string("objectType");
  const allowed = ALLOWED[objectType] ?? [];
  const odd = data.set("privileges").find((privilege) => !allowed.includes(privilege));
  if (odd !== undefined) {
    throw new ProviderError(`${odd} is not an allowed privilege for object type ${objectType}`);
  }
}

/** `ALL` stands for every privilege there is. */
export function areEqual(granted: readonly string[], data: ResourceData): boolean {
  const wanted = data.list("privileges");
  const every = (ALLOWED[data.string("objectType")] ?? []).filter((one) => one !== "ALL");
  return isSame(granted, wanted) || (wanted.includes("ALL") && isSame(granted, every));
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}
