import { randomBytes } from "node:crypto";

/** A refusal of a vault's data plane. */
export class VaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Code of the inner error, e.g. `ForbiddenByRbac`. */
    readonly inner?: string,
  ) {
    super(message);
  }

  /** Body of the HTTP answer. */
  get body(): object {
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.inner && { innererror: { code: this.inner } }),
      },
    };
  }
}

export interface SecretAttributes {
  readonly enabled: boolean;
  /** Seconds since the epoch. */
  readonly notBefore?: number;
  readonly expires?: number;
}

export interface SecretContent {
  readonly value: string;
  readonly contentType?: string;
  readonly attributes: SecretAttributes;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SecretVersion extends SecretContent {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly version: string;
  readonly created: number;
  readonly updated: number;
}

export interface DeletedSecret {
  readonly current: SecretVersion;
  readonly deleted: number;
  readonly scheduledPurge: number;
}

interface Stored {
  versions: SecretVersion[];
  deleted?: number;
}

/** The secrets of one vault with all their versions, the soft-deleted ones included. */
export class SecretStore {
  /** Whether a PUT of the same value with other attributes makes a version: no document says. */
  attributesMakeVersions = false;
  private readonly secrets = new Map<string, Stored>();

  constructor(
    readonly vaultName: string,
    readonly retentionDays: number,
    readonly purgeProtected: boolean,
    private readonly now: () => number = () => Math.floor(Date.now() / 1000),
  ) {}

  get recoveryLevel(): string {
    return this.purgeProtected ? "Recoverable" : "Recoverable+Purgeable";
  }

  /** Makes a new version, always, as the data plane does. */
  set(name: string, content: SecretContent): SecretVersion {
    const stored = this.secrets.get(key(name));
    if (stored?.deleted !== undefined) {
      throw new VaultError(
        409,
        "Conflict",
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be ` +
          "reused; in this state, the secret can only be recovered or purged.",
        "ObjectIsDeletedButRecoverable",
      );
    }
    const now = this.now();
    const version = randomBytes(16).toString("hex");
    const made: SecretVersion = { ...content, name, version, created: now, updated: now };
    this.secrets.set(key(name), { versions: [...(stored?.versions ?? []), made] });
    return made;
  }

  /** What a reader of the value gets: a disabled secret, or one before its time, refuses. */
  get(name: string, version: string): SecretVersion {
    const found = this.find(name, version);
    if (!found.attributes.enabled) {
      throw new VaultError(
        403,
        "Forbidden",
        "Operation get is not allowed on a disabled secret.",
        "SecretDisabled",
      );
    }
    if ((found.attributes.notBefore ?? 0) > this.now()) {
      throw new VaultError(
        403,
        "Forbidden",
        "Operation get is not allowed on a secret that is not yet valid.",
        "SecretNotYetValid",
      );
    }
    return found;
  }

  /** A version without a look at its attributes; the newest when `version` is empty. */
  find(name: string, version: string): SecretVersion {
    const stored = this.secrets.get(key(name));
    const versions = stored?.deleted === undefined ? (stored?.versions ?? []) : [];
    const found = version === "" ? versions.at(-1) : versions.find((v) => v.version === version);
    if (!found) {
      throw new VaultError(
        404,
        "SecretNotFound",
        `A secret with (name/id) ${name}${version && `/${version}`} was not found in this key ` +
          "vault. If you recently deleted this secret you may be able to recover it using the " +
          "correct recovery command.",
      );
    }
    return found;
  }

  /** Changes everything but the value, in place. */
  update(
    name: string,
    version: string,
    change: Partial<Omit<SecretContent, "value">>,
  ): SecretVersion {
    const before = this.find(name, version);
    const after: SecretVersion = { ...before, ...change, updated: this.now() };
    const { versions } = this.secrets.get(key(name))!;
    versions[versions.indexOf(before)] = after;
    return after;
  }

  /** The newest version of every secret. */
  list(): SecretVersion[] {
    return [...this.secrets.values()]
      .filter(({ deleted }) => deleted === undefined)
      .map(({ versions }) => versions.at(-1)!);
  }

  versions(name: string): readonly SecretVersion[] {
    this.find(name, "");
    return this.secrets.get(key(name))!.versions;
  }

  delete(name: string): DeletedSecret {
    this.find(name, "");
    this.secrets.get(key(name))!.deleted = this.now();
    return this.deleted(name);
  }

  deleted(name: string): DeletedSecret {
    const stored = this.secrets.get(key(name));
    if (stored?.deleted === undefined) {
      throw new VaultError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);
    }
    return {
      current: stored.versions.at(-1)!,
      deleted: stored.deleted,
      scheduledPurge: stored.deleted + this.retentionDays * 24 * 60 * 60,
    };
  }

  listDeleted(): DeletedSecret[] {
    return [...this.secrets.entries()]
      .filter(([, { deleted }]) => deleted !== undefined)
      .map(([name]) => this.deleted(name));
  }

  isDeleted(name: string): boolean {
    return this.secrets.get(key(name))?.deleted !== undefined;
  }

  recover(name: string): SecretVersion {
    this.deleted(name);
    const { versions } = this.secrets.get(key(name))!;
    this.secrets.set(key(name), { versions });
    return versions.at(-1)!;
  }

  purge(name: string): void {
    this.deleted(name);
    if (this.purgeProtected) {
      throw new VaultError(
        403,
        "Forbidden",
        'Operation "purge" is not allowed because purge protection is enabled for this vault.',
      );
    }
    this.secrets.delete(key(name));
  }
}

/** Names of secrets do not differ by case. */
function key(name: string): string {
  return name.toLowerCase();
}
