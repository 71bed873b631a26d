import { unknownName } from "../facts/unknownName";

/** What cannot be had of a place, or is wrong with it, by the configuration key that names it. */
export type Problem = readonly [key: string, text: string];

/**
 * What was asked of a platform, and why it could not be read: all at once, so that whoever mends it
 * knows everything after one run.
 */
export class Readings {
  private readonly found: Problem[] = [];

  /** @param order keys, in the order in which their problems are told */
  constructor(private readonly order: readonly string[]) {}

  /**
   * @param key configuration key that names what is asked
   * @param what in words, e.g. `the certificate`; empty for what the key names itself
   * @param role that who asks needs on it
   * @returns the answer; undefined if there is none, which then is a problem
   */
  async ask<T>(
    { key, id, what = "", role }: { key: string; id: string; what?: string; role: string },
    answer: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await answer();
    } catch (error) {
      const subject = what === "" ? "" : `: ${what}`;
      this.problem(key, `cannot be read${subject}: ${reasonOf(error, { id, role })}`);
      return undefined;
    }
  }

  /** @param text follows the key */
  problem(key: string, text: string): void {
    this.found.push([key, text]);
  }

  /** A sentence for each, in the order of their keys: answers come in any. */
  get problems(): string[] {
    const place = ([key]: Problem) => this.order.indexOf(key);
    return [...this.found]
      .sort((one, other) => place(one) - place(other))
      .map(([key, text]) => `rotation:${key} ${text}`);
  }
}

/** Status codes as azure-native and Azure's own clients say them. */
const STATUS = /\bStatus(?:Code)?[=: ]+"?(\d{3})\b/i;
const CODES: Readonly<Record<string, string>> = {
  AuthorizationFailed: "403",
  Forbidden: "403",
  ResourceNotFound: "404",
  ResourceGroupNotFound: "404",
  SecretNotFound: "404",
};

function reasonOf(error: unknown, { id, role }: { id: string; role: string }): string {
  const { message, statusCode } = error as { message?: string; statusCode?: number };
  const text = message ?? String(error);
  const code = Object.keys(CODES).find((each) => text.includes(each)) ?? "";
  switch (String(statusCode ?? STATUS.exec(text)?.[1] ?? CODES[code])) {
    case "401":
      return `not logged in (401): \`az login\`, as whoever runs \`pulumi up\`. Its role is "${role}" on ${id}.`;
    case "403":
      return `no right to (403). Whoever runs \`pulumi up\` and previews needs the role "${role}" on ${id}.`;
    case "404":
      return `there is none (404). Compare the id: ${id}`;
    default:
      return unknownName(text) ?? text.split("\n")[0]!.trim();
  }
}
