import { STACK_ANNOTATION } from "../facts/ownStack";
import { ingressOf, namesOf, SLOTS } from "../plan";
import type { Found, PlaceAnswers, PlaceNeeds } from "./place";
import type { Problem } from "./readings";

/**
 * Objects of the names that a stack without a completed run is about to take. What an attempt that
 * stopped halfway has made is known by the mark on its network policies, which come before all of it.
 */
export function takenProblems(needs: PlaceNeeds, answers: PlaceAnswers): Problem[] {
  const { application, namespace, stack } = needs;
  const marks = (answers.policies ?? []).flatMap(
    ({ metadata }) => metadata.annotations?.[STACK_ANNOTATION] ?? [],
  );
  const other = marks.find((mark) => mark !== stack);
  if (other !== undefined) {
    return [
      [
        "namespace",
        `is ${namespace}, in which stack ${other} has its application already. A namespace has one of ` +
          "this program: name another one.",
      ],
    ];
  }
  if (marks.includes(stack)) {
    return [];
  }
  const taken = takenNames(needs, answers);
  return taken.length === 0
    ? []
    : [
        [
          "application",
          `is ${application}, and namespace ${namespace} has ${taken.join(", ")} already, which this stack ` +
            "did not make. Delete what nobody needs, or set another rotation:application.",
        ],
      ];
}

function takenNames(
  { application, ingress, namespace, slots }: PlaceNeeds,
  { accounts = [], classes = [], ingresses = [], revisions = [] }: PlaceAnswers,
): string[] {
  const names = namesOf(application);
  const ofSlots = SLOTS.map((slot) => names.slot(slot));
  const wanted = [
    ...SLOTS.map((slot) => slots[slot].account),
    ...ofSlots.flatMap(({ answersAccount, holderAccount, proofAccount }) => [
      answersAccount,
      holderAccount,
      proofAccount,
    ]),
    ...Object.values(names.proofAccounts),
  ];
  const secrets = [...ofSlots.map(({ secret }) => secret), ...Object.values(names.secrets)];
  const isMount = new RegExp(`^(${secrets.join("|")})(-[a-z0-9-]+)?-[0-9a-f]{8}$`);
  const list = (kind: string, found: readonly Found[], isTaken: (name: string) => boolean) =>
    found
      .map(({ metadata }) => metadata.name)
      .filter(isTaken)
      .map((name) => `${kind} ${name}`);
  const releases = revisions.map(({ metadata }) => metadata.labels?.["name"] ?? metadata.name);
  return [
    ...[...new Set(releases)].map((name) => `Helm release ${name}`),
    // The default one is in every namespace.
    ...list("ServiceAccount", accounts, (name) => name !== "default" && wanted.includes(name)),
    ...list("SecretProviderClass", classes, (name) => isMount.test(name)),
    ...(ingress === undefined
      ? list(
          "Ingress",
          ingresses.filter(({ metadata }) => metadata.namespace === namespace),
          (name) => name === ingressOf({ application }),
        )
      : []),
  ];
}
