import { GATEWAY_SECONDS } from "../../twin/twin";
import type { UpdateTimes } from "../../twin/gateway/updateTimes";

/** `short`, so that a rehearsal takes minutes; or as long as everything takes in production. */
export type TimingName = "short" | "production";

export interface Timing {
  readonly gatewaySeconds: number | UpdateTimes;
  /** No update of the gateway takes longer, in seconds. */
  readonly longestUpdate: number;
  /** Seconds that the server gives a login; the twin's short ones where there are none. */
  readonly loginSeconds?: number;
  /** Whether settings that the rehearsal's stack file shortens have the project's defaults. */
  readonly hasDefaults: boolean;
}

/**
 * "10 to 40 s", sometimes minutes (AGIC's guide "Minimizing downtime during deployments"). Minutes
 * for a switch only: in a rolling update of the slot that serves they outlast preStop, which loses
 * requests whatever the program does (docs/limits.md).
 */
const PRODUCTION: UpdateTimes = {
  usual: [10, 40],
  slowSwitch: { oneIn: 3, seconds: [90, 180] },
};

export const TIMING: Readonly<Record<TimingName, Timing>> = {
  short: { gatewaySeconds: GATEWAY_SECONDS, longestUpdate: GATEWAY_SECONDS, hasDefaults: false },
  production: {
    gatewaySeconds: PRODUCTION,
    longestUpdate: PRODUCTION.slowSwitch.seconds[1],
    loginSeconds: 30,
    hasDefaults: true,
  },
};

/** What the rehearsal's stack file shortens; the proofs count among it. */
export const SHORTENED = [
  "rotation:replicas",
  "rotation:minReadySeconds",
  "rotation:preStopSeconds",
  "rotation:drainSeconds",
  "rotation:proofAnswers",
] as const;
