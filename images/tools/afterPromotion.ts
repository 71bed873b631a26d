import { answersInARow, goneInARow, readExpected, readQuestions } from "./answers.ts";
import type { Expected, Judge, Questions } from "./answers.ts";
import { freshSession, readServer } from "./database.ts";
import { Disproved } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { byIdentity } from "./identity.ts";
import { readCluster, servicesOf } from "./kubernetes.ts";
import type { Cluster } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { readMeans } from "./means.ts";
import type { ByStatus } from "./means.ts";
import { Settings } from "./settings.ts";
import { byStatusOfProduction } from "./status.ts";

/**
 * Proves that whoever asks the production address now reaches the promoted slot, and, where another host
 * led to the application only until then, that the gateway has followed.
 */
export async function afterPromotion(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const expected = readExpected(settings);
  const questions = readQuestions(settings, "PRODUCTION");
  const means = readMeans(settings);
  const gone = settings.optional("GONE_HOST");
  const answered = async (judge: Judge) => ({
    ...(await answersInARow(questions, expected, judge)),
    ...(gone && (await goneInARow({ ...questions, host: gone }, judge))),
  });
  const proof =
    means.by === "status"
      ? byConfiguration(settings, questions, expected, means, answered)
      : async () => answered(await byIdentity(expected, means));
  settings.check();

  return proof();
}

/**
 * The weaker proof, where answers do not tell whose they are: production is to lead to the slot, it
 * answers, and the slot's role is at work meanwhile. It is what the Ingress says, not what the gateway
 * does.
 */
function byConfiguration(
  settings: Settings,
  questions: Questions,
  expected: Expected,
  means: ByStatus,
  answered: (judge: Judge) => Promise<Facts>,
): () => Promise<Facts> {
  const role = expected.sessionUser;
  const server = readServer(settings);
  const login = { user: role, passwordFile: settings.file("PASSWORD_FILE") };
  const cluster = readCluster(settings);
  const ingress = settings.text("INGRESS");
  const service = settings.text("SERVICE");
  const leads = () => leadsTo(cluster, { ingress, service, ...questions });
  return async () => {
    await leads();
    const answers = await freshSession(server, login, questions.deadline, (client) =>
      answered(byStatusOfProduction(client, role, means)),
    );
    // What somebody changed meanwhile would be asked by no other proof.
    await leads();
    return { identity: "configuration", ingress, service, ...answers };
  };
}

/** @throws Disproved when the Ingress leads the host elsewhere too, or to no Service */
export async function leadsTo(
  cluster: Cluster,
  {
    ingress,
    service,
    host,
    deadline,
  }: { ingress: string; service: string } & Pick<Questions, "host" | "deadline">,
): Promise<void> {
  const { facts } = await lookUntil(deadline, { ingress, host }, async () => ({
    done: true,
    facts: { services: await servicesOf(cluster, ingress, host) },
  }));
  if ((facts["services"] as string[]).join() !== service) {
    throw new Disproved(`The Ingress ${ingress} does not lead ${host} to ${service}`, facts);
  }
}
