import type { World } from "../../world/world";
import type { Pod } from "../api/types";
import type { ImageTable } from "./images";
import type { VolumeSources } from "./volumes";

/** What a pod finds on its node. */
export interface Node extends VolumeSources {
  readonly world: World;
  readonly images: ImageTable;
  /** Seconds after which the volumes of a running pod are published again, each time others. */
  republishSeconds(): number;
  /** Host of the API server. */
  readonly apiServer: string;
  /** Address that requests to servers outside come from; the host's own where it is not set. */
  readonly outboundAddress?: string | undefined;
  address(service: string, namespace: string): string | undefined;
  /** A failure to be injected: pods that stay NotReady whatever their probes say. */
  neverReady(pod: Pod): boolean;
}
