import type { Answered } from "./binding.ts";
import { expectedProof, freshNonce, NONCE_HEADER, PROOF_HEADER } from "./binding.ts";
import type { Expected, Judge, Other, Questions } from "./answers.ts";
import { ask } from "./http.ts";
import type { ByIdentity } from "./means.ts";

/**
 * Judges an answer by what it proves or says of its sender: each time on a fresh connection and with
 * a fresh nonce.
 */
export async function byIdentity(expected: Expected, means: ByIdentity): Promise<Judge> {
  const proofOf = await expectedProof(means);
  return {
    facts: () => ({ by: means.by }),
    ask: (questions) => question(questions, expected, proofOf),
  };
}

async function question(
  { url, host }: Questions,
  expected: Expected,
  proofOf: ((answered: Answered) => string) | undefined,
): Promise<Other | undefined> {
  const nonce = freshNonce();
  try {
    const { status, headers, body } = await ask(url, {
      headers: { host, ...(proofOf && { [NONCE_HEADER]: nonce }) },
    });
    if (status !== 200) {
      return { other: `status ${status}`, isFinal: false };
    }
    const differences = differencesOf(body, expected);
    if (proofOf === undefined) {
      return differences === undefined
        ? { other: "not an answer of the application", isFinal: false }
        : otherThan("", differences);
    }
    const proof = headers[PROOF_HEADER];
    return proof === proofOf({ nonce, host, ...expected })
      ? undefined
      : otherThan(
          proof === undefined ? "no Rotation-Proof" : "a Rotation-Proof of a different credential",
          // A pod that does not describe itself says nothing of these.
          (differences ?? []).filter((difference) => !difference.endsWith("undefined")),
        );
  } catch (error) {
    return { other: `no answer: ${(error as Error).message}`, isFinal: false };
  }
}

function otherThan(what: string, differences: readonly string[]): Other | undefined {
  const other = [what, ...differences].filter((part) => part !== "").join(", ");
  return other === "" ? undefined : { other, isFinal: true };
}

/** What an answer says otherwise of itself; undefined when it is none of the application. */
function differencesOf(body: string, expected: Expected): string[] | undefined {
  let said: Record<string, unknown>;
  try {
    said = Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  return Object.entries(expected)
    .filter(([key, value]) => said[key] !== value)
    .map(([key]) => `${key} ${JSON.stringify(said[key])}`);
}
