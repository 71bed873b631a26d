import { isIP } from "node:net";
import type { Credential } from "./credentials.ts";

const LABEL = "[^\\s=,]+=[^\\s=,]*";
const SELECTOR = `${LABEL}(,${LABEL})*`;
const SELECTORS = new RegExp(`^${SELECTOR}(\\n${SELECTOR})*$`);

/** Every problem of the settings of a proof, so that they can be mended in one go. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads a proof's settings from environment variables and keeps every problem until `check`.
 * No variable holds a secret: secrets come from files, of which only the path is a setting.
 */
export class Settings {
  private readonly environment: NodeJS.ProcessEnv;
  private readonly problems: string[] = [];

  constructor(environment: NodeJS.ProcessEnv) {
    this.environment = environment;
  }

  text(name: string): string {
    return this.matching(name, /\S/, "set");
  }

  /** A text that may be missing. */
  optional(name: string): string | undefined {
    return this.environment[name] === undefined ? undefined : this.text(name);
  }

  /** Label selectors with equality, one a line, at least one: `a=b,c=d`. */
  selectors(name: string): string[] {
    return this.matching(name, SELECTORS, "label selectors like a=b,c=d, one a line").split("\n");
  }

  /** Names of objects, one a line; none where it is not set. */
  names(name: string): string[] {
    return this.environment[name] === undefined
      ? []
      : this.matching(name, /^[a-z0-9.-]+(\n[a-z0-9.-]+)*$/, "names, one a line").split("\n");
  }

  credential(name: string): Credential {
    const meaning = "SecretProviderClass/name or Secret/name";
    return this.matching(name, /^(SecretProviderClass|Secret)\/[^/\s]+$/, meaning) as Credential;
  }

  /** Path of a URL, with a query where it needs one; of no other host. */
  path(name: string): string {
    return this.matching(name, /^\/(?![/\\])[!-"$-[\]-~]*$/, "a path like /ready");
  }

  /** Statuses of HTTP, separated by commas. */
  statuses(name: string): number[] {
    const meaning = "statuses from 100 to 599, separated by commas";
    return this.matching(name, /^[1-5]\d\d(,[1-5]\d\d)*$/, meaning)
      .split(",")
      .map(Number);
  }

  /** IP address. */
  address(name: string): string {
    const value = this.environment[name] ?? "";
    if (isIP(value) === 0) {
      this.problems.push(`${name} must be an IP address, not "${value}".`);
    }
    return value;
  }

  slot(name: string): string {
    return this.matching(name, /^(blue|green)$/, "blue or green");
  }

  secretVersion(name: string): string {
    return this.matching(name, /^[0-9a-f]{32}$/, "32 hexadecimal digits");
  }

  /** Absolute path of a file. */
  file(name: string): string {
    return this.matching(name, /^\//, "the absolute path of a file");
  }

  flag(name: string): boolean {
    return this.matching(name, /^(true|false)$/, "true or false") === "true";
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    return this.matching(name, new RegExp(`^(${choices.join("|")})$`), choices.join(" or ")) as T;
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.environment[name] ?? "";
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      this.problems.push(
        `${name} must be a whole number from ${least} to ${most}, not "${value}".`,
      );
    }
    return number;
  }

  /** Address of a server without a path. */
  url(name: string, schemes: readonly string[] = ["http", "https"]): URL {
    const value = this.environment[name] ?? "";
    const url = URL.parse(value);
    if (url === null || !schemes.includes(url.protocol.slice(0, -1)) || url.pathname !== "/") {
      const allowed = schemes.map((scheme) => `${scheme}://host`).join(" or ");
      this.problems.push(`${name} must be ${allowed}, not "${value}".`);
    }
    return url ?? new URL("http://invalid");
  }

  /** Throws one `SettingsError` when anything that was read so far is wrong, each problem once. */
  check(): void {
    if (this.problems.length > 0) {
      throw new SettingsError([...new Set(this.problems)]);
    }
  }

  private matching(name: string, allowed: RegExp, meaning: string): string {
    const value = this.environment[name] ?? "";
    if (!allowed.test(value)) {
      this.problems.push(`${name} must be ${meaning}, not "${value}".`);
    }
    return value;
  }
}
