import { isIPv6 } from "node:net";
import { answersInARow, readExpected, readPatience } from "./answers.ts";
import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { ask } from "./http.ts";
import { byIdentity } from "./identity.ts";
import { lookUntil } from "./looking.ts";
import { readIdentity } from "./means.ts";
import { Settings } from "./settings.ts";

/**
 * Proves one pod that has no traffic, from inside: that it becomes ready and answers with the slot's
 * credential. It is asked at the pod's address, the only one on which the application listens.
 */
export async function trial(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const address = settings.address("POD_IP");
  const port = settings.integer("PORT", 1, 65535);
  const expected = readExpected(settings);
  const patience = readPatience(settings);
  const means = readIdentity(settings);
  settings.check();

  const url = new URL(`http://${isIPv6(address) ? `[${address}]` : address}:${port}`);
  const { done, facts } = await lookUntil(patience.deadline, { ...expected }, async () => {
    const { status } = await ask(new URL("/readyz", url));
    return { done: status === 200, facts: { readiness: status } };
  });
  if (!done) {
    throw new Undecided("The pod did not become ready in time", facts);
  }
  const judge = await byIdentity(expected, means);
  return answersInARow({ url, host: url.host, isOnePod: true, ...patience }, expected, judge);
}
