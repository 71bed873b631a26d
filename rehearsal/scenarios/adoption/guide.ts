import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { ROOT } from "../../../twin/world/scripts";
import type { Rig } from "../../rig/rig";

/** The guide that the scenario follows word by word. */
const GUIDE = "docs/adopt.md";

/** Parts of the guide, as its headings have them. */
export type Part =
  | "Before you begin"
  | "1. Describe what is there"
  | "2. Stage the first generation"
  | "3. Promote it"
  | "4. Retire the legacy login"
  | "5. Rotate";

/** Who carries out a kind of command. Groups are its arguments. */
type Carrier = readonly [command: RegExp, carryOut: (rig: Rig, ...args: string[]) => unknown];

const CARRIERS: readonly Carrier[] = [
  [
    /^pulumi config set (rotation:\w+) (?:-- )?(\S+)$/,
    ({ workspace }, key, value) => workspace.set(key, value),
  ],
  [/^pulumi config rm (rotation:\w+)$/, ({ workspace }, key) => workspace.set(key, undefined)],
  [/^pulumi preview$/, ({ workspace }) => workspace.preview()],
  [/^pulumi up$/, ({ workspace }) => workspace.up()],
  [
    /^kubectl --namespace (\S+) annotate ingress (\S+) (\S+)=(\S+)$/,
    (rig, namespace, name, annotation, value) =>
      change(
        rig,
        { apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace, name },
        (it) => {
          it.metadata.annotations = { ...it.metadata.annotations, [annotation]: value };
        },
      ),
  ],
  [
    /^kubectl --namespace (\S+) scale deployment (\S+) --replicas (\d+)$/,
    (rig, namespace, name, replicas) =>
      change(rig, { apiVersion: "apps/v1", kind: "Deployment", namespace, name }, (it) => {
        (it.spec as { replicas: number }).replicas = Number(replicas);
      }),
  ],
  // Of an object that Helm is to keep, an upgrade without it changes nothing.
  [/^helm --namespace \S+ upgrade \S+ \.\/chart .*--set ingress\.enabled=false$/, () => undefined],
];

/** The commands of a part of the guide, block by block. */
export function blocksOf(part: Part): string[][] {
  const text = readFileSync(join(ROOT, GUIDE), "utf8");
  const section = text.split(/^## /m).find((each) => each.startsWith(`${part}\n`));
  assert(section, `${GUIDE} has no part "${part}".`);
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) =>
    block!.trim().split("\n"),
  );
}

/** Carries out commands of the guide, in their order. */
export async function follow(rig: Rig, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const [carryOut, args] = CARRIERS.flatMap(([pattern, carry]) => {
      const match = pattern.exec(command);
      return match ? [[carry, match.slice(1)] as const] : [];
    })[0] ?? [undefined, []];
    assert(carryOut, `Nobody carries out the command of ${GUIDE}: ${command}`);
    await carryOut(rig, ...args);
  }
}

async function change(
  { twin }: Rig,
  reference: Parameters<Rig["twin"]["call"]>[1] & object,
  edit: (object: KubeObject) => void,
): Promise<void> {
  const object = await twin.call("get", reference as never);
  assert(object, `There is no ${JSON.stringify(reference)}.`);
  edit(object);
  await twin.call("apply", object);
}
