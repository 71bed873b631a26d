import { parseDocument, visit } from "yaml";

/**
 * What values of a chart may name, as `${name}`: what differs between slots and generations, what is
 * configured, and what a chart cannot know.
 */
export const PLACEHOLDERS = {
  slot: "blue or green",
  generation: "counter value at which the slot's credential was made",
  version: "version of the vault secret, 32 hexadecimal digits",
  role: "login role of the slot",
  secret: "Secret with the credential, with `delivery: secret`",
  class: "SecretProviderClass that mounts the credential, with `delivery: file`",
  file: "path of the mounted password, with `delivery: file`",
  replicas: "pods of the slot; 0 when it is retired",
  image: "rotation:appImage",
  repository: "rotation:appImage without tag and digest",
  tag: "tag of rotation:appImage; with a digest, `tag@digest`",
  host: "host name of the database server",
  port: "port of the database server",
  database: "name of the database",
  account: "service account that may read the slot's vault secret, with `delivery: file`",
  clientId: "client id of the slot's identity",
  poolSize: "rotation:poolSize",
  preStopSeconds: "rotation:preStopSeconds",
  terminationGracePeriodSeconds: "rotation:preStopSeconds, and time for the last request",
  minReadySeconds: "rotation:minReadySeconds",
  progressDeadlineSeconds: "seconds without progress after which a rollout has failed",
  template: "digest of what defines the slot's pods, 12 hexadecimal digits",
  describe: "rotation:describe, true or false",
} as const satisfies Readonly<Record<string, string>>;

export type Placeholder = keyof typeof PLACEHOLDERS;

/** Neither Kubernetes' `$(…)` nor a template's `{{ … }}` looks like this. */
const PATTERN = /\$\{([^}]*)\}/g;

/** A scalar of the values that names placeholders. */
export interface Template {
  readonly text: string;
  readonly names: readonly Placeholder[];
  /**
   * What it becomes once they are replaced: a text, or the value itself where nothing but its
   * placeholder stands there, not quoted.
   */
  readonly filled: (values: Readonly<Partial<Record<Placeholder, unknown>>>) => unknown;
}

/**
 * Everything that keeps a text from being values with placeholders, a sentence each.
 *
 * @param text YAML
 */
export function valuesProblems(text: string): string[] {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    return document.errors.map(({ message }) => `is not YAML: ${message.split("\n")[0]}`);
  }
  const keys: string[] = [];
  const named: string[] = [];
  visit(document, {
    Scalar: (place, { value }) => {
      const names = namesIn(String(value));
      named.push(...names);
      if (place === "key" && names.length > 0) {
        keys.push(String(value));
      }
    },
  });
  const unknown = [...new Set(named)].filter((name) => !isPlaceholder(name));
  const list = (names: readonly string[]) => names.map((name) => `\${${name}}`).join(", ");
  return [
    ...(unknown.length > 0
      ? [`must not use ${list(unknown)}. Known are ${list(Object.keys(PLACEHOLDERS))}.`]
      : []),
    ...keys.map((key) => `must not use a placeholder in the key "${key}".`),
  ];
}

/**
 * Values with every template replaced; check the text with `valuesProblems` first.
 *
 * @param text YAML
 * @param fill what stands in a template's place
 */
export function filledValues(
  text: string,
  fill: (template: Template) => unknown,
): Record<string, unknown> {
  const document = parseDocument(text);
  visit(document, {
    Scalar: (place, scalar) => {
      if (place !== "key" && typeof scalar.value === "string") {
        const names = namesIn(scalar.value).filter(isPlaceholder);
        if (names.length > 0) {
          scalar.value = new Filled(fill(templateOf(scalar.value, names, scalar.type === "PLAIN")));
        }
      }
    },
  });
  return (unwrapped(document.toJS()) ?? {}) as Record<string, unknown>;
}

function templateOf(text: string, names: readonly Placeholder[], isPlain: boolean): Template {
  return {
    text,
    names,
    filled: (values) =>
      isPlain && text === `\${${names[0]!}}`
        ? values[names[0]!]
        : text.replace(PATTERN, (whole, name: string) =>
            isPlaceholder(name) ? String(values[name]) : whole,
          ),
  };
}

/** Keeps what takes a scalar's place, which may be no YAML, from the conversion of the document. */
class Filled {
  constructor(readonly value: unknown) {}
}

function unwrapped(value: unknown): unknown {
  if (value instanceof Filled) {
    return value.value;
  }
  if (Array.isArray(value)) {
    return value.map(unwrapped);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unwrapped(each)]))
    : value;
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(PATTERN)].map(([, name = ""]) => name))];
}
