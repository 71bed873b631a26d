import * as pulumi from "@pulumi/pulumi";
import { askAdoption, type AdoptionSubject } from "./adoptionFacts";
import { adoptionProblems, type AdoptionRun, adoptionWarnings } from "./adoptionProblems";
import { OLDEST_VERSION } from "./databaseVersions";
import type { Readings } from "./readings";

/** What a stack is about to take over. */
export interface AdoptionNeeds extends AdoptionSubject, AdoptionRun {
  /** Whether this run depends on what the server says of it, with that login of the administrator. */
  isDue(administrator: string): boolean;
}

/** A server as far as Azure has told of it. */
export interface AdoptionServer {
  readonly id: string;
  readonly host: string | undefined;
  readonly version: string | undefined;
  readonly administrator: string | undefined;
  readonly password: string | undefined;
}

const PORT = 5432;

/**
 * Looks at the login and the database on the server itself, as its administrator, where Azure has told
 * where and as whom. What is wrong goes to the readings; what people should know is logged.
 */
export async function lookUpAdoption(
  needs: AdoptionNeeds,
  { administrator: user, host, id, password, version = "" }: AdoptionServer,
  readings: Readings,
): Promise<void> {
  // It does not know the memberships that the questions are about, and is refused already.
  const isOld = !(Number.parseInt(version) >= OLDEST_VERSION);
  if (!host || !user || !password || isOld || !needs.isDue(user)) {
    return;
  }
  const about = { key: "databaseServerId", id, what: "its roles, as its administrator", role: "" };
  const facts = await readings.ask(about, () =>
    askAdoption({ host, port: PORT }, { user, password }, needs),
  );
  if (facts === undefined) {
    return;
  }
  for (const [key, text] of adoptionProblems(needs, facts, needs)) {
    readings.problem(key, text);
  }
  await Promise.all(adoptionWarnings(needs, facts).map((text) => pulumi.log.warn(text)));
}
