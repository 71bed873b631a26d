import { RandomProvider } from "../../../rehearsal/twin/random";
import type { Rig } from "../../support/conformance";

export const random: Rig = {
  create: () => new RandomProvider(),
  configuration: () => ({}),
  exactTexts: true,
};
