import { namesOf, type SlotName } from "../plan";

/**
 * Annotation that says of which template a Deployment's pods are: of the Deployment, or of its pods
 * where a chart has values for no other; then another template always replaces the pods.
 */
export const TEMPLATE_ANNOTATION = "rotation/template";

/** What the program has to know of a chart, found in what it renders to. */
export interface ChartShape {
  readonly slots: Readonly<Record<SlotName, SlotShape>>;
  /** Labels that the pods of both slots have in common, by which the network policy admits them. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Port of the container that the Service leads to. */
  readonly port: number;
  /** What that container's readiness asks over HTTP; undefined where it asks otherwise. */
  readonly probe?: { readonly path: string; readonly port: number } | undefined;
}

/** The objects of a slot's release. */
export interface SlotShape {
  /** Where the gateway sends requests. */
  readonly service: { readonly name: string; readonly port: number };
  /** Deployment behind the Service. */
  readonly deployment: string;
  /** Further Deployments that log in, such as those of workers; undefined where there are none. */
  readonly workers?: readonly string[] | undefined;
  /** Its container that runs `rotation:appImage`. */
  readonly container: string;
  /** Service account of its pods. */
  readonly account: string;
  /** A label selector for each workload of the slot, such as `a=b,c=d`: together all of its pods. */
  readonly pods: readonly string[];
}

/** The objects of both slots' releases. */
export type SlotShapes = ChartShape["slots"];

/** Whether the pods of both slots are of one release. */
export function hasOneRelease({ blue, green }: SlotShapes): boolean {
  return blue.deployment === green.deployment;
}

/** Those of `charts/app`, for a stack whose outputs do not name them yet. */
export function ownSlotShapes(application: string): SlotShapes {
  const of = (slot: SlotName): SlotShape => {
    const { account, release } = namesOf(application).slot(slot);
    return {
      service: { name: release, port: 80 },
      deployment: release,
      container: "app",
      account,
      pods: [`app.kubernetes.io/instance=${release}`],
    };
  };
  return { blue: of("blue"), green: of("green") };
}
