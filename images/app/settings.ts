import { isIP } from "node:net";

/** What the chart tells the application about itself, its credential and its database. */
export interface Settings {
  readonly slot: string;
  readonly generation: number;
  readonly secretVersion: string;
  readonly pod: string;
  /** The pod's own address: the only one the application listens on. */
  readonly address: string;
  readonly port: number;
  /** Sessions that the pool holds at most; the login of the startup probe comes on top, once. */
  readonly poolSize: number;
  /**
   * Whether this pod only proves itself and never has traffic: whatever works without being asked,
   * a scheduler or a consumer of a queue, stays off. `TRIAL=true`; by default it is no trial.
   */
  readonly trial: boolean;
  /**
   * Whether answers say to anybody which slot, generation, role and version gave them. `DESCRIBE=true`,
   * for test environments; by default they do not.
   */
  readonly describe: boolean;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly applicationName: string;
    /** File that holds the password; read anew for every connection. */
    readonly passwordFile: string;
  };
}

/** Every problem of the environment, one line each. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** Reads the environment; throws one `SettingsError` that names every wrong variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];

  function text(name: string, allowed: RegExp, meaning: string): string {
    const value = environment[name] ?? "";
    if (!allowed.test(value)) {
      problems.push(`${name} must be ${meaning}, not "${value}".`);
    }
    return value;
  }
  function integer(name: string, least: number, most: number): number {
    const value = environment[name] ?? "";
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      problems.push(`${name} must be a whole number from ${least} to ${most}, not "${value}".`);
    }
    return number;
  }
  function flag(name: string): boolean {
    return text(name, /^(true|false)?$/, "true, false or not set") === "true";
  }
  function address(name: string): string {
    const value = environment[name] ?? "";
    if (isIP(value) === 0) {
      problems.push(`${name} must be an IP address, not "${value}".`);
    }
    return value;
  }

  const settings: Settings = {
    slot: text("SLOT", /^(blue|green)$/, "blue or green"),
    generation: integer("GENERATION", 0, Number.MAX_SAFE_INTEGER),
    secretVersion: text("SECRET_VERSION", /^[0-9a-f]{32}$/, "32 hexadecimal digits"),
    pod: text("POD_NAME", /./, "the name of the pod"),
    address: address("POD_IP"),
    port: integer("PORT", 1, 65535),
    poolSize: integer("POOL_SIZE", 1, 1000),
    trial: flag("TRIAL"),
    describe: flag("DESCRIBE"),
    database: {
      host: text("PGHOST", /./, "the database server's host name"),
      port: integer("PGPORT", 1, 65535),
      name: text("PGDATABASE", /./, "the name of the database"),
      user: text("PGUSER", /./, "the slot's login role"),
      applicationName: text("PGAPPNAME", /./, "the name that sessions carry"),
      passwordFile: text("PASSWORD_FILE", /^\//, "the absolute path of the password file"),
    },
  };
  if (problems.length > 0) {
    throw new SettingsError(problems);
  }
  return settings;
}
