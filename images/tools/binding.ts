import { createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ByIdentity } from "./means.ts";

// The application's half is images/app/binding.ts, or somebody else's: each image is built from a
// folder of its own. What both have in common is the formula in docs/adr/0042, which the tests hold
// each against.
export const NONCE_HEADER = "rotation-nonce";
export const PROOF_HEADER = "rotation-proof";

const PURPOSE = "rotation-proof/1";
const NONCE_BYTES = 32;

/** What an answer that is bound to a credential says; the application says the same. */
export interface Answered {
  readonly nonce: string;
  readonly host: string;
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
  readonly sessionUser: string;
}

/** Never asked twice with the same one, so that no answer of before is an answer. */
export function freshNonce(): string {
  return randomBytes(NONCE_BYTES).toString("hex");
}

/** Makes, from the slot's password, what an answer has to bear; undefined where it is only described. */
export async function expectedProof(
  means: ByIdentity,
): Promise<((answered: Answered) => string) | undefined> {
  if (means.by === "description") {
    return undefined;
  }
  const key = createHmac("sha256", await readFile(means.passwordFile))
    .update(PURPOSE)
    .digest();
  return ({ nonce, host, slot, generation, secretVersion, sessionUser }) =>
    createHmac("sha256", key)
      .update([nonce, host.toLowerCase(), slot, generation, secretVersion, sessionUser].join("\n"))
      .digest("hex");
}
