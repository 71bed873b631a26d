import { mountName } from "../../components/plan";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import type { KnownCredential } from "../../twin/twin";
import type { StateResource } from "../up/workspace";
import { dataFileOf } from "./clusterDump";
import type { Belonging } from "./search";

/** Places where a credential may be because a Secret delivers it. */
export const OBJECTS = "Kubernetes objects";
export const ENVIRONMENTS = "process environments";

/** What is in the state of a Secret for a slot's pods: itself, or whoever holds it for the vault's driver. */
const DELIVERED =
  /kubernetes:(core\/v1:Secret::rotation-(blue|green)-delivered|apps\/v1:Deployment::rotation-(blue|green)-holder)$/;

/**
 * Where passwords belong besides the vault, by their values: in the data of the very Secret that
 * delivers them, and in the environment of pods that are told to read it there.
 *
 * @param resources of the state
 * @param objects of the cluster
 */
export function belongings(
  credentials: readonly KnownCredential[],
  resources: readonly StateResource[],
  objects: readonly KubeObject[],
): ReadonlyMap<string, readonly Belonging[]> {
  const secrets = resources
    .filter(({ urn }) => DELIVERED.test(urn))
    .map(
      ({ id = "" }) => id.replace(/-holder$/, "").split("/") as [namespace: string, name: string],
    );
  const found = credentials.map(({ secretName, value, version }) => {
    const isSlots = (name: string) => name.startsWith(`${secretName}-`);
    const own = secrets.filter(
      ([, name]) => isSlots(name) && name.endsWith(mountName("", version)),
    );
    const isRead =
      secrets.length > 0 &&
      objects.some((object) => variables(object).some((name) => isSlots(name)));
    return [
      value,
      [
        ...own.map(([namespace, name]) => ({
          place: OBJECTS,
          file: dataFileOf({ kind: "Secret", metadata: { namespace, name } }),
        })),
        ...(isRead
          ? [{ place: ENVIRONMENTS, lines: new RegExp(`(?:^| )HOSTNAME=${secretName}-`) }]
          : []),
      ],
    ] as const;
  });
  return new Map(found.filter(([, places]) => places.length > 0));
}

/** Names of the Secrets that an object's pods read as variables. */
function variables(object: KubeObject): string[] {
  const found = JSON.stringify(object).matchAll(/"secret(?:Key)?Ref":\{[^}]*"name":"([^"]+)"/g);
  return [...found].map(([, name = ""]) => name);
}
