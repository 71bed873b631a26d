/** Keys and values by which the engine's protocol tells special values from plain objects. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export interface Unwrapped {
  readonly plain: unknown;
  /** Paths of what was wrapped. */
  readonly secrets: string[];
}

/** Takes the secret envelopes off a value as it goes over the wire, and says where they were. */
export function unwrap(value: unknown): Unwrapped {
  const secrets: string[] = [];
  return { plain: walk(value, "", secrets), secrets };
}

function walk(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((element, index) => walk(element, `${path}[${index}]`, secrets));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) {
    secrets.push(path);
    return walk(object["value"], path, secrets);
  }
  return Object.fromEntries(
    Object.entries(object).map(([key, element]) => [
      key,
      walk(element, path === "" ? key : `${path}.${key}`, secrets),
    ]),
  );
}
