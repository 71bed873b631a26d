/**
 * Settings in a record: a digest of all of them, then one of each by its name, such as
 * `0123456789abcdef charts/app=012345 rotation:appImage=6789ab`. Older records have the first
 * word only.
 */
export type SettingsRecord = string;

/** By what a proof knows the right answer: it bears a proof of the password, or says who gives it. */
export type ProofBy = "credential" | "description";

/** How what is asked for differs from what is recorded. */
export interface SettingsDifference {
  /** What differs, by name; empty where an older record does not tell. */
  readonly names: readonly string[];
}

/** @returns undefined when they are the same */
export function settingsDifference(
  recorded: SettingsRecord,
  asked: SettingsRecord,
): SettingsDifference | undefined {
  const [before, after] = [partsOf(recorded), partsOf(asked)];
  if (before.size === 0 || after.size === 0) {
    return firstWord(recorded) === firstWord(asked) ? undefined : { names: [] };
  }
  const all = new Set([...before.keys(), ...after.keys()]);
  const names = [...all].filter((name) => before.get(name) !== after.get(name));
  return names.length === 0 ? undefined : { names };
}

function firstWord(record: SettingsRecord): string {
  return record.split(" ")[0]!;
}

function partsOf(record: SettingsRecord): Map<string, string> {
  return new Map(
    record
      .split(" ")
      .filter((word) => word.includes("="))
      .map((word) => word.split("=") as [string, string]),
  );
}
