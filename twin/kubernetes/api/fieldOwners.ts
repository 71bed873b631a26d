import { isDeepStrictEqual } from "node:util";
import { ApiError, type KubeObject } from "./objects";

/** Whoever writes an object, and whether fields of others are taken over. */
export interface Writer {
  readonly manager: string;
  readonly force: boolean;
}

/**
 * Whose the fields of each object are. A server-side apply that is not forced does not change a field
 * of another client. Fields are those below the top ones, `.spec.rules`, and each annotation and label.
 */
export class FieldOwners {
  /** Owners by field, by the object's UID. */
  private readonly owners = new Map<string, Owners>();

  /**
   * @returns what notes the write down, once the object is stored
   * @throws ApiError (409) when a field belongs to another client
   */
  claim(
    object: KubeObject,
    old: KubeObject | undefined,
    { manager, force }: Writer,
  ): (uid: string) => void {
    const known = this.of(old);
    const before = old ? fieldsOf(old) : new Map<string, unknown>();
    const written = [...fieldsOf(object)]
      .filter(([field, value]) => !isDeepStrictEqual(value, before.get(field)))
      .map(([field]) => field);
    const isForeign = (owners: ReadonlySet<string>) => owners.size > 0 && !owners.has(manager);
    const foreign = written.filter((field) => isForeign(known.get(field) ?? new Set()));
    if (foreign.length > 0 && !force) {
      const [owner = ""] = known.get(foreign[0]!) ?? [];
      throw conflict(object, foreign, owner);
    }
    return (uid) => {
      const now = written.map((field) => [field, new Set([manager])] as const);
      this.owners.set(uid, new Map([...known, ...now]));
    };
  }

  /**
   * What server-side apply makes of an object of which a client says only what is its own: the rest
   * stays, and what it said before and does not say any longer goes, unless it is another's, too.
   */
  merged(said: KubeObject, live: KubeObject, manager: string): KubeObject {
    const known = this.of(live);
    const fields = fieldsOf(said);
    const object = structuredClone(live);
    for (const [field, owners] of known) {
      if (owners.has(manager) && owners.size === 1 && !fields.has(field)) {
        setField(object, field, undefined);
      }
    }
    fields.forEach((value, field) => setField(object, field, structuredClone(value)));
    return object;
  }

  /** Notes down that a client says exactly these fields, of what is stored. */
  share(said: KubeObject, uid: string, manager: string): void {
    const fields = fieldsOf(said);
    const known: Owners = this.owners.get(uid) ?? new Map<string, ReadonlySet<string>>();
    const others = [...known].map(
      ([field, owners]) =>
        [field, new Set([...owners].filter((each) => each !== manager))] as const,
    );
    const now = new Map<string, ReadonlySet<string>>(others);
    for (const field of fields.keys()) {
      now.set(field, new Set([...(now.get(field) ?? []), manager]));
    }
    this.owners.set(uid, now);
  }

  private of(object: KubeObject | undefined): Owners {
    return this.owners.get(object?.metadata.uid ?? "") ?? new Map<string, ReadonlySet<string>>();
  }
}

type Owners = ReadonlyMap<string, ReadonlySet<string>>;

/** What is not a client's: the status is the controllers'. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/** Of the metadata, what is a client's. */
const NOTES = ["annotations", "labels"] as const;

/** Values by field. */
function fieldsOf(object: KubeObject): Map<string, unknown> {
  const tops = Object.entries(object).filter(([top]) => !NOT_CONTENT.has(top));
  const notes = NOTES.flatMap((kind) =>
    Object.entries(object.metadata[kind] ?? {}).map(([key, value]): [string, unknown] => [
      `.metadata.${kind}.${key}`,
      value,
    ]),
  );
  return new Map([
    ...notes,
    ...tops.flatMap(([top, content]: [string, unknown]) =>
      typeof content === "object" && content !== null && !Array.isArray(content)
        ? Object.entries(content).map(([key, value]): [string, unknown] => [
            `.${top}.${key}`,
            value,
          ])
        : [[`.${top}`, content] as [string, unknown]],
    ),
  ]);
}

/** Sets a field, or removes it. */
function setField(object: KubeObject, field: string, value: unknown): void {
  const [, prefix = "", key = ""] = /^\.(metadata\.\w+|\w+)(?:\.(.+))?$/.exec(field) ?? [];
  const path = [...prefix.split("."), ...(key === "" ? [] : [key])];
  const last = path.pop()!;
  let place: Record<string, unknown> = object;
  for (const step of path) {
    place = (place[step] ??= {}) as Record<string, unknown>;
  }
  if (value === undefined) {
    delete place[last];
  } else {
    place[last] = value;
  }
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
