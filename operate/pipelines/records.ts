import { hasOneRelease, type SlotShapes } from "../../components/chart";
import { LEGACY, type Run, type Serving, type SlotName, SLOTS } from "../../components/plan";
import type { State, StateResource } from "../state/state";

/** The credential in service, as the stack output `live` records it. */
export interface LiveCredential {
  readonly slot: SlotName;
  readonly generation: number;
  /** When it was made, ISO 8601. */
  readonly created: string;
  /** When it counts as expired, ISO 8601. */
  readonly expires: string;
  /** When the plan that is in force was started, ISO 8601. */
  readonly started: string;
}

/** What a stack's state says about its rotation; no secrets, so that jobs can hand it on. */
export interface Records {
  /** The last run that completed; none before the first one. */
  readonly completed?: Run;
  /** The last run that started. */
  readonly started?: Run;
  readonly live?: LiveCredential;
  /** Whom production's host leads to, as it was last written. */
  readonly trafficTo?: Serving;
  /** That was not written for certain: it failed, or its engine was ended. */
  readonly trafficPending?: true;
  /** The proof after promotion of the run that started last has passed. */
  readonly promoted?: true;
}

/** What moves production where each slot has a release, and where both have one. */
const TRAFFIC = "::rotation-traffic";
const RELEASE = "::rotation-release";

/** Takes the records out of a state. */
export function recordsOf({ deployment }: State): Records {
  const { pending_operations: pending = [], resources = [] } = deployment;
  const find = (type: string, name = "") =>
    resources.find((each) => each.type === type && each.urn.endsWith(name) && !each.delete);
  const outputs = find("pulumi:pulumi:Stack")?.outputs ?? {};
  const live = outputs["live"] as LiveCredential | undefined;
  const started = find("pulumi:index:Stash", "::guard-started")?.inputs?.["input"] as
    Run | undefined;
  const { objects } = connectionsIn(outputs);
  const moves = objects && hasOneRelease(objects) ? RELEASE : TRAFFIC;
  const traffic =
    moves === RELEASE
      ? find("kubernetes:helm.sh/v3:Release", RELEASE)
      : (find("kubernetes:networking.k8s.io/v1:Ingress", TRAFFIC) ??
        find("kubernetes:networking.k8s.io/v1:IngressPatch", TRAFFIC));
  const isCertain =
    (traffic?.initErrors ?? []).length === 0 &&
    !pending.some(({ resource }) => resource.urn.endsWith(moves));
  const proof = started && find("kubernetes:batch/v1:Job", afterPromotion(started));
  return {
    ...(outputs["completed"] !== undefined && { completed: outputs["completed"] as Run }),
    ...(started !== undefined && { started }),
    // A legacy login has no dates.
    ...(live !== undefined &&
      live.generation !== LEGACY && {
        live: {
          slot: live.slot,
          generation: live.generation,
          created: live.created,
          expires: live.expires,
          started: live.started,
        },
      }),
    ...(traffic !== undefined && {
      trafficTo: moves === RELEASE ? heldBy(traffic) : servingOf(traffic, outputs),
    }),
    ...(!isCertain && { trafficPending: true }),
    ...(proof && hasPassed(proof, started) && { promoted: true }),
  };
}

function connectionsIn(outputs: Readonly<Record<string, unknown>>): { objects?: SlotShapes } {
  return outputs["connections"] ?? {};
}

/** How the URN of a run's proof after promotion ends; see `components/rotation/proofs.ts`. */
function afterPromotion({ plan: { counter, live } }: Run): string {
  return `::rotation-proof-after-promotion-${counter}-live-${live}`;
}

/** Of an earlier run with the same counter and live generation there may be one of that name too. */
function hasPassed({ initErrors = [], inputs }: StateResource, { attempt }: Run): boolean {
  const { template } = inputs?.["spec"] as {
    template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
  };
  const settings = template.spec.containers[0]?.env ?? [];
  const isOwn = settings.some(({ name, value }) => name === "ATTEMPT" && value === attempt);
  return isOwn && initErrors.length === 0;
}

/** Whatever a chart calls them: the values of the one release name one slot's role, account and Secret. */
function heldBy({ inputs, urn }: StateResource): SlotName {
  const named = JSON.stringify(inputs?.["values"] ?? {}).matchAll(/[_-](blue|green)(?![a-z])/g);
  const [slot, ...others] = new Set([...named].map(([, each]) => each as SlotName));
  if (slot === undefined || others.length > 0) {
    throw new Error(`The values of ${urn} do not tell whose credential its pods are to hold.`);
  }
  return slot;
}

/**
 * Production's rule is the first one; see `components/rotation/trafficSwitch.ts`. Of a chart of one's
 * own the outputs say how the slots' Services are called.
 */
function servingOf(
  { urn, inputs }: StateResource,
  outputs: Readonly<Record<string, unknown>>,
): Serving {
  const { rules } = inputs?.["spec"] as {
    rules: { http: { paths: { backend: { service: { name: string } } }[] } }[];
  };
  const { objects } = connectionsIn(outputs);
  const { completed } = outputs as { completed?: Run };
  const service = rules[0]?.http.paths[0]?.backend.service.name;
  const slot = SLOTS.find(
    (each) => service === objects?.[each].service.name || service?.endsWith(`-${each}`),
  );
  const serving = slot ?? (completed && completed.plan.retired < LEGACY ? "legacy" : undefined);
  if (serving === undefined) {
    throw new Error(`Production of ${urn} routes to ${service}, which is not a slot's service.`);
  }
  return serving;
}
