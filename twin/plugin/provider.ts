/**
 * What a stand-in for a provider looks like to the rest of the twin. The wire (gRPC, envelopes,
 * sentinels) is the business of `protocol.ts` alone.
 */

/** A property value that the engine must store encrypted and show as `[secret]`. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A value that is not known yet: the preview of something that has not been created. */
export const UNKNOWN = Symbol("unknown");

export type Value =
  null | boolean | number | string | Secret | typeof UNKNOWN | Value[] | { [key: string]: Value };

export type Properties = { [key: string]: Value };

export interface CheckFailure {
  /** Path of the property, empty when the failure is about the whole resource. */
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export type DiffKind = PlainDiffKind | InputDiffKind;

export type PlainDiffKind =
  "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

/** `inputDiff` is set on the wire: the value is compared with the old inputs, not the old outputs. */
export type InputDiffKind = `${PlainDiffKind} (input)`;

export interface Difference {
  readonly changes: "none" | "some" | "unknown";
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly diffs: readonly string[];
  /** Property path to kind. */
  readonly detailedDiff: Readonly<Record<string, DiffKind>>;
}

export interface ResourceCall {
  readonly urn: string;
  /** Type token, e.g. `postgresql:index/role:Role`. */
  readonly type: string;
  /** Logical name, the last part of the URN. */
  readonly name: string;
}

export interface CheckCall extends ResourceCall {
  /** Inputs of the last run, empty on a create. */
  readonly oldInputs: Properties;
  readonly inputs: Properties;
  /** 32 bytes that make auto-names repeatable. */
  readonly randomSeed: Buffer;
}

export interface DiffCall extends ResourceCall {
  readonly id: string;
  readonly oldInputs: Properties;
  /** Outputs of the last run. */
  readonly state: Properties;
  readonly inputs: Properties;
  readonly ignoreChanges: readonly string[];
}

export interface CreateCall extends ResourceCall {
  readonly inputs: Properties;
  readonly preview: boolean;
  /** Seconds from `customTimeouts`, 0 when none was set. */
  readonly timeout: number;
}

export interface UpdateCall extends DiffCall {
  readonly preview: boolean;
  readonly timeout: number;
}

export interface ReadCall extends ResourceCall {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

export interface DeleteCall extends ResourceCall {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly state: Properties;
  readonly timeout: number;
}

export interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

export interface ReadResult extends Created {
  readonly inputs: Properties;
}

/** One provider as the engine sees it; one instance per connection, as with real plugins. */
export interface Provider {
  /**
   * Whether it keeps the marks of secrets in what it is sent; true when left out. For one that does
   * not the engine takes them off before a call and puts them back after it.
   */
  readonly takesSecrets?: boolean;
  checkConfig(inputs: Properties): Promise<Checked>;
  configure(inputs: Properties): Promise<void>;
  check(call: CheckCall): Promise<Checked>;
  diff(call: DiffCall): Promise<Difference>;
  create(call: CreateCall): Promise<Created>;
  update(call: UpdateCall): Promise<Properties>;
  /** Resolves to undefined when the object is gone. */
  read(call: ReadCall): Promise<ReadResult | undefined>;
  delete(call: DeleteCall): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
  /** The engine was interrupted: end waits early. */
  cancel(): void;
}

/** A refusal with the gRPC status code and the text the official provider would give. */
export class ProviderError extends Error {
  constructor(
    message: string,
    readonly code: number = 2,
  ) {
    super(message);
  }
}

/** The object exists now but did not become what it should: the engine records it with the reasons. */
export class InitializationFailed extends ProviderError {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Properties,
    readonly inputs: Properties,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}
