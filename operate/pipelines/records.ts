import type { SlotShapes } from "../../components/chart";
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

const TRAFFIC = "::rotation-traffic";

/** Takes the records out of a state. */
export function recordsOf({ deployment }: State): Records {
  const { pending_operations: pending = [], resources = [] } = deployment;
  const find = (type: string, name = "") =>
    resources.find((each) => each.type === type && each.urn.endsWith(name) && !each.delete);
  const outputs = find("pulumi:pulumi:Stack")?.outputs ?? {};
  const live = outputs["live"] as LiveCredential | undefined;
  const started = find("pulumi:index:Stash", "::guard-started")?.inputs?.["input"] as
    Run | undefined;
  const traffic =
    find("kubernetes:networking.k8s.io/v1:Ingress", TRAFFIC) ??
    find("kubernetes:networking.k8s.io/v1:IngressPatch", TRAFFIC);
  const isCertain =
    (traffic?.initErrors ?? []).length === 0 &&
    !pending.some(({ resource }) => resource.urn.endsWith(TRAFFIC));
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
    ...(traffic !== undefined && { trafficTo: servingOf(traffic, outputs) }),
    ...(!isCertain && { trafficPending: true }),
    ...(proof && hasPassed(proof, started) && { promoted: true }),
  };
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
  const { objects } = (outputs["connections"] ?? {}) as { objects?: SlotShapes };
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
