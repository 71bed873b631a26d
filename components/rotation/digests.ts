import { createHash } from "node:crypto";
import type { Delivery } from "../chart";
import type { SettingsRecord } from "../plan";

/** Digest of settings; equal for equal values. */
export function settingsDigest(settings: object): string {
  return digest(JSON.stringify(settings)).slice(0, 16);
}

/**
 * Settings for the guard's records, which later tell which of them differ.
 *
 * @param settings all of them
 * @param parts each by its name, without spaces; an unset one has no part
 */
export function settingsRecord(
  settings: object,
  parts: Readonly<Record<string, unknown>>,
): SettingsRecord {
  const named = Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => settingsPart(name, value));
  return [settingsDigest(settings), ...named.sort()].join(" ");
}

/**
 * The same record with further parts: what a platform was found to be is known after the settings.
 *
 * @param parts as above
 */
export function recordWith(
  record: SettingsRecord,
  parts: Readonly<Record<string, unknown>>,
): SettingsRecord {
  const [digest, ...others] = record.split(" ");
  const named = Object.entries(parts).map(([name, value]) => settingsPart(name, value));
  return [settingsDigest([digest, ...named]), ...[...others, ...named].sort()].join(" ");
}

/** One setting as such a record has it. */
export function settingsPart(name: string, value: unknown): string {
  return `${name}=${digest(JSON.stringify(value)).slice(0, 6)}`;
}

/** What defines a slot's pods, as far as it is configured. */
export interface PodSettings {
  readonly image: string;
  readonly chartDigest: string;
  /** Text of the chart's values, with placeholders. */
  readonly values: string;
  readonly poolSize: number;
  readonly preStopSeconds: number;
  /** Whether answers describe their sender. */
  readonly describe?: boolean | undefined;
  /** How they get their credential; undefined for a file called `password`. */
  readonly delivery?: Delivery | undefined;
}

/**
 * Digest of what defines a slot's pods, 12 hexadecimal digits: pods with a different one are tried
 * first. Slot, credential and number of pods do not count.
 */
export function templateDigest(pods: PodSettings): string {
  const { image, chartDigest, values, poolSize, preStopSeconds, describe = false, delivery } = pods;
  return digest(
    JSON.stringify([
      image,
      chartDigest,
      values.replaceAll("\r\n", "\n"),
      poolSize,
      preStopSeconds,
      ...(describe ? ["described"] : []),
      ...(delivery === undefined ? [] : [delivery]),
    ]),
  ).slice(0, 12);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
