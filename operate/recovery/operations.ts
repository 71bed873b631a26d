import type { PendingOperation, StateResource } from "./state";

/** What is done about an operation that an engine did not record the end of. */
export type Decision =
  /** Forgotten: the next `up` makes the same thing, and that is harmless. */
  | { readonly do: "forget"; readonly why: string }
  /** Taken into the state under this id; a refresh then tells whether it is there. */
  | { readonly do: "adopt"; readonly why: string; readonly id: string }
  /** Forgotten, and a person is told what to do if the next `up` trips over it. */
  | { readonly do: "leave"; readonly why: string };

type Creation = (resource: StateResource) => Decision;

const forget =
  (why: string): Creation =>
  () => ({ do: "forget", why });

const REPEATED = "giving a right twice is giving it once";

/**
 * What a creation may have left, by the resource's type: the first row that fits. A creation is the
 * one operation that cannot just be repeated, where the thing has a name.
 */
const CREATIONS: readonly (readonly [RegExp, Creation])[] = [
  [/^pulumi:/, forget("it exists in the state only")],
  [/^random:/, forget("a random value exists in the state only, and nobody has seen this one")],
  [
    /^kubernetes:batch\/v1:Job$/,
    forget("its name is made up anew each time; if the cluster has it, it is removed as above"),
  ],
  [
    /^kubernetes:/,
    ({ inputs }) => {
      const { namespace, name } = objectName(inputs);
      return {
        do: "adopt",
        why: "the cluster refuses to create what is there already",
        id: namespace === "" ? name : `${namespace}/${name}`,
      };
    },
  ],
  [/^postgresql:index\/grant(Role)?:/, forget(REPEATED)],
  [/^postgresql:index\/defaultPrivileges:/, forget(REPEATED)],
  [/^postgresql:index\/function:/, forget("CREATE OR REPLACE does not mind that it is there")],
  [
    /^postgresql:index\/(role|database):/,
    ({ inputs }) => ({
      do: "adopt",
      why: "PostgreSQL refuses to create what is there already (42710)",
      id: String(inputs?.["name"]),
    }),
  ],
];

/** What is done about an operation. */
export function decide({ type, resource }: PendingOperation): Decision {
  switch (type) {
    case "creating":
      return decideCreation(resource);
    case "deleting":
      return { do: "forget", why: "it is still in the state, and the next `pulumi up` deletes it" };
    case "updating":
      return {
        do: "forget",
        why: "the state has the old settings, and the next `pulumi up` sends the new ones again",
      };
    default:
      return { do: "forget", why: "reading changes nothing" };
  }
}

function decideCreation(resource: StateResource): Decision {
  const row = CREATIONS.find(([pattern]) => pattern.test(resource.type));
  return row === undefined
    ? {
        do: "leave",
        why:
          "forgotten, but it may exist now, and its name is taken then. If the next `pulumi up` says " +
          "that it exists already: delete it where it is (a stack that was deployed once creates " +
          `nothing of this type anew), or adopt it with \`pulumi import ${resource.type} <name> <id>\``,
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

/** The operation in words. */
export function describeOperation({ type, resource }: PendingOperation): string {
  const name = resource.urn.split("::").at(-1) ?? resource.urn;
  return (
    `${name} (${resource.type}) was ${DOING[type]} when the engine ended; ` +
    "whether that happened is not recorded"
  );
}
