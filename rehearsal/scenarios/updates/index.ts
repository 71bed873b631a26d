import type { Scenario } from "../stack/scenario";
import { autoscaled } from "./autoscaled";
import { emptiedSlot } from "./emptiedSlot";
import { failedTrials, failsInRollout, oldImageGone } from "./failedTrials";
import { fewerPods } from "./fewerPods";
import { cannotFollow, halfFinishedUpdate, setByHand } from "./halfFinished";
import { newImage, newImageAndBack, tightLimit, trialStays } from "./newImage";
import { nodeDrain } from "./nodeDrain";
import { rotateAgain } from "./rotateAgain";

/** What a new image, chart or limit does to a stack, mostly at production's timing. */
export const updates: readonly Scenario[] = [
  emptiedSlot,
  trialStays,
  newImage,
  newImageAndBack,
  tightLimit,
  fewerPods,
  failedTrials,
  failsInRollout,
  oldImageGone,
  cannotFollow,
  halfFinishedUpdate,
  setByHand,
  rotateAgain,
  autoscaled,
  nodeDrain,
];
