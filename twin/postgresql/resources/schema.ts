/** How the resources of the `postgresql` package are described, after Terraform's schema. */
import type { Value } from "../../plugin/provider";

export type FieldType = "bool" | "int" | "string" | "list" | "set";

export interface Field {
  readonly type: FieldType;
  readonly description?: string;
  /** Name in Terraform, which error texts use, when it is not the snake case of the property. */
  readonly upstream?: string;
  readonly required?: boolean;
  /** The server fills it in when it is not given. */
  readonly computed?: boolean;
  readonly default?: Value;
  readonly forceNew?: boolean;
  readonly secret?: boolean;
  /** Fields of the elements of a list of objects. */
  readonly elements?: Fields;
  readonly oneOf?: readonly string[];
  readonly atLeast?: number;
  readonly conflictsWith?: readonly string[];
  readonly requiredWith?: readonly string[];
  /** Handed on to the server and never kept, so that nobody sees it change. */
  readonly writeOnly?: boolean;
  /** The value that says no more than none does. */
  readonly noneIs?: string;
  /** What the state holds for an input. */
  readonly normalize?: (value: string) => string;
}

export type Fields = Readonly<Record<string, Field>>;

export interface ResourceSchema {
  readonly fields: Fields;
  readonly deleteBeforeReplace?: boolean;
}

/** `connectionLimit` is `connection_limit` in Terraform. */
export function upstreamName(name: string, field: Field | undefined): string {
  return field?.upstream ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Lists the elements of a collection; nothing is an empty collection. */
export function elementsOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

/** No value, or the value that Terraform cannot tell from none. */
export function isZero(value: Value | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === 0 ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
