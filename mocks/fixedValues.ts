import { createHash } from "node:crypto";

/** A GUID that is the same in every run. */
export function guid(...of: string[]): string {
  const hex = digest(...of);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** Hexadecimal digits that depend on the arguments and nothing else. */
export function digest(...of: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(of)).digest("hex");
}
