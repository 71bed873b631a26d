import { createHmac } from "node:crypto";

/** Header of a request: 32 random bytes in hexadecimal digits, to be answered with a proof. */
export const NONCE_HEADER = "rotation-nonce";
/** Header of its answer: what only a holder of the mounted credential can have made of that nonce. */
export const PROOF_HEADER = "rotation-proof";

/** Separates the key of these proofs from whatever else is ever derived from the password. */
const PURPOSE = "rotation-proof/1";
const NONCE = /^[0-9a-f]{64}$/;

/** What a proof says: who answered whom, and on which host. */
export interface Answered {
  readonly nonce: string;
  /** Host header of the request, so that an answer of another host cannot be passed off as this one's. */
  readonly host: string;
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
  /** As whom the database knows the session that was asked for this answer. */
  readonly sessionUser: string;
}

/** Whether a header's value is one nonce, of the full length. */
export function isNonce(value: unknown): value is string {
  return typeof value === "string" && NONCE.test(value);
}

/** Binds an answer to the password: HMAC-SHA-256 in hexadecimal digits, docs/adr/0042. */
export function proofOf(password: string, answered: Answered): string {
  const { nonce, host, slot, generation, secretVersion, sessionUser } = answered;
  const key = createHmac("sha256", password).update(PURPOSE).digest();
  const said = [nonce, host.toLowerCase(), slot, generation, secretVersion, sessionUser];
  return createHmac("sha256", key).update(said.join("\n")).digest("hex");
}
