import { createHash, randomBytes } from "node:crypto";

/** A name of its own for an object without one: base, dash, eight hexadecimal digits. */
export function autoName(base: string, seed: Buffer): string {
  const source = seed.length > 0 ? seed : randomBytes(32);
  return `${base}-${createHash("sha256").update(source).digest("hex").slice(0, 8)}`;
}
