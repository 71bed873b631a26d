import { createHash } from "node:crypto";

/**
 * What pods of one template are told by.
 *
 * @param uid of the workload, so that one which was made anew does not meet its predecessor's
 */
export function templateHash(template: object, uid: string): string {
  const sorted = JSON.stringify({ template, uid }, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(sorted).digest("hex").slice(0, 10);
}
