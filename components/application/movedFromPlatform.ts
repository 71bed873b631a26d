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
  const former = platform.urn.apply((urn) => urn.slice(urn.lastIndexOf("::") + 2));
  return ({ name, props, opts }) => {
    const ending = name.startsWith(`${application}-`) ? name.slice(application.length + 1) : "";
    const moved = MOVED.find(([now]) => now.test(ending));
    if (moved === undefined) {
      return undefined;
    }
    const [now, holders, before] = moved;
    let parent = platform.urn;
    for (const [type, holder] of holders) {
      parent = pulumi.createUrn(pulumi.interpolate`${former}-${holder}`, type, parent);
    }
    const alias = { name: pulumi.interpolate`${former}-${ending.replace(now, before)}`, parent };
    return { props, opts: pulumi.mergeOptions(opts, { aliases: [alias] }) };
  };
}
