import * as pulumi from "@pulumi/pulumi";

/** Reads keys and collects what is wrong with them. */
export class Reader {
  private readonly problems: string[] = [];
  private readonly wrongKeys = new Set<string>();

  constructor(private readonly config: pulumi.Config) {}

  integer(key: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const text = this.config.get(key);
    if (text === undefined || text === "") {
      return fallback;
    }
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most) {
      const range =
        most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
      this.wrong(key, `must be a whole number ${range}, not "${text}".`);
      return fallback;
    }
    return value;
  }

  text(key: string, fallback: string | undefined, pattern: RegExp, allowed: string): string {
    const value = this.config.get(key) || fallback;
    if (value === undefined) {
      this.missing(key, allowed);
      return "";
    }
    if (!pattern.test(value)) {
      this.wrong(key, `must be ${allowed}, not "${value}".`);
    }
    return value;
  }

  /** A text that a function judges; what it says follows the key. */
  checked(key: string, fallback: string, problemOf: (value: string) => string | undefined): string {
    const value = this.config.get(key) || fallback;
    const problem = problemOf(value);
    if (problem !== undefined) {
      this.wrong(key, problem);
    }
    return value;
  }

  choice<T extends string>(key: string, fallback: T | undefined, choices: readonly T[]): T {
    const value = this.config.get(key) || fallback;
    if (value === undefined) {
      this.missing(key, `one of ${choices.join(", ")}`, choices[0]);
    } else if (!choices.includes(value as T)) {
      this.wrong(key, `must be one of ${choices.join(", ")}, not "${value}".`);
    }
    return value as T;
  }

  /** Values separated by commas; none where the key is not set. */
  list(key: string, problemOf: (value: string) => string | undefined): string[] {
    const values = (this.config.get(key) ?? "")
      .split(",")
      .map((value) => value.trim())
      .filter((value) => value !== "");
    for (const value of values) {
      const problem = problemOf(value);
      if (problem !== undefined) {
        this.wrong(key, problem);
      }
    }
    return values;
  }

  /** A text that may be missing. */
  optional(key: string, pattern: RegExp, allowed: string): string | undefined {
    return this.config.get(key) ? this.text(key, undefined, pattern, allowed) : undefined;
  }

  /** A key that is not set, though in this stack it has to be. */
  missing(key: string, allowed: string, example = "<value>"): void {
    this.wrong(
      key,
      `is missing: ${allowed}. Set it with \`pulumi config set rotation:${key} ${example}\`.`,
    );
  }

  hasProblemWith(keys: readonly string[]): boolean {
    return keys.some((key) => this.wrongKeys.has(key));
  }

  problem(text: string | undefined): void {
    if (text !== undefined) {
      this.problems.push(text);
    }
  }

  throwProblems(stack: string): void {
    if (this.problems.length > 0) {
      const count = this.problems.length === 1 ? "a problem" : `${this.problems.length} problems`;
      throw new pulumi.RunError(
        `The configuration of stack ${stack} has ${count}:\n` +
          this.problems.map((problem) => `  - ${problem}\n`).join("") +
          "Change a value with `pulumi config set rotation:<key> -- <value>`, or take its default " +
          "with `pulumi config rm rotation:<key>`.",
      );
    }
  }

  private wrong(key: string, text: string): void {
    this.wrongKeys.add(key);
    this.problems.push(`rotation:${key} ${text}`);
  }
}
