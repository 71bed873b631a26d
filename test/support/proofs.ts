import * as assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { RequestListener } from "node:http";
import { prove, type Proof } from "./images";
import type { IssuedCertificate } from "../../twin/world/certificates";
import { loopbackAddress, LoopbackServer } from "./loopback";
import type { SlotDatabase } from "./slotDatabase";

export const VERSION = "0123456789abcdef0123456789abcdef";

/** What a pod of the right slot with the right credential answers. */
export const RIGHT = {
  slot: "blue",
  generation: 4,
  secretVersion: VERSION,
  sessionUser: "app_blue",
};

/** What docs/adr/0042 says that a pod answers to a nonce, with whatever is to be otherwise. */
export function proofOf(
  password: string,
  nonce: string,
  host: string,
  said: typeof RIGHT = RIGHT,
): string {
  const key = createHmac("sha256", password).update("rotation-proof/1").digest();
  const { slot, generation, secretVersion, sessionUser } = said;
  return createHmac("sha256", key)
    .update(`${nonce}\n${host}\n${slot}\n${generation}\n${secretVersion}\n${sessionUser}`)
    .digest("hex");
}

/** Runs a proof and searches everything that it says for the secrets of the database. */
export async function proveSecretly(
  database: SlotDatabase,
  command: string,
  environment: Record<string, string>,
): Promise<Proof> {
  const proof = await prove(command, environment);
  const found = database.secrets.filter((secret) => proof.output.includes(secret));
  assert.deepEqual(found, []);
  assert.equal(proof.evidence.proof, command);
  assert.equal(proof.evidence.ok, proof.code === 0);
  return proof;
}

/**
 * A server over TLS that gives these answers in turn, the last one for ever; a number is a status.
 *
 * @param identity its certificate
 */
export function answering(
  answers: readonly (object | string | number)[],
  identity: IssuedCertificate,
): Promise<LoopbackServer> {
  let next = 0;
  const listener: RequestListener = (_request, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (typeof answer === "number") {
      response.writeHead(answer).end();
    } else {
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    }
  };
  return LoopbackServer.start(listener, 8443, loopbackAddress(), identity);
}
