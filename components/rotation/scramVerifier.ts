import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own default (`scram_iterations`). */
const ITERATIONS = 4096;

/**
 * The SCRAM-SHA-256 verifier of a password, as PostgreSQL stores it (RFC 5803). Sent in place of
 * the password it keeps the clear text out of every SQL log. The salt comes from the credential's
 * identity: the same credential always has the same verifier, and the salt says nothing about the
 * password.
 *
 * @param password printable ASCII, for which SASLprep changes nothing
 * @param identity what the credential is of, e.g. application, role and generation
 * @throws RangeError when the password holds other characters
 */
export function scramVerifier(password: string, identity: readonly string[]): string {
  if (!/^[\x21-\x7e]+$/.test(password)) {
    throw new RangeError("A password for SCRAM must be printable ASCII without spaces.");
  }
  const salt = createHash("sha256").update(identity.join("\0")).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest();
  const serverKey = createHmac("sha256", salted).update("Server Key").digest();
  const text = [storedKey, serverKey].map((key) => key.toString("base64")).join(":");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${text}`;
}
