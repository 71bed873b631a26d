/** What values of a chart may name, as `${name}`: what differs between slots and generations, and what a chart cannot know. */
export const PLACEHOLDERS = {
  slot: "blue or green",
  generation: "counter value at which the slot's credential was made",
  version: "version of the vault secret, 32 hexadecimal digits",
  role: "login role of the slot",
  secret: "Secret with the credential, with `delivery: secret`",
  class: "SecretProviderClass that mounts the credential, with `delivery: file`",
  file: "path of the mounted password, with `delivery: file`",
  replicas: "pods of the slot; 0 when it is retired",
  host: "host name of the database server",
  port: "port of the database server",
  database: "name of the database",
  clientId: "client id of the slot's identity",
} as const satisfies Readonly<Record<string, string>>;

export type Placeholder = keyof typeof PLACEHOLDERS;

/** Neither Kubernetes' `$(…)` nor a template's `{{ … }}` looks like this. */
const PATTERN = /\$\{([^}]*)\}/g;

/** The problem with the placeholders of a text, in a sentence; undefined when all of them are known. */
export function placeholderProblem(text: string): string | undefined {
  const unknown = [...new Set([...text.matchAll(PATTERN)].map(([, name = ""]) => name))].filter(
    (name) => !Object.hasOwn(PLACEHOLDERS, name),
  );
  const names = (list: readonly string[]) => list.map((name) => `\${${name}}`).join(", ");
  return unknown.length === 0
    ? undefined
    : `must not use ${names(unknown)}. Known are ${names(Object.keys(PLACEHOLDERS))}.`;
}

/** A text with every placeholder replaced; check it with `placeholderProblem` first. */
export function fill(text: string, values: Readonly<Record<Placeholder, string | number>>): string {
  return text.replace(PATTERN, (whole, name: string) =>
    Object.hasOwn(values, name) ? `${values[name as Placeholder]}` : whole,
  );
}
