import type { Scenario } from "../stack/scenario";
import { autoscaled } from "./autoscaled";
import { longJob } from "./longJob";
import { neverReady } from "./neverReady";
import { oldPodDies } from "./oldPodDies";
import { stateful } from "./stateful";
import { twice } from "./twice";
import { worker } from "./worker";

/** What happens to a release that rolls from one credential to the other. */
export const rolling: readonly Scenario[] = [
  twice,
  longJob,
  oldPodDies,
  neverReady,
  autoscaled,
  worker,
  stateful,
];
