import type { PendingOperation, StateResource } from "../state/state";

/**
 * What is done about an operation that an engine did not record the end of. The next `up` may have
 * another plan, to which the old settings are the right ones: what the state says is only of use
 * where it is certain.
 */
export type Decision =
  /** Forgotten: the next `up` makes the same thing, and that is harmless. */
  | { readonly do: "forget"; readonly why: string }
  /** Added to the state under this id; a refresh then tells whether it exists. */
  | { readonly do: "adopt"; readonly why: string; readonly id: string }
  /** A refresh tells what exists, and the next `up` changes what differs from its plan. */
  | { readonly do: "ask" }
  /**
   * A refresh would not tell: it is marked in the state, so that the next `up` sends all of it
   * again.
   */
  | { readonly do: "send"; readonly why: string }
  /** Removed from the state, with advice in case the next `up` trips over it. */
  | { readonly do: "leave"; readonly why: string };

type Creation = (resource: StateResource) => Decision;

const forget =
  (why: string): Creation =>
  () => ({ do: "forget", why });

const REPEATED = "granting twice is the same as granting once";

/**
 * What a creation may have left, by the resource's type: the first row that fits. A creation is the
 * one operation that cannot just be repeated, where the thing has a name.
 */
const CREATIONS: readonly (readonly [RegExp, Creation])[] = [
  [/^pulumi:/, forget("it exists in the state only")],
  [/^random:/, forget("a random value exists in the state only, and nobody has seen this one")],
  [
    /^kubernetes:batch\/v1:Job$/,
    forget("its name is generated anew each time; if the cluster has it, it is removed as above"),
  ],
  [
    /^kubernetes:.*Patch$/,
    forget("whoever says the same fields of an object again changes nothing"),
  ],
  [
    /^kubernetes:/,
    ({ inputs }) => {
      const { namespace, name } = objectName(inputs);
      return {
        do: "adopt",
        why: "the cluster refuses to create what already exists",
        id: namespace === "" ? name : `${namespace}/${name}`,
      };
    },
  ],
  [/^postgresql:index\/grant(Role)?:/, forget(REPEATED)],
  [/^postgresql:index\/defaultPrivileges:/, forget(REPEATED)],
  [/^postgresql:index\/function:/, forget("CREATE OR REPLACE accepts what already exists")],
  [
    /^postgresql:index\/(role|database):/,
    ({ inputs }) => ({
      do: "adopt",
      why: "PostgreSQL refuses to create what already exists (42710)",
      id: String(inputs?.["name"]),
    }),
  ],
];

/** What exists only in the state. */
const STATE_ONLY = /^(pulumi|random):/;
const RELEASE = /^kubernetes:helm\.sh\/v3:Release$/;
/** A refresh tells everything an `up` relies on, and adopts nothing that is not the program's. */
const ASKED = /^(kubernetes:(?!helm\.sh\/)|postgresql:|azure-native:keyvault:Secret$)/;
/** The same of deletions, which some refuse a second time. No plan wants the proof of another one. */
const ASKED_IF_GONE = /^(kubernetes:(?!batch\/v1:Job$)|postgresql:|azure-native:keyvault:Secret$)/;

/**
 * What is done about an operation.
 *
 * @param present whether the state has the resource
 */
export function decide({ type, resource }: PendingOperation, present: boolean): Decision {
  switch (type) {
    case "creating": {
      const decision = decideCreation(resource);
      return decision.do === "adopt" && present ? { do: "ask" } : decision;
    }
    case "deleting":
      return present && ASKED_IF_GONE.test(resource.type)
        ? { do: "ask" }
        : { do: "forget", why: "it is still in the state, and the next `pulumi up` deletes it" };
    case "updating":
      return decideUpdate(resource);
    default:
      return { do: "forget", why: "reading changes nothing" };
  }
}

function decideUpdate({ type }: StateResource): Decision {
  if (STATE_ONLY.test(type)) {
    return { do: "forget", why: "it exists in the state only" };
  }
  if (ASKED.test(type)) {
    return { do: "ask" };
  }
  return {
    do: "send",
    why: RELEASE.test(type)
      ? "Helm's record does not tell what the killed upgrade did to the objects"
      : "a refresh would also adopt what Azure has added to it",
  };
}

function decideCreation(resource: StateResource): Decision {
  const row = CREATIONS.find(([pattern]) => pattern.test(resource.type));
  return row === undefined
    ? {
        do: "leave",
        why:
          "removed from the state, but it may exist now, and then its name is taken. If the " +
          "next `pulumi up` says that it already exists: delete it (a stack that was deployed " +
          `once creates nothing of this type anew), or adopt it with \`pulumi import ${resource.type} <name> <id>\``,
      }
    : row[1](resource);
}

/** Name and namespace of an object; a release has them at the top. */
function objectName(inputs: StateResource["inputs"]): { namespace: string; name: string } {
  type Named = { namespace?: string; name?: string };
  const given = (inputs ?? {}) as Named & { metadata?: Named };
  const { namespace = "", name = "" } = given.metadata ?? given;
  return { namespace, name };
}

const DOING: Readonly<Record<PendingOperation["type"], string>> = {
  creating: "being created",
  updating: "being changed",
  deleting: "being deleted",
  reading: "being read",
  importing: "being imported",
};

const NOT_RECORDED = "whether that happened is not recorded";

/** The operation in words. */
export function describeOperation({ type, resource }: PendingOperation): string {
  return `${nameOf(resource)} (${resource.type}) was ${DOING[type]} when the engine ended; ${NOT_RECORDED}`;
}

const NOT_THERE = "is in the state but not in the cluster";

/** A resource that is gone, in words. */
export function describeGone(resource: StateResource): string {
  return `${nameOf(resource)} (${resource.type}) ${NOT_THERE}`;
}

/** Whether a text is one of the above, for which a provider must be asked. */
export function isQuestion(text: string): boolean {
  return text.endsWith(NOT_RECORDED) || text.endsWith(NOT_THERE);
}

/** Logical name. */
export function nameOf({ urn }: StateResource): string {
  return urn.split("::").at(-1) ?? urn;
}
