import type { Scenario } from "../stack/scenario";
import { longJob } from "./longJob";
import { neverReady } from "./neverReady";
import { oldPodDies } from "./oldPodDies";
import { stateful } from "./stateful";
import { worker } from "./worker";

/** What happens to a release that rolls from one credential to the other. */
export const rolling: readonly Scenario[] = [longJob, oldPodDies, neverReady, worker, stateful];
