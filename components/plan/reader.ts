/** What has the values of keys: an engine's configuration, or a stack's file. */
export interface KeySource {
  /** The text of `productionHost`, an object as JSON; undefined or empty if it is not set. */
  get(key: string): string | undefined;
}

/** Reads keys and collects problems with them. */
export class Reader {
  private readonly problems: string[] = [];
  private readonly wrongKeys = new Set<string>();
  private readonly values = new Map<string, unknown>();

  /** @param Refusal what is thrown */
  constructor(
    private readonly config: KeySource,
    private readonly Refusal: new (message: string) => Error = Error,
  ) {}

  integer(key: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const text = this.config.get(key) || String(fallback);
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most) {
      const range =
        most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
      this.wrong(key, `must be a whole number ${range}, not "${text}".`);
      return fallback;
    }
    return this.have(key, value);
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
    return this.have(key, value);
  }

  /** A text that a function checks; its answer follows the key. */
  checked(key: string, fallback: string, problemOf: (value: string) => string | undefined): string {
    const value = this.config.get(key) || fallback;
    const problem = problemOf(value);
    if (problem !== undefined) {
      this.wrong(key, problem);
    }
    return this.have(key, value);
  }

  choice<T extends string>(key: string, fallback: T | undefined, choices: readonly T[]): T {
    const value = this.config.get(key) || fallback;
    if (value === undefined) {
      this.missing(key, `one of ${choices.join(", ")}`, choices[0]);
    } else if (!choices.includes(value as T)) {
      this.wrong(key, `must be one of ${choices.join(", ")}, not "${value}".`);
    }
    return this.have(key, value as T);
  }

  /** Comma-separated values; none if the key is not set. */
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
    return this.have(key, values);
  }

  /** Texts by name, from structured configuration; undefined if the key is not set. */
  texts(
    key: string,
    problemsOf: (texts: Readonly<Record<string, string>>) => readonly string[],
  ): Readonly<Record<string, string>> | undefined {
    if (!this.config.get(key)) {
      return this.have(key, undefined);
    }
    const texts = this.objectAt(key);
    if (texts === undefined || !Object.values(texts).every((text) => typeof text === "string")) {
      this.wrong(
        key,
        "must be an object that holds texts. Set each of them with " +
          `\`pulumi config set --type string --path 'rotation:${key}.<name>' '<text>'\`.`,
      );
      return undefined;
    }
    const checked = texts as Readonly<Record<string, string>>;
    problemsOf(checked).forEach((problem) => this.wrong(key, problem));
    return this.have(key, checked);
  }

  /** A text that may be missing. */
  optional(key: string, pattern: RegExp, allowed: string): string | undefined {
    return this.config.get(key)
      ? this.text(key, undefined, pattern, allowed)
      : this.have(key, undefined);
  }

  /** A required key that is not set. */
  missing(key: string, allowed: string, example = "<value>"): void {
    this.wrong(
      key,
      `is missing: ${allowed}. Set it with \`pulumi config set rotation:${key} ${example}\`.`,
    );
  }

  /**
   * A key that is set and means nothing.
   *
   * @param why follows the key
   */
  superfluous(key: string, why: string): void {
    this.wrong(key, `${why}. Run \`pulumi config rm rotation:${key}\`.`);
  }

  /**
   * What was read, by name, except for some keys.
   *
   * @param defaults keys to leave out as long as they have these values
   */
  readBesides(
    keys: readonly string[],
    defaults: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> {
    const others = [...this.values].filter(
      ([key, value]) =>
        !keys.includes(key) &&
        !(Object.hasOwn(defaults, key) && JSON.stringify(value) === JSON.stringify(defaults[key])),
    );
    return Object.fromEntries(others.map(([key, value]) => [`rotation:${key}`, value]));
  }

  /**
   * Keys that do not apply to a stack. A value that the project declares as default counts as not set:
   * the engine does not tell them apart.
   *
   * @param defaults those values by key; empty where it declares none
   * @param why a clause
   */
  refuse(defaults: Readonly<Record<string, string>>, why: string): void {
    for (const [key, fallback] of Object.entries(defaults)) {
      const value = this.config.get(key) || fallback;
      if (value !== fallback) {
        this.superfluous(key, `does not apply: ${why}`);
      }
    }
  }

  /** Whether a key has a value, its own or one that Pulumi.yaml gives it. */
  isSet(key: string): boolean {
    return Boolean(this.config.get(key));
  }

  hasProblemWith(keys: readonly string[]): boolean {
    return keys.some((key) => this.wrongKeys.has(key));
  }

  problem(text: string | undefined): void {
    if (text !== undefined) {
      this.problems.push(text);
    }
  }

  /** @throws the error for that, which lists every problem at once */
  throwProblems(stack: string): void {
    if (this.problems.length > 0) {
      const count = this.problems.length === 1 ? "a problem" : `${this.problems.length} problems`;
      throw new this.Refusal(
        `The configuration of stack ${stack} has ${count}:\n` +
          this.problems.map((problem) => `  - ${problem}\n`).join("") +
          "Change a value with `pulumi config set rotation:<key> -- <value>`, or take its default " +
          "with `pulumi config rm rotation:<key>`.",
      );
    }
  }

  /** Undefined where there is no object. */
  private objectAt(key: string): object | undefined {
    try {
      const value: unknown = JSON.parse(this.config.get(key) ?? "");
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? value
        : undefined;
    } catch {
      return undefined;
    }
  }

  private have<T>(key: string, value: T): T {
    this.values.set(key, value);
    return value;
  }

  /** What is wrong with a key; the text follows its name. */
  wrong(key: string, text: string): void {
    this.wrongKeys.add(key);
    this.problems.push(`rotation:${key} ${text}`);
  }
}
