import { createHash } from "node:crypto";

/**
 * The reference of an image of rehearsals, such as `app:1.0.1`, as profile prod wants one. The twin's
 * registries know an image by its tag, and believe any digest.
 */
export function rehearsalImage(name: string): string {
  return `rehearsal/${name}@sha256:${createHash("sha256").update(name).digest("hex")}`;
}
