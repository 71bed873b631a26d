import { ArmError } from "./armError";
import type { NameRule, ResourceType } from "./resourceType";

/** Throws what ARM answers with 400 unless the condition holds. */
export function demand(condition: boolean, code: string, message: string): asserts condition {
  if (!condition) {
    throw new ArmError(400, code, message);
  }
}

export const GROUP_NAME: NameRule = { pattern: /^[-\w._()]*[-\w_()]$/, maxLength: 90 };

/** Names of most network resources. */
export const NETWORK_NAME: NameRule = { pattern: /^[a-zA-Z0-9]([\w.-]*\w)?$/, maxLength: 80 };

/** A row of the table with what most types have in common. */
export function resourceType(
  row: Pick<ResourceType, "token" | "armType" | "apiVersion" | "path" | "names"> &
    Partial<ResourceType>,
): ResourceType {
  return {
    autoName: row.armType.split("/").length > 2 ? "copy" : "random",
    replaceOn: [],
    references: [],
    ...row,
    names: { resourceGroupName: GROUP_NAME, ...row.names },
  };
}

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}
