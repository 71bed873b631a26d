import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { listPods, readCluster, readDeployment, scale, variable } from "./kubernetes.ts";
import type { Deployment } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";

/**
 * Takes the pods of a slot away and waits until none is left, ending ones included, before its role
 * gets another password: a pod that logs in with the old one would be refused, and others with it.
 * A Deployment that already is of the new generation keeps its pods.
 */
export async function vacated(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const cluster = readCluster(settings);
  const name = settings.text("DEPLOYMENT");
  const selector = settings.text("POD_SELECTOR");
  const generation = settings.integer("GENERATION", 0);
  const deadline = Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000;
  settings.check();

  let scaledFrom: number | undefined;
  const { done, facts } = await lookUntil(deadline, { deployment: name, generation }, async () => {
    const deployment = await readDeployment(cluster, name);
    const holds = deployment && generationOf(deployment, name);
    if (holds !== undefined && holds >= generation) {
      return { done: true, facts: { holds, nothingToDo: `${name} is of generation ${holds}` } };
    }
    if (deployment && deployment.spec.replicas > 0) {
      await scale(cluster, name, 0);
      scaledFrom = deployment.spec.replicas;
    }
    const pods = (await listPods(cluster, selector)).map((pod) => pod.name);
    const nothingToDo = deployment ? undefined : `there is no Deployment ${name}`;
    return { done: pods.length === 0, facts: { holds, nothingToDo, scaledFrom, pods } };
  });
  if (!done) {
    throw new Undecided(`Pods of ${name} were left when the time was up`, facts);
  }
  return facts;
}

/** The generation whose credential a Deployment's pods get. */
function generationOf(deployment: Deployment, name: string): number {
  const said = variable(deployment, "GENERATION");
  if (said === undefined || !/^-?\d+$/.test(said)) {
    throw new Undecided(`${name} does not say which generation it holds`);
  }
  return Number(said);
}
