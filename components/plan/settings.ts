/**
 * Settings as recorded: a digest of all of them, then one of each by name, such as
 * `0123456789abcdef charts/app=012345 rotation:appImage=6789ab`. Older records have only the first
 * word.
 */
export type SettingsRecord = string;

/**
 * How a proof recognizes the right answer: by a proof of the password, by a description of its sender,
 * or, of an application that tells neither, by its status.
 */
export const PROOFS_BY = ["credential", "description", "status"] as const;

export type ProofBy = (typeof PROOFS_BY)[number];

/**
 * As whom a slot's sessions act: as the owner of the schema, for an application that changes it
 * itself, or as the slot's role, with the rights to read and write.
 */
export type ActAs = "owner" | "readwrite";

export const ACT_AS: readonly ActAs[] = ["owner", "readwrite"];

/** How the requested settings differ from the recorded ones. */
export interface SettingsDifference {
  /** Names of what differs; empty if an older record does not tell. */
  readonly names: readonly string[];
}

/** @returns undefined when they are the same */
export function settingsDifference(
  recorded: SettingsRecord,
  asked: SettingsRecord,
): SettingsDifference | undefined {
  const [before, after] = [partsOf(recorded), partsOf(asked)];
  if (before.size === 0 || after.size === 0) {
    return recordDigest(recorded) === recordDigest(asked) ? undefined : { names: [] };
  }
  const all = new Set([...before.keys(), ...after.keys()]);
  const names = [...all].filter((name) => before.get(name) !== after.get(name));
  return names.length === 0 ? undefined : { names };
}

/** The digest of all of them, alone. */
export function recordDigest(record: SettingsRecord): string {
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
