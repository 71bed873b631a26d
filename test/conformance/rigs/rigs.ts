import type { Rig } from "../../support/conformance";
import { kubernetes } from "./kubernetes";
import { postgresql } from "./postgresql";
import { random } from "./random";

export const RIGS: Readonly<Record<string, Rig>> = { random, postgresql, kubernetes };
