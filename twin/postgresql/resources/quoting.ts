import { escapeIdentifier } from "pg";

/** A name, so that it stands for itself whatever it holds. */
export function identifier(name: string): string {
  return escapeIdentifier(name);
}

/** A text between single quotes, as the official provider writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** A function may come with its argument types, which must stay as they are: `f(text, integer)`. */
export function routine(name: string): string {
  const [bare = "", args] = name.split("(");
  return args === undefined ? identifier(bare) : `${identifier(bare)}(${args}`;
}
