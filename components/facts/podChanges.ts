import { commandsFor, servingAt } from "../plan";
import type { Facts, SlotFacts } from "./facts";
import { type ActiveSlot, type Expectation, type HandChange, objectsOf } from "./handChange";

/** What an active slot runs, compared with what the last run left, which a new slot would get. */
export function image(
  { slot, kind }: ActiveSlot,
  { release }: SlotFacts,
  expected: Expectation,
): HandChange[] {
  const { image: wanted, namespace, plan, template } = expected;
  if (!release) {
    return [];
  }
  const { deployment: name } = objectsOf(expected)[slot];
  const change = { what: "image", about: slot } as const;
  if (wanted !== undefined && release.image !== undefined && release.image !== wanted) {
    return [
      {
        ...change,
        found: `The ${kind} release ${name} runs ${release.image}.`,
        expected: `${wanted}, the value of rotation:appImage, which a new slot would get.`,
        help:
          `pulumi config set rotation:appImage ${release.image} && ${commandsFor(plan)}, ` +
          "then the move",
      },
    ];
  }
  if (template !== undefined && release.template !== undefined && release.template !== template) {
    return [
      {
        ...change,
        found: `The ${kind} release ${name} has the template ${release.template}.`,
        expected: `${template}, with the settings of the last completed run.`,
        help: `pulumi refresh && ${commandsFor(plan)}, then the move`,
      },
    ];
  }
  // Helm finishes when all new pods of a slot without traffic are ready; its old ones stop soon
  // after.
  const isDone = kind === "standby" && release.ready - release.earlier >= release.replicas;
  return release.earlier === 0 || isDone
    ? []
    : [
        {
          ...change,
          found:
            `The ${kind} release ${name} has ${release.earlier} of its pods on an earlier ` +
            "template.",
          expected: "none, because a completed run leaves pods of one template.",
          help:
            `kubectl --namespace ${namespace} rollout status deployment/${name}; if that does ` +
            `not finish: ${commandsFor(plan)}, then the move`,
        },
      ];
}

/** How many pods there should be and, for a slot without traffic, whether they are ready. */
export function replicas(
  { slot, kind }: ActiveSlot,
  { release }: SlotFacts,
  expected: Expectation,
): HandChange[] {
  const { namespace, replicas: wanted } = expected;
  if (!release) {
    return [];
  }
  const { deployment: name, pods } = objectsOf(expected)[slot];
  const change = { what: "replicas", about: slot } as const;
  if (release.replicas !== wanted) {
    return [
      {
        ...change,
        found: `The ${kind} release ${name} is scaled to ${release.replicas} pods.`,
        expected: `${wanted}, the value of rotation:replicas, for both slots.`,
        help: `kubectl --namespace ${namespace} scale deployment/${name} --replicas ${wanted}`,
      },
    ];
  }
  return kind === "live" || release.ready >= wanted
    ? []
    : [
        {
          ...change,
          found: `The standby release ${name} has ${release.ready} of ${wanted} pods ready.`,
          expected: "all of them, because production may move to it.",
          help: `kubectl --namespace ${namespace} describe pods --selector ${pods[0]}`,
        },
      ];
}

type Autoscaled = Expectation & { readonly maxReplicas: number };

/** The same with an autoscaler, which follows the traffic: a slot that takes it over needs as many. */
export function autoscaled(
  { slot, kind }: ActiveSlot,
  { slots }: Facts,
  expected: Autoscaled,
): HandChange[] {
  const { maxReplicas, minReplicas = 1, namespace, plan } = expected;
  const { release } = slots[slot];
  if (!release) {
    return [];
  }
  const { deployment: name, pods } = objectsOf(expected)[slot];
  const change = { what: "replicas", about: slot } as const;
  const scale = (count: number) =>
    `kubectl --namespace ${namespace} scale deployment/${name} --replicas ${count}`;
  if (kind === "live") {
    const nearest = Math.min(Math.max(release.replicas, minReplicas), maxReplicas);
    return release.replicas === nearest
      ? []
      : [
          {
            ...change,
            found: `The live release ${name} is scaled to ${release.replicas} pods.`,
            expected:
              `${minReplicas} to ${maxReplicas}, the values of rotation:minReplicas and ` +
              "rotation:maxReplicas.",
            help: scale(nearest),
          },
        ];
  }
  const live = servingAt(plan.live);
  const needed = live === "legacy" ? 0 : (slots[live].release?.replicas ?? 0);
  return release.ready >= needed
    ? []
    : [
        {
          ...change,
          found:
            `The standby release ${name} has ${release.ready} pods ready, but the live one is ` +
            `scaled to ${needed}.`,
          expected: "at least as many, because production may move to it.",
          help:
            release.replicas < needed
              ? scale(needed)
              : `kubectl --namespace ${namespace} describe pods --selector ${pods[0]}`,
        },
      ];
}

/**
 * What stops an update: an autoscaler has given the live slot more pods than the update sends, so
 * some that serve would go.
 */
export function scaledDown({ slots }: Facts, expected: Expectation): HandChange[] {
  const { maxReplicas, plan, replicas: sent } = expected;
  const slot = servingAt(plan.live);
  if (slot === "legacy") {
    return [];
  }
  const pods = slots[slot].release?.replicas ?? 0;
  return maxReplicas === undefined || pods <= sent
    ? []
    : [
        {
          what: "replicas",
          about: slot,
          found: `The live release ${objectsOf(expected)[slot].deployment} is scaled to ${pods} pods.`,
          expected:
            `at most ${sent}, the value of rotation:replicas: an update would scale it down ` +
            "while it serves.",
          help: `pulumi config set rotation:replicas -- ${pods}, or wait until it has fewer`,
        },
      ];
}
