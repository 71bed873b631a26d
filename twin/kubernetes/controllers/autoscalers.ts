import type { ObjectReference } from "../api/objects";
import { hasScale, type Scales } from "../api/scale";
import { refOf, type ObjectStore } from "../api/store";
import { as, timestamp, type Condition, type HorizontalPodAutoscaler } from "../api/types";
import { Controller } from "./controller";

/** As the controller manager of Kubernetes is told by default. */
const SYNC_SECONDS = 15;
const STABILIZATION_SECONDS = 300;
/** Whose a number of pods is that an autoscaler wrote. */
const MANAGER = "kube-controller-manager";

export interface AutoscalerOptions {
  /** Seconds between two looks at a target. Default: 15. */
  readonly syncSeconds?: number;
  /** Seconds for which a higher recommendation keeps pods from being taken away. Default: 300. */
  readonly stabilizationSeconds?: number;
  /** Whether a target of no pods gets the fewest that it may have, as KEDA does it. */
  readonly startsFromZero: () => boolean;
}

interface Recommendation {
  readonly replicas: number;
  readonly at: number;
}

/** What an autoscaler has been told and has seen. */
interface Memory {
  /** Of the last stabilization window. */
  recommendations: Recommendation[];
  /** Its spec and its recommendation when it looked last: a change of them is looked at at once. */
  looked: { readonly at: number; readonly because: string } | undefined;
}

/** What came of a look at a target. */
interface Verdict {
  readonly replicas: number;
  readonly conditions: readonly NewCondition[];
}

type NewCondition = Required<Pick<Condition, "type" | "status" | "reason" | "message">>;

/**
 * Gives the targets of HorizontalPodAutoscalers as many pods as somebody recommends: there are no
 * metrics. As long as nobody does, they keep what they have, within their bounds.
 */
export class AutoscalerController extends Controller {
  private readonly memories = new Map<string, Memory>();
  /** By namespace and name. */
  private readonly recommended = new Map<string, number>();

  constructor(
    store: ObjectStore,
    private readonly scales: Scales,
    private readonly options: AutoscalerOptions,
  ) {
    super(store, "HorizontalPodAutoscaler", []);
  }

  /** What the metrics of a target would say from now on; undefined: as many as it has. */
  recommend(ref: ObjectReference, replicas: number | undefined): void {
    const key = `${ref.namespace}/${ref.name}`;
    if (replicas === undefined) {
      this.recommended.delete(key);
    } else {
      this.recommended.set(key, replicas);
    }
    this.queue.add(ref);
  }

  protected override forget(uid: string): void {
    this.memories.delete(uid);
  }

  protected override reconcile(ref: ObjectReference): void {
    const object = this.store.get(ref);
    if (!object) {
      return;
    }
    const uid = object.metadata.uid ?? "";
    const memory = this.memories.get(uid) ?? { recommendations: [], looked: undefined };
    this.memories.set(uid, memory);
    const recommended = this.recommended.get(`${ref.namespace}/${ref.name}`);
    const because = JSON.stringify([object.spec, recommended]);
    const period = (this.options.syncSeconds ?? SYNC_SECONDS) * 1000;
    const { looked } = memory;
    const wait = looked?.because === because ? looked.at + period - Date.now() : 0;
    if (wait > 0) {
      this.queue.addAfter(ref, wait);
      return;
    }
    memory.looked = { at: Date.now(), because };
    this.look(as<HorizontalPodAutoscaler>(object), memory, recommended);
    this.queue.addAfter(ref, period);
  }

  private look(
    autoscaler: HorizontalPodAutoscaler,
    memory: Memory,
    recommended: number | undefined,
  ): void {
    const { scaleTargetRef: target } = autoscaler.spec;
    const { namespace } = autoscaler.metadata;
    const ref = { apiVersion: target.apiVersion ?? "", ...target, namespace };
    let current: number;
    try {
      if (!hasScale(ref)) {
        throw new Error(`no matches for kind "${target.kind}" with a scale`);
      }
      current = this.scales.read(ref).spec.replicas ?? 0;
    } catch (error) {
      const { message } = error as Error;
      const text = `the HPA controller was unable to get the target's current scale: ${message}`;
      this.writeStatus(autoscaler, [condition("AbleToScale", false, "FailedGetScale", text)]);
      return;
    }
    // What the first look finds is the first recommendation, so that it takes no pods away.
    if (memory.recommendations.length === 0) {
      memory.recommendations = [{ replicas: current, at: Date.now() }];
    }
    const { replicas, conditions } = this.verdictOn(autoscaler, memory, current, recommended);
    const isChanged = replicas !== current;
    if (isChanged) {
      this.scales.write(ref, replicas, MANAGER);
    }
    const rescaled = isChanged
      ? [
          condition(
            "AbleToScale",
            true,
            "SucceededRescale",
            `the HPA controller was able to update the target scale to ${replicas}`,
          ),
        ]
      : [];
    this.writeStatus(autoscaler, [...conditions, ...rescaled], {
      current,
      desired: replicas,
      isChanged,
    });
  }

  private verdictOn(
    { spec }: HorizontalPodAutoscaler,
    memory: Memory,
    current: number,
    recommended = current,
  ): Verdict {
    const { minReplicas, maxReplicas } = spec;
    const found = condition(
      "AbleToScale",
      true,
      "SucceededGetScale",
      "the HPA controller was able to get the target's current scale",
    );
    if (current === 0 && !this.options.startsFromZero()) {
      const text = "scaling is disabled since the replica count of the target is zero";
      const disabled = condition("ScalingActive", false, "ScalingDisabled", text);
      return { replicas: 0, conditions: [found, disabled] };
    }
    if (current > maxReplicas || current < minReplicas) {
      // Bounds are no recommendation: they are kept at once.
      return { replicas: current > maxReplicas ? maxReplicas : minReplicas, conditions: [found] };
    }
    const stabilized = this.stabilized(memory, recommended);
    const { replicas, reason, message } = limited(stabilized, current, {
      minReplicas,
      maxReplicas,
    });
    return {
      replicas,
      conditions: [
        condition(
          "ScalingActive",
          true,
          "ValidMetricFound",
          "the HPA was able to successfully calculate a replica count from what is recommended",
        ),
        stabilized === recommended
          ? condition(
              "AbleToScale",
              true,
              "ReadyForNewScale",
              "recommended size matches current size",
            )
          : condition(
              "AbleToScale",
              true,
              "ScaleDownStabilized",
              "recent recommendations were higher than current one, applying the highest recent recommendation",
            ),
        condition("ScalingLimited", replicas !== stabilized, reason, message),
      ],
    };
  }

  /** The highest recommendation of the stabilization window. */
  private stabilized(memory: Memory, recommended: number): number {
    const seconds = this.options.stabilizationSeconds ?? STABILIZATION_SECONDS;
    const recent = memory.recommendations.filter(({ at }) => Date.now() - at <= seconds * 1000);
    memory.recommendations = [...recent, { replicas: recommended, at: Date.now() }];
    return Math.max(...memory.recommendations.map(({ replicas }) => replicas));
  }

  private writeStatus(
    autoscaler: HorizontalPodAutoscaler,
    conditions: readonly NewCondition[],
    counts?: { readonly current: number; readonly desired: number; readonly isChanged: boolean },
  ): void {
    this.store.change(refOf(autoscaler), (draft) => {
      const old = as<HorizontalPodAutoscaler>(draft).status;
      const known = old?.conditions ?? [];
      const types = new Set([...known, ...conditions].map(({ type }) => type));
      const status: NonNullable<HorizontalPodAutoscaler["status"]> = {
        ...old,
        desiredReplicas: counts?.desired ?? old?.desiredReplicas ?? 0,
        ...(counts ? { currentReplicas: counts.current } : {}),
        ...(counts?.isChanged ? { lastScaleTime: timestamp() } : {}),
        conditions: [...types].map((type) => {
          const former = known.find((c) => c.type === type);
          const now = conditions.findLast((c) => c.type === type);
          return now === undefined ? former! : dated(now, former);
        }),
      };
      Object.assign(draft, { status });
    });
  }
}

/** What the bounds, and the fastest growth that is allowed, make of a recommendation. */
function limited(
  recommended: number,
  current: number,
  { minReplicas, maxReplicas }: { readonly minReplicas: number; readonly maxReplicas: number },
): { replicas: number; reason: string; message: string } {
  const fastest = Math.max(2 * current, 4);
  if (recommended < minReplicas) {
    const message = "the desired replica count is less than the minimum replica count";
    return { replicas: minReplicas, reason: "TooFewReplicas", message };
  }
  if (recommended > Math.min(maxReplicas, fastest)) {
    return maxReplicas > fastest
      ? {
          replicas: fastest,
          reason: "ScaleUpLimit",
          message: "the desired replica count is increasing faster than the maximum scale rate",
        }
      : {
          replicas: maxReplicas,
          reason: "TooManyReplicas",
          message: "the desired replica count is more than the maximum replica count",
        };
  }
  const message = "the desired count is within the acceptable range";
  return { replicas: recommended, reason: "DesiredWithinRange", message };
}

function condition(type: string, holds: boolean, reason: string, message: string): NewCondition {
  return { type, status: holds ? "True" : "False", reason, message };
}

function dated(now: NewCondition, former: Condition | undefined): Condition {
  const isSame = former?.status === now.status;
  return { ...now, lastTransitionTime: (isSame && former.lastTransitionTime) || timestamp() };
}
