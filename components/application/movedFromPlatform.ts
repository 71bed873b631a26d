import * as pulumi from "@pulumi/pulumi";

/** Components below the platform that held parts of an application, from the outside in. */
const DATABASE = [["rotation:platform:Database", "database"]] as const;
const MONITORING = [["rotation:platform:Monitoring", "monitoring"]] as const;
const EVENTS = [...MONITORING, ["rotation:platform:VaultEvents", "monitoring-events"]] as const;

/** Endings of names: what they are below an application, where they were, and what they were there. */
const MOVED: readonly (readonly [
  now: RegExp,
  holders: readonly (readonly [type: string, ending: string])[],
  before: string,
])[] = [
  [/^(roles|identities)$/, [], "$1"],
  [/^(namespace|deny-all|gateway-to-application)$/, [], "$1"],
  [/^(to-names-and-database)$/, [], "$1"],
  [/^database$/, DATABASE, "database-application"],
  [/^postgresql$/, DATABASE, "database-postgresql"],
  [/^watch-(events-.+)$/, EVENTS, "monitoring-$1"],
  [/^watch-(.+)$/, MONITORING, "monitoring-$1"],
];

/**
 * Gives the application of a stack that was made when the platform held it the names that its
 * resources had there, so that nothing of them is made anew. What is below a component follows it.
 *
 * Only the one application that the platform held may have it; without such a stack it does nothing.
 *
 * @param application name of the application
 * @param platform the platform that held it
 */
export function movedFromPlatform(
  application: string,
  platform: pulumi.Resource,
): pulumi.ResourceTransformation {
  return ({ name, type, props, opts }) => {
    const ending = name.startsWith(`${application}-`) ? name.slice(application.length + 1) : "";
    const moved = MOVED.find(([now]) => now.test(ending));
    if (moved === undefined) {
      return undefined;
    }
    const [now, holders, before] = moved;
    // A whole URN: of a name and a parent that are outputs the SDK makes a dozen more for each.
    const alias = platform.urn.apply((urn) => {
      const former = urn.slice(urn.lastIndexOf("::") + 2);
      const parent = holders.reduce(
        (above, [holderType, holder]) => below(above, holderType, `${former}-${holder}`),
        urn,
      );
      return below(parent, type, `${former}-${ending.replace(now, before)}`);
    });
    return { props, opts: pulumi.mergeOptions(opts, { aliases: [alias] }) };
  };
}

/** URN of a child. */
function below(parent: string, type: string, name: string): string {
  return `${parent.slice(0, parent.lastIndexOf("::"))}$${type}::${name}`;
}
