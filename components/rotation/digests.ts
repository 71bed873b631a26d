import { createHash } from "node:crypto";
import type { SettingsRecord } from "../plan";

/** Digest of settings; the same for the same values. */
export function settingsDigest(settings: object): string {
  return digest(JSON.stringify(settings)).slice(0, 16);
}

/**
 * Settings for the guard's records, which tell later which of them differs.
 *
 * @param settings all of them
 * @param parts each by its name, without blanks; what is not set has no part
 */
export function settingsRecord(
  settings: object,
  parts: Readonly<Record<string, unknown>>,
): SettingsRecord {
  const named = Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${digest(JSON.stringify(value)).slice(0, 6)}`);
  return [settingsDigest(settings), ...named.sort()].join(" ");
}

/** What a slot's pods are made of, as far as the configuration says it. */
export interface PodSettings {
  readonly image: string;
  readonly chartDigest: string;
  readonly poolSize: number;
  readonly preStopSeconds: number;
  /** Whether answers describe who gives them. */
  readonly describe?: boolean | undefined;
}

/**
 * Digest of what makes a slot's pods, 12 hexadecimal digits: pods of another one have to prove
 * themselves first. Slot and credential do not count, nor does how many pods there are.
 */
export function templateDigest(pods: PodSettings): string {
  const { image, chartDigest, poolSize, preStopSeconds, describe = false } = pods;
  return digest(
    JSON.stringify([
      image,
      chartDigest,
      poolSize,
      preStopSeconds,
      ...(describe ? ["described"] : []),
    ]),
  ).slice(0, 12);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
