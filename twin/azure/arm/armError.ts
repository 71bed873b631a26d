import { ProviderError } from "../../plugin/provider";
import type { PlainObject } from "./plain";

/** A refusal of Azure Resource Manager, in the words of the official provider. */
export class ArmError extends ProviderError {
  constructor(
    readonly status: number,
    readonly armCode: string,
    readonly armMessage: string,
  ) {
    super(`Status=${status} Code="${armCode}" Message="${armMessage}"`);
  }
}

/** A PUT that was accepted and came to nothing afterwards: the resource is there, and has failed. */
export class FailedAfterwards extends ArmError {
  /** @param answer what the resource is until the next PUT */
  constructor(
    armCode: string,
    armMessage: string,
    readonly answer: PlainObject,
  ) {
    super(200, armCode, armMessage);
  }
}

/** What is said to whoever has no role, or only one under a condition, that allows an action. */
export function unauthorized(objectId: string, action: string, scope: string): string {
  return (
    `The client '${objectId}' with object id '${objectId}' does not have authorization to ` +
    `perform action '${action}' over scope '${scope}' or the scope is invalid. If access was ` +
    "recently granted, please refresh your credentials."
  );
}
