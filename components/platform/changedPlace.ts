import type { LastRun } from "../facts";
import { ingressOf, namespaceOf, type Placement } from "../plan";

/**
 * The problem with a namespace or an Ingress that is another one than in the last completed run;
 * undefined if there is none. Everything in the former namespace would be deleted, what serves first.
 */
export function changedPlaceProblem(
  place: Placement,
  { completed, connections }: Pick<LastRun, "completed" | "connections">,
): string | undefined {
  if (completed === undefined || connections === undefined) {
    return undefined;
  }
  const { application } = place;
  const changes = [
    { key: "namespace", was: connections.namespace, now: namespaceOf(place) },
    {
      key: "ingress",
      was: connections.ingress ?? ingressOf({ application }),
      now: ingressOf(place),
    },
  ].filter(({ was, now }) => was !== now);
  return changes.length === 0
    ? undefined
    : changes
        .map(
          ({ key, was, now }) =>
            `rotation:${key} was ${was} in the last completed run and is ${now} now. Everything that serves ` +
            "is there, and would be made anew elsewhere and deleted first. Restore it with " +
            `\`pulumi config ${was === application ? `rm rotation:${key}` : `set rotation:${key} ${was}`}\`.`,
        )
        .join("\n");
}
