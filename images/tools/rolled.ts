import { Undecided } from "./evidence.ts";
import type { Facts } from "./evidence.ts";
import { listPods, readCluster, readDeployment } from "./kubernetes.ts";
import type { Deployment, Pod } from "./kubernetes.ts";
import { lookUntil } from "./looking.ts";
import { Settings } from "./settings.ts";
import { wrongWith } from "./slotPods.ts";

/** On a Deployment whose chart fills it in: digest of what makes its pods. */
const TEMPLATE = "rotation/template";

/**
 * Waits until every pod of a slot is of one template and reads one credential, ready and available,
 * and as many as wanted. Helm waits for less: it looks at no old pod and at no availability.
 */
export async function rolled(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const cluster = readCluster(settings);
  const name = settings.text("DEPLOYMENT");
  const template = settings.optional("TEMPLATE");
  const selectors = settings.selectors("POD_SELECTORS");
  const credential = settings.credential("CREDENTIAL");
  const deadline = Date.now() + settings.integer("TIMEOUT_SECONDS", 1) * 1000;
  settings.check();

  const subject = { deployment: name, template, credential };
  const { done, facts } = await lookUntil(deadline, subject, async () => {
    const deployment = await readDeployment(cluster, name);
    if (deployment === undefined) {
      return { done: false, facts: { missing: [`there is no Deployment ${name}`] } };
    }
    const pods = (await listPods(cluster, selectors)).filter(({ ending }) => !ending);
    const missing = [
      ...missingOf(deployment, template),
      ...wrongWith(deployment, pods, { selectors, credential }),
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

/**
 * What the Deployment itself says that it lacks. Some charts say nothing of a template: then it is the
 * finished rollout that counts.
 */
function missingOf({ metadata, spec, status = {} }: Deployment, template?: string): string[] {
  const said = metadata.annotations?.[TEMPLATE] ?? template;
  const wanted = spec.replicas;
  const counts: readonly [number | undefined, string][] = [
    [status.replicas, "there"],
    [status.updatedReplicas, "of the newest template"],
    [status.readyReplicas, "ready"],
    [status.availableReplicas, "available"],
  ];
  return [
    ...(template === undefined || said === template
      ? []
      : [`its template is ${said}, not ${template}`]),
    ...((status.observedGeneration ?? 0) >= metadata.generation
      ? []
      : ["the cluster has not observed its latest specification yet"]),
    ...counts
      .filter(([count = 0]) => count !== wanted)
      .map(([count = 0, which]) => `${count} of ${wanted} pods are ${which}`),
  ];
}

/**
 * Pods of more than one template of a workload that were not told to end. The status counts those of
 * the newest one, and can be late; which those are nothing says.
 */
function severalTemplates(pods: readonly Pod[]): string[] {
  const made = pods.filter(({ template }) => template !== "");
  return [...Map.groupBy(made, ({ workload }) => workload).values()]
    .map((same) => [...Map.groupBy(same, ({ template }) => template)])
    .filter((templates) => templates.length > 1)
    .flatMap((templates) =>
      templates.map(
        ([of, some]) => `of ${of} there are ${some.map(({ name }) => name).join(", ")}`,
      ),
    );
}
