/**
 * Containers of a cluster see mounted folders and service names; processes of one machine do not.
 * So both are replaced where a manifest speaks of them: in environment values, args and command.
 */

export interface Names {
  /** Mount path in the container to folder on this machine. */
  readonly folders: ReadonlyMap<string, string>;
  readonly namespace: string;
  /** Address of a Service; undefined when there is none of that name. */
  address(service: string, namespace: string): string | undefined;
}

const NAME = "[a-z]([-a-z0-9]*[a-z0-9])?";
// A bare service name can be a release, a role or a label just as well, so it counts only as the
// host of a URL. A qualified one counts everywhere.
const URL_HOST = new RegExp(
  `(?<=://)(${NAME})(\\.${NAME})?(\\.svc(\\.cluster\\.local)?)?(?=[:/?#]|$)`,
  "g",
);
const QUALIFIED = new RegExp(
  `(?<![-\\w.])(${NAME})\\.(${NAME})\\.svc(\\.cluster\\.local)?(?![-\\w.])`,
  "g",
);

export function rewrite(text: string, names: Names): string {
  const withAddresses = text
    .replace(
      URL_HOST,
      (match, service: string, _1, namespace: string | undefined) =>
        names.address(service, namespace?.slice(1) ?? names.namespace) ?? match,
    )
    .replace(
      QUALIFIED,
      (match, service: string, _1, namespace: string) => names.address(service, namespace) ?? match,
    );
  const longestFirst = [...names.folders].sort(([a], [b]) => b.length - a.length);
  const folders = new Map(
    longestFirst.map(([mountPath, to]) => [mountPath.replace(/\/$/, ""), to]),
  );
  // All at once: the folder of one mount may lie in what the next one mounts, such as /tmp.
  const mounted = [...folders.keys()].map(escaped).join("|");
  return folders.size === 0
    ? withAddresses
    : withAddresses.replace(
        new RegExp(`(?<![-\\w./])(${mounted})(?![-\\w.])`, "g"),
        (mountPath) => folders.get(mountPath) ?? mountPath,
      );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
