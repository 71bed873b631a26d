import { namedBy, ofSlot } from "./credentials.ts";
import type { OfSlot } from "./credentials.ts";
import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { generationOfClass, listPods, readCluster, readDeployment, scale } from "./kubernetes.ts";
import { variable } from "./kubernetes.ts";
import type { Cluster, Deployment } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";

/**
 * Takes the pods of a slot away and waits until none is left, ending ones included, before its role
 * gets another password: a pod that logs in with the old one would be refused, and others with it.
 * A Deployment that already reads the new generation keeps its pods.
 */
export async function vacated(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const cluster = readCluster(settings);
  const name = settings.text("DEPLOYMENT");
  const workers = settings.names("WORKERS");
  const selectors = settings.selectors("POD_SELECTORS");
  const secret = settings.text("SECRET_NAME");
  const generation = settings.integer("GENERATION", 0);
  const deadline = Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000;
  settings.check();

  let scaledFrom: number | undefined;
  const { done, facts } = await lookUntil(deadline, { deployment: name, generation }, async () => {
    const deployment = await readDeployment(cluster, name);
    const holds = deployment && (await generationOf(cluster, deployment, secret));
    if (holds !== undefined && holds >= generation) {
      return { done: true, facts: { holds, nothingToDo: `${name} is of generation ${holds}` } };
    }
    if (deployment && deployment.spec.replicas > 0) {
      if (holds === undefined) {
        throw new Undecided(`${name} does not say which generation it holds`);
      }
      await scale(cluster, name, 0);
      scaledFrom = deployment.spec.replicas;
    }
    // Of the same release, so of the same generation.
    for (const worker of workers) {
      if (((await readDeployment(cluster, worker))?.spec.replicas ?? 0) > 0) {
        await scale(cluster, worker, 0);
      }
    }
    const pods = (await listPods(cluster, selectors)).map((pod) => pod.name);
    const nothingToDo = deployment ? undefined : `there is no Deployment ${name}`;
    return { done: pods.length === 0, facts: { holds, nothingToDo, scaledFrom, pods } };
  });
  if (!done) {
    throw new Undecided(`Pods of ${name} were left when the time was up`, facts);
  }
  return facts;
}

/**
 * The generation whose credential a Deployment's pods read; undefined when nothing says it. The name of
 * a Secret does, and a label of a SecretProviderClass; the pods themselves where a program made the
 * class that gave it no label yet.
 *
 * @param secret name of the slot's vault secret
 */
async function generationOf(
  cluster: Cluster,
  deployment: Deployment,
  secret: string,
): Promise<number | undefined> {
  const credentials = namedBy(deployment.spec.template.spec)
    .map((credential) => ofSlot(secret, credential))
    .filter((credential) => credential !== undefined);
  const said = await Promise.all(
    credentials.map((credential) => saidBy(cluster, deployment, credential)),
  );
  const generations = said.filter((each) => each !== undefined).map(Number);
  return generations.length === 0 ? undefined : Math.min(...generations);
}

async function saidBy(
  cluster: Cluster,
  deployment: Deployment,
  { className, generation }: OfSlot,
): Promise<string | undefined> {
  return className === undefined
    ? generation
    : ((await generationOfClass(cluster, className)) ?? variable(deployment, "GENERATION"));
}
