import { RandomProvider } from "../../../twin/random/provider";
import type { Rig } from "../../support/conformance";

export const random: Rig = {
  create: () => new RandomProvider(),
  configuration: () => ({}),
};
