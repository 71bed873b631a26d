/**
 * The language of conditions on role assignments, as far as it is about assigning roles (Microsoft
 * Learn, "Azure role assignment condition format and syntax"). What is in it besides is read, and
 * not decided.
 */

/** Undefined where something decides that is not known. */
export type Verdict = boolean | undefined;

export interface ConditionRequest {
  /** e.g. `Microsoft.Authorization/roleAssignments/write`. */
  readonly action: string;
  /**
   * Values of an attribute by its source and name in small letters, as in
   * `@Request[Microsoft.Authorization/roleAssignments:PrincipalType]`; undefined when they are not
   * known.
   */
  readonly attribute: (source: string, name: string) => readonly string[] | undefined;
}

export type Condition = (request: ConditionRequest) => Verdict;

type Compare = (left: string, right: string) => boolean;

const TOKEN = /\s*(@\w+\[[^\]]*\]|'(?:[^'\\]|\\.)*'|&&|\|\||[!(){},]|[\w.:*/-]+)/y;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  guidequals: (left, right) => guid(left) === guid(right),
  stringequals: (left, right) => left === right,
  stringequalsignorecase: (left, right) => left.toLowerCase() === right.toLowerCase(),
};

/** What a set of values is asked for: how many of the left, and of the right, it takes. */
const QUANTIFIERS: Readonly<Record<string, readonly ["some" | "every", "some" | "every"]>> = {
  foranyofanyvalues: ["some", "some"],
  forallofanyvalues: ["every", "some"],
  foranyofallvalues: ["some", "every"],
  forallofallvalues: ["every", "every"],
};

/** @throws SyntaxError that says where the text is no condition */
export function parseCondition(text: string): Condition {
  const parser = new Parser(tokensOf(text));
  const condition = parser.any();
  parser.end();
  return condition;
}

class Parser {
  private next = 0;

  constructor(private readonly tokens: readonly string[]) {}

  any(): Condition {
    const parts = this.list(["or", "||"], () => this.all());
    return (request) => orOf(parts.map((part) => part(request)));
  }

  end(): void {
    if (this.next < this.tokens.length) {
      throw this.unexpected();
    }
  }

  private all(): Condition {
    const parts = this.list(["and", "&&"], () => this.one());
    return (request) => notOf(orOf(parts.map((part) => notOf(part(request)))));
  }

  private one(): Condition {
    if (this.takes("!") || this.takes("not")) {
      const inner = this.one();
      return (request) => notOf(inner(request));
    }
    if (this.takes("(")) {
      const inner = this.any();
      this.expect(")");
      return inner;
    }
    if (this.takes("exists")) {
      const { source, name } = attributeOf(this.take());
      return (request) => {
        const values = request.attribute(source, name);
        return values && values.length > 0;
      };
    }
    if (this.takes("actionmatches")) {
      const patterns = this.set();
      return ({ action }) => patterns.some((pattern) => actionMatches(pattern, action));
    }
    // There is none for role assignments, so it is not matched.
    if (this.takes("suboperationmatches")) {
      this.set();
      return () => false;
    }
    return this.comparison();
  }

  private comparison(): Condition {
    const { source, name } = attributeOf(this.take());
    const [last = "", quantifier = "foranyofanyvalues"] = this.take()
      .toLowerCase()
      .split(":")
      .reverse();
    const isNegated = last.includes("not");
    const compare = COMPARISONS[last.replace("not", "")];
    const [left, right] = QUANTIFIERS[quantifier] ?? [];
    const isAttribute = this.tokens[this.next]?.startsWith("@") === true;
    const wanted = isAttribute ? (this.take(), undefined) : this.set();
    return (request) => {
      const values = request.attribute(source, name);
      if (!values || !wanted || !compare || !left || !right) {
        return undefined;
      }
      return values[left]((value) => wanted[right]((other) => compare(value, other) !== isNegated));
    };
  }

  /** `{a, 'b'}`, or one value. */
  private set(): string[] {
    return this.takes("{")
      ? this.list([","], () => valueOf(this.take()), "}")
      : [valueOf(this.take())];
  }

  private list<T>(separators: readonly string[], read: () => T, close?: string): T[] {
    const found = [read()];
    while (separators.some((separator) => this.takes(separator))) {
      found.push(read());
    }
    if (close !== undefined) {
      this.expect(close);
    }
    return found;
  }

  private take(): string {
    const token = this.tokens[this.next];
    if (token === undefined) {
      throw this.unexpected();
    }
    this.next += 1;
    return token;
  }

  private takes(token: string): boolean {
    const isNext = this.tokens[this.next]?.toLowerCase() === token;
    this.next += isNext ? 1 : 0;
    return isNext;
  }

  private expect(token: string): void {
    if (!this.takes(token)) {
      throw this.unexpected();
    }
  }

  private unexpected(): SyntaxError {
    const token = this.tokens[this.next];
    const where = token === undefined ? "it ends too early" : `"${token}" is unexpected`;
    return new SyntaxError(`no condition that can be read: ${where}`);
  }
}

function tokensOf(text: string): string[] {
  const trimmed = text.trimEnd();
  const tokens: string[] = [];
  let at = 0;
  while (at < trimmed.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(trimmed);
    if (found === null) {
      throw new SyntaxError(
        `no condition that can be read: "${trimmed.slice(at, at + 20)}" is unexpected`,
      );
    }
    tokens.push(found[1]!);
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function attributeOf(token: string): { source: string; name: string } {
  const [, source, name] = /^@(\w+)\[(.*)\]$/.exec(token) ?? [];
  if (source === undefined || name === undefined) {
    throw new SyntaxError(`no condition that can be read: "${token}" is no attribute`);
  }
  return { source: source.toLowerCase(), name: name.trim().toLowerCase() };
}

function valueOf(token: string): string {
  return token.startsWith("'") ? token.slice(1, -1).replaceAll(/\\(.)/g, "$1") : token;
}

/** A role definition is named by its id or by the GUID at the end of that. */
function guid(value: string): string {
  return value.split("/").at(-1)!.toLowerCase();
}

/** Whether a pattern of a role or a condition has an action: `*` stands for anything, case for nothing. */
export function actionMatches(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

function orOf(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;
}

function notOf(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}
