import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { listPods, readCluster, readDeployment, variable } from "./kubernetes.ts";
import type { Deployment, Pod } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";

/** On a Deployment: digest of what makes its pods. */
const TEMPLATE = "rotation/template";

/**
 * Waits until every pod of a Deployment is of one template and has one credential, ready and
 * available, and as many as wanted. Helm waits for less: it looks at no old pod and at no availability.
 */
export async function rolled(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const cluster = readCluster(settings);
  const name = settings.text("DEPLOYMENT");
  const template = settings.text("TEMPLATE");
  const selector = settings.text("POD_SELECTOR");
  const credential = {
    GENERATION: settings.text("GENERATION"),
    SECRET_VERSION: settings.secretVersion("SECRET_VERSION"),
  };
  const deadline = Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000;
  settings.check();

  const { done, facts } = await lookUntil(deadline, { deployment: name, template }, async () => {
    const deployment = await readDeployment(cluster, name);
    if (deployment === undefined) {
      return { done: false, facts: { missing: [`there is no Deployment ${name}`] } };
    }
    const pods = (await listPods(cluster, selector)).filter(({ ending }) => !ending);
    const missing = [
      ...missingOf(deployment, template),
      ...otherCredential(deployment, credential),
      ...severalTemplates(pods),
    ];
    return {
      done: missing.length === 0,
      facts: {
        replicas: deployment.spec.replicas,
        pods: pods.map((pod) => pod.name),
        ...(missing.length > 0 && { missing }),
      },
    };
  });
  if (!done) {
    throw new Undecided(`${name} did not roll out in time`, facts);
  }
  return facts;
}

/** What the Deployment itself says that it lacks. */
function missingOf({ metadata, spec, status = {} }: Deployment, template: string): string[] {
  const said = metadata.annotations?.[TEMPLATE] ?? "none";
  const wanted = spec.replicas;
  const counts: readonly [number | undefined, string][] = [
    [status.replicas, "there"],
    [status.updatedReplicas, "of the newest template"],
    [status.readyReplicas, "ready"],
    [status.availableReplicas, "available"],
  ];
  return [
    ...(said === template ? [] : [`its template is ${said}, not ${template}`]),
    ...((status.observedGeneration ?? 0) >= metadata.generation
      ? []
      : ["the cluster has not observed its latest specification yet"]),
    ...counts
      .filter(([count = 0]) => count !== wanted)
      .map(([count = 0, which]) => `${count} of ${wanted} pods are ${which}`),
  ];
}

/**
 * Pods of more than one ReplicaSet that were not told to end. The status counts those of the newest
 * one, and can be late; which those are nothing says.
 */
function severalTemplates(pods: readonly Pod[]): string[] {
  const templates = [...Map.groupBy(pods, ({ template }) => template)];
  return templates.length <= 1
    ? []
    : templates.map(
        ([of, some]) => `of ${of} there are ${some.map(({ name }) => name).join(", ")}`,
      );
}

/** What its pods are told of their credential, where that is another one. */
function otherCredential(deployment: Deployment, credential: Record<string, string>): string[] {
  return Object.entries(credential)
    .map(([name, wanted]) => ({ name, wanted, said: variable(deployment, name) ?? "none" }))
    .filter(({ wanted, said }) => said !== wanted)
    .map(({ name, wanted, said }) => `its ${name} is ${said}, not ${wanted}`);
}
