import { isDeepStrictEqual } from "node:util";
import { ApiError, type KubeObject } from "./objects";

/** Whoever writes an object, and whether fields of others are taken over. */
export interface Writer {
  readonly manager: string;
  readonly force: boolean;
}

/**
 * Which client wrote a field last, of each object. A server-side apply that is not forced does not
 * change a field of another client. Fields are those below the top ones: `.spec.rules`.
 */
export class FieldOwners {
  /** Owners by field, by the object's UID. */
  private readonly owners = new Map<string, Map<string, string>>();

  /**
   * @returns what notes the write down, once the object is stored
   * @throws ApiError (409) when a field belongs to another client
   */
  claim(
    object: KubeObject,
    old: KubeObject | undefined,
    { manager, force }: Writer,
  ): (uid: string) => void {
    const known = this.owners.get(old?.metadata.uid ?? "") ?? new Map<string, string>();
    const before = old ? fieldsOf(old) : new Map<string, unknown>();
    const written = [...fieldsOf(object)]
      .filter(([field, value]) => !isDeepStrictEqual(value, before.get(field)))
      .map(([field]) => field);
    const foreign = written.filter((field) => (known.get(field) ?? manager) !== manager);
    if (foreign.length > 0 && !force) {
      throw conflict(object, foreign, known.get(foreign[0]!)!);
    }
    return (uid) => {
      this.owners.set(
        uid,
        new Map([...known, ...written.map((field) => [field, manager] as const)]),
      );
    };
  }
}

/** What is not a client's: the status is the controllers', and metadata is nobody's alone. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/** Values by field. */
function fieldsOf(object: KubeObject): Map<string, unknown> {
  const tops = Object.entries(object).filter(([top]) => !NOT_CONTENT.has(top));
  return new Map(
    tops.flatMap(([top, content]: [string, unknown]) =>
      typeof content === "object" && content !== null && !Array.isArray(content)
        ? Object.entries(content).map(([key, value]): [string, unknown] => [
            `.${top}.${key}`,
            value,
          ])
        : [[`.${top}`, content] as [string, unknown]],
    ),
  );
}

/** As apimachinery says it (`managedfields/internal/conflict.go`). */
function conflict({ apiVersion }: KubeObject, fields: readonly string[], owner: string): ApiError {
  const text =
    fields.length === 1
      ? `1 conflict: conflict with "${owner}" using ${apiVersion}: ${fields[0]}`
      : `${fields.length} conflicts: conflicts with "${owner}" using ${apiVersion}:\n` +
        fields.map((field) => `- ${field}`).join("\n");
  return new ApiError(`Apply failed with ${text}`, 409, "Conflict");
}
